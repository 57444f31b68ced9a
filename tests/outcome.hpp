// SPDX-License-Identifier: MIT
// What a test goes on with: the value of an Outcome, or its error. The other one ends the test.
#pragma once

#include <optional>
#include <stdexcept>
#include <utility>

#include "harness/support/error.hpp"

namespace zp {

template <class T>
T value_of(Outcome<T> outcome, int line = __builtin_LINE()) {
  if (!outcome) throw std::runtime_error(fmt::format("line {}: {}", line, outcome.error().message));
  return std::move(*outcome);
}

template <class T>
T value_of(std::optional<T> value, int line = __builtin_LINE()) {
  if (!value) throw std::runtime_error(fmt::format("line {}: no value", line));
  return std::move(*value);
}

template <class T>
Error error_of(const Outcome<T>& outcome, int line = __builtin_LINE()) {
  if (outcome) throw std::runtime_error(fmt::format("line {}: no error", line));
  return outcome.error();
}

}  // namespace zp
