// SPDX-License-Identifier: MIT
#include "analysis/stats/ratio.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <map>
#include <random>

#include "analysis/stats/mann_whitney.hpp"
#include "analysis/stats/pair_differences.hpp"

namespace zp::analysis {
namespace {

// More pairs than this are too many to sort for one cell (1000 against 1000 repetitions); evenly
// spaced order statistics of each side then stand for all, which changes the estimate in the 4th
// digit.
constexpr std::size_t kMostValues = 1000;

// From here on selection without making the pairs is faster.
constexpr std::size_t kFewPairs = 10000;

// What an interval of 95 % leaves out at each end.
constexpr double kTail = 0.025;

// Of the bootstrap, see ratio.hpp.
constexpr double kCalibration = 1.15;
constexpr int kPlaces = 1024;

bool all_positive(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return value > 0; });
}

std::vector<double> all_sorted_logs(std::span<const double> values) {
  std::vector<double> logs(values.begin(), values.end());
  for (double& value : logs) value = std::log(value);
  std::ranges::sort(logs);
  return logs;
}

std::vector<double> sorted_logs(std::span<const double> values) {
  auto logs = all_sorted_logs(values);
  if (logs.size() > kMostValues) {
    std::vector<double> fewer;
    for (std::size_t i = 0; i < kMostValues; ++i)
      fewer.push_back(
          quantile(logs, (static_cast<double>(i) + 0.5) / static_cast<double>(kMostValues)));
    logs = std::move(fewer);
  }
  return logs;
}

struct Cut {
  double share;  // of the sorted pairs, that lie before the lower end of the interval
  double confidence;
};

// Where the exact confidence is nearest to 95 %.
Cut cut_for(std::size_t n, std::size_t m) {
  const auto pairs = static_cast<double>(n) * static_cast<double>(m);
  if (n * m <= kExactPairs) {
    const auto& cdf = mann_whitney_distribution(n, m);
    const auto above = std::ranges::lower_bound(cdf, kTail);
    const auto nearest =
        above != cdf.begin() && kTail - *(above - 1) < *above - kTail ? above - 1 : above;
    return {static_cast<double>(nearest - cdf.begin()) / pairs, 1 - 2 * *nearest};
  }
  const double spread = std::sqrt(pairs * static_cast<double>(n + m + 1) / 12);
  const double z = boost::math::quantile(boost::math::normal_distribution<>(), 1 - kTail);
  return {std::max(0.0, std::round(pairs / 2 - 0.5 - z * spread)) / pairs, 1 - 2 * kTail};
}

double nth(std::vector<double>& values, std::size_t rank) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

// Quantiles of the variate at which a sample of n values is read for the median of a resample, as
// places in the sorted sample. Kept, as all cells of a table have the same n.
const std::vector<double>& places_of_medians(std::size_t n) {
  thread_local std::map<std::size_t, std::vector<double>> known;
  auto& places = known[n];
  if (!places.empty()) return places;
  const double k = kCalibration * static_cast<double>(n + 1) / 2;
  const boost::math::beta_distribution<> variate(k, k);
  for (int i = 0; i < kPlaces; ++i) {
    const double p = boost::math::quantile(variate, (i + 0.5) / kPlaces);
    places.push_back(std::clamp(p * static_cast<double>(n) - 0.5, 0.0, static_cast<double>(n - 1)));
  }
  return places;
}

double log_median_of_resample(std::span<const double> sorted, const std::vector<double>& places,
                              std::mt19937_64& random) {
  // Not uniform_int_distribution: its result differs between standard libraries.
  const double place = places[random() % kPlaces];
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

std::optional<RatioEstimate> hodges_lehmann_ratio(std::span<const double> base,
                                                  std::span<const double> other) {
  if (base.empty() || other.empty() || !all_positive(base) || !all_positive(other))
    return std::nullopt;
  const auto from = sorted_logs(base);
  const auto to = sorted_logs(other);
  const auto cut = cut_for(base.size(), other.size());
  if (from.size() * to.size() > kFewPairs) {
    const auto pairs = from.size() * to.size();
    const auto lowest =
        static_cast<std::size_t>(std::lround(cut.share * static_cast<double>(pairs)));
    const auto ratio_at = [&](std::size_t rank) { return nth_difference(from, to, rank); };
    const double middle = (ratio_at((pairs - 1) / 2) + ratio_at(pairs / 2)) / 2;
    return RatioEstimate{
        .ratio = finite_ratio(middle),
        .interval = {finite_ratio(ratio_at(lowest)), finite_ratio(ratio_at(pairs - 1 - lowest))},
        .confidence = cut.confidence};
  }
  std::vector<double> differences;
  differences.reserve(from.size() * to.size());
  for (const double b : to)
    for (const double a : from) differences.push_back(b - a);
  const auto pairs = differences.size();
  RatioEstimate estimate;
  const double upper_middle = nth(differences, pairs / 2);
  const double lower_middle =
      pairs % 2 == 1
          ? upper_middle
          : *std::max_element(differences.begin(),
                              differences.begin() + static_cast<std::ptrdiff_t>(pairs / 2));
  estimate.ratio = finite_ratio((lower_middle + upper_middle) / 2);
  const auto lowest = static_cast<std::size_t>(std::lround(cut.share * static_cast<double>(pairs)));
  estimate.interval = {finite_ratio(nth(differences, lowest)),
                       finite_ratio(nth(differences, pairs - 1 - lowest))};
  estimate.confidence = cut.confidence;
  return estimate;
}

std::optional<RatioEstimate> bootstrap_ratio(std::span<const double> base,
                                             std::span<const double> other, std::uint64_t seed,
                                             int resamples) {
  if (base.empty() || other.empty() || !all_positive(base) || !all_positive(other))
    return std::nullopt;
  const auto from = all_sorted_logs(base);
  const auto to = all_sorted_logs(other);
  const auto& from_places = places_of_medians(from.size());
  const auto& to_places = places_of_medians(to.size());
  std::mt19937_64 random(seed);
  std::vector<double> changes(static_cast<std::size_t>(resamples));
  for (double& change : changes) {
    const double before = log_median_of_resample(from, from_places, random);
    change = log_median_of_resample(to, to_places, random) - before;
  }
  const auto outside = static_cast<std::size_t>(kTail * resamples);
  RatioEstimate estimate;
  estimate.ratio = median({other.begin(), other.end()}) / median({base.begin(), base.end()});
  estimate.interval = {finite_ratio(nth(changes, outside)),
                       finite_ratio(nth(changes, changes.size() - 1 - outside))};
  // By rounding it may lie beyond an end.
  estimate.interval.low = std::min(estimate.interval.low, estimate.ratio);
  estimate.interval.high = std::max(estimate.interval.high, estimate.ratio);
  // No interval within the values covers more than the widest one of all pairs.
  estimate.confidence = std::min(estimate.confidence, 1 - smallest_p(from.size(), to.size()));
  return estimate;
}

}  // namespace zp::analysis
