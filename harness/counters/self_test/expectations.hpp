// SPDX-License-Identifier: MIT
// Which loop tells what about which event.
#pragma once

#include <string_view>

#include "harness/counters/event.hpp"
#include "harness/counters/self_test/loops.hpp"

namespace zp {

// Of what the figures of an expectation are multiples.
enum class Measure { kAmount, kNanoseconds };  // what the loop does; what it took of the processor

struct Expectation {
  std::string_view key;  // or an event's name
  Loop loop;
  Measure measure;
  double expected, at_least, at_most;  // multiples
};

// None for an event that no loop is known for.
std::vector<Expectation> expectations_of(const Event& event);

}  // namespace zp
