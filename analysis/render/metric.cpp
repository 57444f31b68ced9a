// SPDX-License-Identifier: MIT
#include "analysis/render/metric.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace zp::analysis {
namespace {

struct Known {
  std::string_view key, description, unit;
  Better better;
  bool is_time;
};

constexpr std::array kKnown{
    Known{"ns_per_read", "time of one read", "ns", Better::kLower, true},
    Known{"real_time", "wall time of one iteration", "ns", Better::kLower, true},
    Known{"cpu_time", "CPU time of one iteration", "ns", Better::kLower, true},
    Known{"items_per_second", "reads", "/s", Better::kHigher, true},
    Known{"bytes_per_second", "bytes read", "B/s", Better::kHigher, true},
    Known{"frames", "distinct page frames", "frames", Better::kNeither, false},
    Known{"colours_seen", "colours of the frames", "colours", Better::kNeither, false},
    Known{"zero_page_share", "share of pages that are the zero page", "", Better::kNeither, false},
    Known{"ksm_share", "share of pages that are KSM frames", "", Better::kNeither, false},
    Known{"huge_share", "share of pages in huge pages", "", Better::kNeither, false},
    Known{"cycles", "cycles per read", "cycles", Better::kLower, true},
    Known{"instructions", "instructions per read", "instr.", Better::kLower, false},
    Known{"l1d_miss", "L1d misses per read", "misses", Better::kLower, false},
    Known{"l2_miss", "L2 misses per read", "misses", Better::kLower, false},
    Known{"l3_miss", "L3 misses per read", "misses", Better::kLower, false},
    Known{"dtlb_miss", "dTLB misses per read", "misses", Better::kLower, false},
    Known{"synonym_miss", "synonym misses per read", "misses", Better::kLower, false},
};

}  // namespace

Metric metric_of(std::string_view key) {
  constexpr std::string_view kModel = "model_";
  const bool modelled = key.starts_with(kModel);
  const auto plain = modelled ? key.substr(kModel.size()) : key;
  for (const auto& known : kKnown) {
    if (known.key == plain)
      return {std::string(key), std::string(known.description) + (modelled ? " (cache model)" : ""),
              std::string(known.unit), known.better, known.is_time && !modelled};
    // Of one of several: model_CPU_l1d_miss.
    if (!modelled || known.unit != "misses" || !plain.ends_with(known.key)) continue;
    const auto cpu = plain.substr(0, plain.size() - known.key.size());
    if (cpu.size() > 1 && cpu.ends_with('_'))
      return {std::string(key),
              fmt::format("{} (model of {})", known.description, cpu.substr(0, cpu.size() - 1)),
              std::string(known.unit), known.better, false};
  }
  const bool rate = key.ends_with("_per_second");
  const bool time =
      key.find("ns_per_") != key.npos || key.ends_with("_ns") || key.ends_with("_time");
  const bool misses = key.ends_with("_miss") || key.ends_with("_misses");
  // Of other counters nobody says whether more of them is better.
  return {std::string(key), std::string(key), rate ? "/s" : "",
          rate             ? Better::kHigher
          : time || misses ? Better::kLower
                           : Better::kNeither,
          rate || (time && !modelled)};
}

std::string default_metric(const ResultSet& set) {
  return set.has_metric("ns_per_read") ? "ns_per_read" : "real_time";
}

Scale scale_for(const Metric& metric, double typical) {
  struct Step {
    double below;
    double factor;
    const char* prefix;
  };
  const double size = std::abs(typical);
  if (metric.unit == "ns") {
    for (const Step& step : {Step{1e4, 1, "ns"}, {1e7, 1e-3, "us"}, {1e10, 1e-6, "ms"}})
      if (size < step.below) return {step.factor, step.prefix};
    return {1e-9, "s"};
  }
  if (metric.unit.ends_with("/s")) {
    for (const Step& step : {Step{1e4, 1, ""}, {1e6, 1e-3, "k"}, {1e9, 1e-6, "M"}})
      if (size < step.below) return {step.factor, step.prefix + metric.unit};
    return {1e-9, "G" + metric.unit};
  }
  return {1, metric.unit};
}

}  // namespace zp::analysis
