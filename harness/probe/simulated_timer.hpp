// SPDX-License-Identifier: MIT
// Times of a described CPU, as its model and its prices give them: what the probe would see there.
// The noise is worse than a machine's: it goes both ways, and hits every window on its own.
#pragma once

#include <memory>

#include "harness/model/description.hpp"
#include "harness/probe/timer.hpp"

namespace zp::probe {

struct Noise {
  double share = 0;     // standard deviation of a window's time
  double outliers = 0;  // share of windows that take 2 to 20 times as long, or see the clock jump
  std::uint64_t seed = 1;
};

// Prices that the description lacks are made up: what decides is that they differ.
// Errors: those of model::Machine::create.
Outcome<std::unique_ptr<Timer>> simulated_timer(const model::Description& cpu, const Noise& noise);

}  // namespace zp::probe
