// SPDX-License-Identifier: MIT
// Counts through perf_event_open(2), without PAPI.
#pragma once

#include "harness/counters/encoder.hpp"
#include "harness/counters/perf_system.hpp"
#include "harness/counters/source.hpp"

namespace zp {

class PerfSource final : public CounterSource {
 public:
  // `system` must outlive the source and its groups.
  explicit PerfSource(Roots roots, PerfSystem& system = kernel_perf_system());

  [[nodiscard]] std::string_view name() const override { return "perf"; }
  Outcome<std::unique_ptr<EventGroup>> open(std::span<const std::string> names) override;
  [[nodiscard]] std::vector<std::string> known_names() const override;

 private:
  Roots roots_;
  PerfSystem& system_;
  Encoder encoder_;
};

}  // namespace zp
