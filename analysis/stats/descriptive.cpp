// SPDX-License-Identifier: MIT
#include "analysis/stats/descriptive.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>

namespace zp::analysis {
namespace {

double median_of_sorted(std::span<const double> sorted) {
  const auto n = sorted.size();
  // The halves first: the sum of two large values could overflow.
  return n % 2 == 1 ? sorted[n / 2] : sorted[n / 2 - 1] / 2 + sorted[n / 2] / 2;
}

// Largest k with P(Binomial(n, 1/2) < k) <= 2.5 %: the interval runs from the k-th smallest value
// to the k-th largest. 0 when there is no such k.
std::size_t rank_of_interval(std::size_t n) {
  // Tables have the same n in almost every cell.
  thread_local std::size_t last_n = 0;
  thread_local std::size_t last_k = 0;
  if (n == last_n) return last_k;
  const boost::math::binomial_distribution<> flips(static_cast<double>(n), 0.5);
  std::size_t k = 0;
  while (k < n / 2 && boost::math::cdf(flips, static_cast<double>(k)) <= 0.025) ++k;
  last_n = n;
  return last_k = k;
}

double sample_stddev(std::span<const double> values) {
  if (values.size() < 2) return 0;
  // Scaled by a power of two, which rounds nothing: squares of large values would overflow, those
  // of small ones vanish.
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  int exponent = 0;
  std::frexp(largest, &exponent);
  const auto scaled = [&](double value) { return std::ldexp(value, -exponent); };
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += scaled(value);
  mean /= n;
  double squares = 0;
  for (const double value : values) squares += (scaled(value) - mean) * (scaled(value) - mean);
  return std::ldexp(std::sqrt(squares / (n - 1)), exponent);
}

}  // namespace

double quantile(std::span<const double> sorted, double p) {
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below);
  return sorted[below] * (1 - part) + sorted[above] * part;
}

double finite_ratio(double logarithm) {
  constexpr double kFurthest = 700;  // e^700 is 1e304
  return std::exp(std::clamp(logarithm, -kFurthest, kFurthest));
}

Summary summarise(std::vector<double> values) {
  std::ranges::sort(values);
  const auto n = values.size();
  const auto k = rank_of_interval(n);
  Summary summary{.n = n,
                  .median = median_of_sorted(values),
                  .stddev = sample_stddev(values),
                  .interval = {values.front(), values.back()},
                  .interval_is_95 = k > 0};
  if (k > 0) summary.interval = {values[k - 1], values[n - k]};
  return summary;
}

}  // namespace zp::analysis
