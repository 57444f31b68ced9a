// SPDX-License-Identifier: MIT
// How much larger one sample is than another, as a ratio with its 95 % interval.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "analysis/stats/descriptive.hpp"

namespace zp::analysis {

struct RatioEstimate {
  double ratio = 1;
  Interval interval;         // 95 %, or as near as the sample sizes allow (see `confidence`)
  double confidence = 0.95;  // what the interval really covers at least; < 0.95 for tiny samples
};

// Hodges-Lehmann on logarithms: the median of all ratios new/base, with the interval that inverts
// the Mann-Whitney test (Lehmann, Nonparametrics, 2.5), exact where that test is.
// nullopt when a value is not positive: such figures have no ratio.
std::optional<RatioEstimate> hodges_lehmann_ratio(std::span<const double> base,
                                                  std::span<const double> newer);

// Ratio of medians with a percentile bootstrap interval; the same seed gives the same interval.
std::optional<RatioEstimate> bootstrap_ratio(std::span<const double> base,
                                             std::span<const double> newer, std::uint64_t seed,
                                             int resamples = 2000);

}  // namespace zp::analysis
