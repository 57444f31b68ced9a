// SPDX-License-Identifier: MIT
// How much larger one sample is than another, as a ratio with its 95 % interval.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "analysis/stats/descriptive.hpp"

namespace zp::analysis {

// An interval of few values can't cover 95 % exactly: with 4 per side or more there is always one
// between 94 and 96 %. What covers less than this is not called a 95 % interval.
inline constexpr double kLeastConfidence = 0.94;

struct RatioEstimate {
  double ratio = 1;
  Interval interval;         // 95 %, or as near as the sample sizes allow (see `confidence`)
  double confidence = 0.95;  // what the interval covers; far less than 0.95 for tiny samples

  // A verdict stands on a 95 % interval only.
  bool decides() const { return confidence >= kLeastConfidence; }
};

// Hodges-Lehmann on logarithms: the median of all ratios new/base, with the interval that inverts
// the Mann-Whitney test (Lehmann, Nonparametrics, 2.5), exact where that test is. Of the levels
// that the sample sizes allow it has the one nearest to 95 %: 94.3 % for 4 values per side, 94.4
// for 5, 95.9 for 6, 95.0 for 9. nullopt when a value is not positive: such figures have no ratio.
std::optional<RatioEstimate> hodges_lehmann_ratio(std::span<const double> base,
                                                  std::span<const double> other);

// Ratio of medians with a bootstrap interval; the same seed gives the same interval. A resample is
// drawn through its median: that is the sample's quantile function at a Beta((n+1)/2, (n+1)/2)
// variate, interpolated between the values (Hutson and Ernst, J. R. Statist. Soc. B 62 (2000) 89),
// which is smooth where resampled values repeat, and costs the same for any n. Percentile
// intervals of such medians cover 96 to 97 %, because distances between values scatter more than
// the density they stand for; so the variates are drawn narrower, by kCalibration in both
// parameters (chosen between 1 and 1.2 by simulation of normal and exponential noise). Measured on
// other draws, 20000 tables each, 5, 6, 9, 12, 20 and 40 values per side: 94.3 to 95.6 % for
// normal, exponential, lognormal, uniform and Student's t (3) noise and for 10 % outliers. Too
// little where that does not hold: 92.1 % for 5 and 93.9 % for 6 values that fall into two groups
// of equal size, 93.7 to 94.0 % for 5 values against 20. Hodges-Lehmann keeps its level in all of
// these. No resample reaches past the values, so `confidence` says less for 3 per side and fewer.
std::optional<RatioEstimate> bootstrap_ratio(std::span<const double> base,
                                             std::span<const double> other, std::uint64_t seed,
                                             int resamples = 2000);

}  // namespace zp::analysis
