// SPDX-License-Identifier: MIT
#include "analysis/stats/ratio.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <random>

#include "analysis/stats/mann_whitney.hpp"

namespace zp::analysis {
namespace {

// More pairs than this are too many to sort for one cell (1000 against 1000 repetitions); evenly
// spaced order statistics of each side then stand for all, which changes the estimate in the 4th
// digit.
constexpr std::size_t kMostValues = 1000;

bool all_positive(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
}

std::vector<double> sorted_logs(std::span<const double> values) {
  std::vector<double> logs(values.begin(), values.end());
  std::sort(logs.begin(), logs.end());
  if (logs.size() > kMostValues) {
    std::vector<double> fewer;
    for (std::size_t i = 0; i < kMostValues; ++i)
      fewer.push_back(
          quantile(logs, (static_cast<double>(i) + 0.5) / static_cast<double>(kMostValues)));
    logs = std::move(fewer);
  }
  for (double& value : logs) value = std::log(value);
  return logs;
}

// The number of pairs to cut off each end of the sorted differences: the largest c with
// P(U < c) <= 2.5 %. 0: even the widest interval covers less than 95 %.
std::size_t pairs_outside(std::size_t n, std::size_t m) {
  if (n * m <= kExactPairs) {
    const auto& cdf = mann_whitney_distribution(n, m);
    return static_cast<std::size_t>(std::upper_bound(cdf.begin(), cdf.end(), 0.025) - cdf.begin());
  }
  const auto pairs = static_cast<double>(n) * static_cast<double>(m);
  const double spread = std::sqrt(pairs * static_cast<double>(n + m + 1) / 12);
  const double z = boost::math::quantile(boost::math::normal_distribution<>(), 0.975);
  return static_cast<std::size_t>(std::max(0.0, std::floor(pairs / 2 - z * spread)));
}

double nth(std::vector<double>& values, std::size_t rank) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

double median_of_resample(std::span<const double> values, std::mt19937_64& random,
                          std::vector<double>& scratch) {
  scratch.clear();
  // Not uniform_int_distribution: its result differs between standard libraries. The bias of the
  // remainder is below 2^-40 for any sample that fits in memory.
  for (std::size_t i = 0; i < values.size(); ++i)
    scratch.push_back(values[random() % values.size()]);
  return median(scratch);
}

}  // namespace

std::optional<RatioEstimate> hodges_lehmann_ratio(std::span<const double> base,
                                                  std::span<const double> newer) {
  if (base.empty() || newer.empty() || !all_positive(base) || !all_positive(newer))
    return std::nullopt;
  const auto from = sorted_logs(base);
  const auto to = sorted_logs(newer);
  std::vector<double> differences;
  differences.reserve(from.size() * to.size());
  for (const double b : to)
    for (const double a : from) differences.push_back(b - a);
  const auto pairs = differences.size();
  const auto cut = pairs_outside(from.size(), to.size());
  RatioEstimate estimate;
  const double upper_middle = nth(differences, pairs / 2);
  const double lower_middle =
      pairs % 2 == 1
          ? upper_middle
          : *std::max_element(differences.begin(),
                              differences.begin() + static_cast<std::ptrdiff_t>(pairs / 2));
  estimate.ratio = std::exp((lower_middle + upper_middle) / 2);
  const auto lowest = cut == 0 ? 0 : cut - 1;
  estimate.interval = {std::exp(nth(differences, lowest)),
                       std::exp(nth(differences, pairs - 1 - lowest))};
  if (cut == 0) estimate.confidence = 1 - smallest_p(from.size(), to.size());
  return estimate;
}

std::optional<RatioEstimate> bootstrap_ratio(std::span<const double> base,
                                             std::span<const double> newer, std::uint64_t seed,
                                             int resamples) {
  if (base.empty() || newer.empty() || !all_positive(base) || !all_positive(newer))
    return std::nullopt;
  std::mt19937_64 random(seed);
  std::vector<double> ratios, scratch;
  for (int i = 0; i < resamples; ++i) {
    const double from = median_of_resample(base, random, scratch);
    ratios.push_back(median_of_resample(newer, random, scratch) / from);
  }
  std::sort(ratios.begin(), ratios.end());
  RatioEstimate estimate;
  estimate.ratio = median({newer.begin(), newer.end()}) / median({base.begin(), base.end()});
  estimate.interval = {quantile(ratios, 0.025), quantile(ratios, 0.975)};
  return estimate;
}

}  // namespace zp::analysis
