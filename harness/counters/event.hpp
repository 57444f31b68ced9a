// SPDX-License-Identifier: MIT
// What is to be counted: a key of results/README.md and the hardware's own event behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace zp {

struct EventTerm {
  bool subtract = false;
  std::string name;
};

struct Event {
  std::string key;  // in rows: "l1d_miss"
  // libpfm4's or PAPI's name ("perf::CYCLES", "perf_raw::rff43", "PAPI_L1_DCM"), or a sum of some,
  // written "A + B - C", where a CPU has no single event for the key.
  std::string expression;
};

std::vector<EventTerm> terms_of(const Event& event);

// The value of the expression, where values[i] belongs to names[i]. Nothing when a name is not
// among them, or when the sum is below zero, which is not a count.
std::optional<std::uint64_t> evaluate(const Event& event, std::span<const std::string> names,
                                      std::span<const std::uint64_t> values);

}  // namespace zp
