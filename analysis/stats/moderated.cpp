// SPDX-License-Identifier: MIT
#include "analysis/stats/moderated.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/polygamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>

namespace zp::analysis {
namespace {

// A variance this far below the median of the table is not taken as smaller: a timer's resolution,
// not calm.
constexpr double kFloor = 1e-5;
// Relative differences below 1e-9 are rounding.
constexpr double kNoVariance = 1e-18;
// Fewer cells can't tell what is common to all of them.
constexpr std::size_t kCellsForCommon = 4;

// Newton's method on 1/trigamma, which is nearly a straight line (Smyth 2004, appendix).
double inverse_trigamma(double x) {
  if (x > 1e7) return 1 / std::sqrt(x);
  if (x < 1e-6) return 1 / x;
  double y = 0.5 + 1 / x;
  for (int i = 0; i < 50; ++i) {
    const double value = boost::math::trigamma(y);
    const double step = value * (1 - value / x) / boost::math::polygamma(2, y);
    y += step;
    if (-step / y < 1e-10) break;
  }
  return y;
}

// Sample variance around the mean of what is there.
Variance variance_of(std::span<const double> values, double share_of_df) {
  double sum = 0;
  std::size_t n = 0;
  for (const double value : values)
    if (!std::isnan(value)) sum += value, ++n;
  if (n < 2) return {};
  const double mean = sum / static_cast<double>(n);
  double squares = 0;
  for (const double value : values)
    if (!std::isnan(value)) squares += (value - mean) * (value - mean);
  const double df = static_cast<double>(n - 1) * share_of_df;
  const double variance = squares / df;
  return {variance < kNoVariance ? 0 : variance, df};
}

bool complete(const UnitValues& values) {
  return std::none_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

// All variances towards the prior; no more degrees of freedom than the whole table has.
VariancePrior shrink(std::vector<ModeratedSide::Cell>& cells) {
  std::vector<Variance> raw;
  double pooled_df = 0;
  for (const auto& cell : cells) {
    raw.push_back(cell.own);
    pooled_df += cell.own.df;
  }
  const auto prior = fit_prior(raw);
  if (prior.df == 0) return prior;
  for (auto& cell : cells) {
    const double df = prior.df + cell.own.df;
    cell.own.value = (prior.df * prior.variance + cell.own.df * cell.own.value) / df;
    cell.own.df = std::min(df, pooled_df);
  }
  return prior;
}

// What the units do to all cells alike: their weighted mean deviations.
struct UnitEffects {
  std::vector<double> effects;
  double noise = 0;  // variance of an effect if there were none
};

UnitEffects unit_effects(std::span<const UnitValues> values, const ModeratedSide& side) {
  UnitEffects found{std::vector<double>(values.front().size(), 0.0), 0};
  double weights = 0;
  for (std::size_t c = 0; c < values.size(); ++c) {
    if (!complete(values[c]) || side.cells[c].own.value <= 0) continue;
    const double weight = 1 / side.cells[c].own.value;
    weights += weight;
    for (std::size_t u = 0; u < values[c].size(); ++u)
      found.effects[u] += weight * (values[c][u] - side.cells[c].mean);
  }
  if (weights == 0) return found;
  for (double& effect : found.effects) effect /= weights;
  found.noise = 1 / weights;
  return found;
}

}  // namespace

VariancePrior fit_prior(std::span<const Variance> cells) {
  std::vector<double> positive;
  for (const auto& cell : cells)
    if (cell.df > 0 && cell.value > 0) positive.push_back(cell.value);
  if (positive.size() < 3) return {};
  double sum = 0;
  const double floor = kFloor * median(positive);
  double expected = 0;
  double count = 0;
  std::vector<double> logs;
  for (const auto& [value, df] : cells) {
    if (df <= 0) continue;
    const double size = std::max(value, floor);
    logs.push_back(std::log(size) - boost::math::digamma(df / 2) + std::log(df / 2));
    expected += boost::math::trigamma(df / 2);
    sum += logs.back();
    count += 1;
  }
  const double mean = sum / count;
  double squares = 0;
  for (const double log : logs) squares += (log - mean) * (log - mean);
  // One standard error up, here and below: cells that are less alike, and noisier, than they seem
  // would be false alarms; the other way round they only cost power.
  const double spread = squares / (count - 1) * (1 + std::sqrt(2 / (count - 1)));
  const double excess = spread - expected / count;
  if (excess <= 1e-5) {
    double weighted = 0, dfs = 0;
    for (const auto& [value, df] : cells) weighted += value * df, dfs += df;
    return {weighted / dfs * (1 + std::sqrt(2 / dfs)), kManyDf};
  }
  const double half = inverse_trigamma(excess);
  const double up = std::sqrt(squares / (count - 1) / count);
  return {std::exp(mean + up + boost::math::digamma(half) - std::log(half)),
          std::min(kManyDf, 2 * half)};
}

ModeratedSide moderate(std::span<const UnitValues> values) {
  ModeratedSide side;
  std::size_t whole = 0;
  for (const auto& cell : values) {
    ModeratedSide::Cell summary;
    for (const double value : cell)
      if (!std::isnan(value)) summary.mean += value, ++summary.n;
    summary.mean /= static_cast<double>(std::max<std::size_t>(1, summary.n));
    summary.own = variance_of(cell, 1);
    side.cells.push_back(summary);
    whole += complete(cell) ? 1U : 0U;
  }
  const auto raw = side.cells;
  side.prior = shrink(side.cells);
  if (whole < kCellsForCommon || values.front().size() < 2) return side;
  const auto [effects, noise] = unit_effects(values, side);
  const auto seen = variance_of(effects, 1);
  side.common = {std::max(0.0, seen.value - noise), seen.df};
  if (side.common.value <= 0) return side;
  side.cells = raw;
  const double kept = 1 - 1 / static_cast<double>(whole);
  for (std::size_t c = 0; c < values.size(); ++c) {
    if (!complete(values[c])) continue;
    auto rest = values[c];
    for (std::size_t u = 0; u < rest.size(); ++u) rest[u] -= effects[u];
    side.cells[c].own = variance_of(rest, kept);
  }
  side.prior = shrink(side.cells);
  return side;
}

void append_terms(const ModeratedSide& side, std::size_t cell, std::vector<Variance>& terms) {
  const auto& [n, mean, own] = side.cells[cell];
  const auto count = static_cast<double>(n);
  terms.push_back({own.value / count, own.df});
  if (side.common.value > 0) terms.push_back({side.common.value / count, side.common.df});
}

TTest t_test(double difference, std::span<const Variance> terms) {
  double variance = 0, parts = 0;
  for (const auto& [value, df] : terms) {
    variance += value;
    if (value > 0) parts += value * value / df;
  }
  if (variance <= 0)
    return {std::abs(difference) * std::abs(difference) < kNoVariance ? 1.0 : 0.0,
            kManyDf,
            {difference, difference}};
  const double df = std::min(kManyDf, variance * variance / parts);
  const boost::math::students_t_distribution<> t(df);
  const double error = std::sqrt(variance);
  const double half = error * boost::math::quantile(boost::math::complement(t, 0.025));
  const double p = 2 * boost::math::cdf(boost::math::complement(t, std::abs(difference) / error));
  return {std::min(1.0, p), df, {difference - half, difference + half}};
}

}  // namespace zp::analysis
