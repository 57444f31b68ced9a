// SPDX-License-Identifier: MIT
// Timers for tests of the probe.
#pragma once

#include <memory>

#include "harness/probe/simulated_timer.hpp"

namespace zp::probe {

// The same times: for timers that change one thing.
class Wrapped : public Timer {
 public:
  explicit Wrapped(std::unique_ptr<Timer> timer) : timer_(std::move(timer)) {}
  [[nodiscard]] const Reach& reach() const override { return timer_->reach(); }
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    return timer_->prepare(slot, loop);
  }
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    return timer_->sample_ns(slot, reads);
  }
  double cycle_ns() override { return timer_->cycle_ns(); }
  [[nodiscard]] double seconds() const override { return timer_->seconds(); }

 private:
  std::unique_ptr<Timer> timer_;
};

inline std::unique_ptr<Timer> simulated(const model::Description& cpu, const Noise& noise = {}) {
  return std::move(simulated_timer(cpu, noise).value());
}

}  // namespace zp::probe
