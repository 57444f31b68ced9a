// SPDX-License-Identifier: MIT
// A timer that prepares no further loop once it is cancelled: whoever asks it ends at once, as
// where a page can't be mapped. One loop is timed in well under 100 ms.
#pragma once

#include <functional>

#include "harness/probe/timer.hpp"

namespace zp::probe {

class CancellableTimer final : public Timer {
 public:
  CancellableTimer(Timer& timer, const std::function<bool()>& cancelled)
      : timer_(timer), cancelled_(cancelled) {}

  [[nodiscard]] const Reach& reach() const override { return timer_.reach(); }
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    if (cancelled_()) return fail(ExitCode::kInterrupted, "interrupted");
    return timer_.prepare(slot, loop);
  }
  double sample_ns(unsigned slot, std::uint64_t least_reads) override {
    return timer_.sample_ns(slot, least_reads);
  }
  double cycle_ns() override { return timer_.cycle_ns(); }
  [[nodiscard]] double seconds() const override { return timer_.seconds(); }

 private:
  Timer& timer_;
  const std::function<bool()>& cancelled_;
};

}  // namespace zp::probe
