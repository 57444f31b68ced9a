// SPDX-License-Identifier: MIT
// R4000SC and R4400SC have no PMU, but Linux counts their virtual coherency exceptions: "VCED
// exceptions : N" in /proc/cpuinfo (arch/mips/kernel/proc.c; vced_count in genex.S). One exception
// is one synonym miss.
#pragma once

#include "harness/counters/source.hpp"
#include "harness/host/roots.hpp"

namespace zp {

inline constexpr std::string_view kToyName = "toy::READS";

class ToySource final : public CounterSource {
 public:
  explicit ToySource(Roots roots) : roots_(std::move(roots)) {}

  [[nodiscard]] std::string_view name() const override { return "toy"; }
  Outcome<std::unique_ptr<EventGroup>> open(std::span<const std::string> names) override;
  [[nodiscard]] bool per_thread() const override { return false; }
  [[nodiscard]] std::vector<std::string> known_names() const override;

 private:
  Roots roots_;
};

}  // namespace zp
