// SPDX-License-Identifier: MIT
#include "analysis/stats/moderated.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace zp::analysis {
namespace {

// A variance this far below the median of the table is not taken as smaller: a timer's resolution,
// not calm.
constexpr double kFloor = 1e-5;
// Relative differences below 1e-9 are rounding.
constexpr double kNoVariance = 1e-18;
// Fewer cells can't tell what is common to all of them.
constexpr std::size_t kCellsForCommon = 4;
// Where one cell is all that there is, it is common to nothing.
constexpr double kSameVariance = 1e-9;
// Of a cell's deviations, once what is common is taken away.
constexpr double kLeastKept = 1e-3;

// A prior that may be, with the scale that is the likeliest for its degrees of freedom.
struct Candidate {
  VariancePrior prior;
  double scale_error = 0;  // 1 / degrees of freedom behind the scale
  double weight = 0;       // probability
};
// So many, evenly spaced in the angle whose squared sine is the share that a cell takes from the
// prior: Jeffreys' choice for a share. 20 give the same rates of error as 40.
constexpr int kCandidates = 32;

// What a cell takes from the prior.
double share_of(const VariancePrior& prior, const Variance& cell) {
  return prior.df / (prior.df + cell.df);
}

// The most likely scale, by Newton's method on its logarithm: with it the sample variances are the
// moderated ones on average.
double likeliest_scale(std::span<const Variance> cells, double df, double scale) {
  for (int i = 0; i < 50; ++i) {
    double above = 0, slope = 0;
    for (const auto& cell : cells) {
      const double of_prior = share_of({scale, df}, cell) * scale;
      const double moderated = of_prior + cell.value * cell.df / (df + cell.df);
      above += cell.df * (cell.value / moderated - 1);
      slope += cell.df * cell.value * of_prior / (moderated * moderated);
    }
    const double step = std::clamp(above / slope, -1.0, 1.0);
    scale *= std::exp(step);
    if (std::abs(step) < 1e-6) break;
  }
  return scale;
}

// Sample variances around true ones drawn from the prior are F distributed (Smyth 2004, section 4).
double log_likelihood(std::span<const Variance> cells, const VariancePrior& prior) {
  double sum = 0, same = 0, last_df = -1;
  for (const auto& cell : cells) {
    if (cell.df < last_df || cell.df > last_df) {
      last_df = cell.df;
      same = std::lgamma((cell.df + prior.df) / 2) - std::lgamma(prior.df / 2) -
             cell.df / 2 * std::log(prior.df * prior.variance);
    }
    sum += same - (cell.df + prior.df) / 2 *
                      std::log1p(cell.df * cell.value / (prior.df * prior.variance));
  }
  return sum;
}

// None where fewer than three cells have a variance.
std::vector<Candidate> candidates_for(std::span<const Variance> all) {
  std::vector<double> positive;
  for (const auto& cell : all)
    if (cell.df > 0 && cell.value > 0) positive.push_back(cell.value);
  if (positive.size() < 3) return {};
  double scale = median(positive), mean_df = 0;
  const double floor = kFloor * scale;
  std::vector<Variance> cells;
  for (const auto& cell : all) {
    if (cell.df <= 0) continue;
    cells.push_back({std::max(cell.value, floor), cell.df});
    mean_df += cell.df;
  }
  mean_df /= static_cast<double>(cells.size());
  std::vector<Candidate> candidates;
  for (int i = 0; i < kCandidates; ++i) {
    const double tangent = std::tan((i + 0.5) * std::numbers::pi / 2 / kCandidates);
    const double df = mean_df * tangent * tangent;
    scale = likeliest_scale(cells, df, scale);
    Candidate candidate{{scale, df}};
    double scale_df = 0;
    for (const auto& cell : cells) scale_df += cell.df * share_of(candidate.prior, cell);
    candidate.scale_error = 1 / scale_df;
    candidate.weight = log_likelihood(cells, candidate.prior);
    candidates.push_back(candidate);
  }
  double most = candidates.front().weight, sum = 0;
  for (const auto& candidate : candidates) most = std::max(most, candidate.weight);
  for (auto& candidate : candidates) sum += candidate.weight = std::exp(candidate.weight - most);
  for (auto& candidate : candidates) candidate.weight /= sum;
  return candidates;
}

// The candidates as one prior: their mean share and mean logarithm of the scale.
VariancePrior mean_of(std::span<const Candidate> candidates, std::span<const Variance> cells) {
  if (candidates.empty()) return {};
  double dfs = 0, n = 0, share = 0, log_scale = 0;
  for (const auto& cell : cells)
    if (cell.df > 0) dfs += cell.df, n += 1;
  for (const auto& [prior, error, weight] : candidates) {
    share += weight * share_of(prior, {0, dfs / n});
    log_scale += weight * std::log(prior.variance);
  }
  return {std::exp(log_scale), dfs / n * share / (1 - share)};
}

// The last bits of logarithms differ from one C library to the next; what is printed must not.
double without_last_bits(double value) {
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  return std::ldexp(std::round(std::ldexp(mantissa, 36)), exponent - 36);
}

// Mean and variance of what a cell's variance is with each candidate: how much to take from the
// table is uncertain, too.
Variance moderated(const Variance& cell, std::span<const Candidate> candidates) {
  double mean = 0, squares = 0, own = 0, lent = 0;
  for (const auto& [prior, scale_error, weight] : candidates) {
    const double share = share_of(prior, cell);
    const double df = prior.df + cell.df;
    const double value = share * prior.variance + (1 - share) * cell.value;
    mean += weight * value;
    squares += weight * value * value;
    own += weight * value * value * (cell.df / (df * df) + share * share * scale_error);
    lent += weight * value * value * prior.df / (df * df);
  }
  lent += std::max(0.0, squares - mean * mean) / 2;
  // No fewer than its own: without the table it would have those.
  const double df = std::max({1.0, cell.df, mean * mean / (own + lent)});
  return {without_last_bits(mean), without_last_bits(df),
          without_last_bits(df * lent / (own + lent))};
}

// Sample variance around the mean of what is there.
Variance variance_of(std::span<const double> values) {
  double sum = 0;
  std::size_t n = 0;
  for (const double value : values)
    if (!std::isnan(value)) sum += value, ++n;
  if (n < 2) return {};
  const double mean = sum / static_cast<double>(n);
  double squares = 0;
  for (const double value : values)
    if (!std::isnan(value)) squares += (value - mean) * (value - mean);
  const auto df = static_cast<double>(n - 1);
  const double variance = squares / df;
  return {variance < kNoVariance ? 0 : variance, df};
}

bool complete(const UnitValues& values) {
  return std::ranges::none_of(values, [](double value) { return std::isnan(value); });
}

VariancePrior shrink(std::vector<ModeratedSide::Cell>& cells) {
  std::vector<Variance> raw;
  for (const auto& cell : cells) raw.push_back(cell.own);
  const auto candidates = candidates_for(raw);
  for (auto& cell : cells)
    if (!candidates.empty()) cell.own = moderated(cell.own, candidates);
  return mean_of(candidates, raw);
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

std::size_t count_of(const UnitValues& values) {
  return static_cast<std::size_t>(
      std::ranges::count_if(values, [](double value) { return !std::isnan(value); }));
}

// Without the units that have no cell which several have; nothing where all have one. They show
// nothing of how units differ, and must not make every cell look as if it lacked one.
std::optional<std::vector<UnitValues>> without_idle_units(std::span<const UnitValues> values) {
  std::vector<bool> has(values.empty() ? 0 : values.front().size(), false);
  for (const auto& cell : values)
    for (std::size_t u = 0; count_of(cell) > 1 && u < has.size(); ++u)
      has[u] = has[u] || !std::isnan(cell[u]);
  if (std::ranges::find(has, false) == has.end()) return std::nullopt;
  std::vector<UnitValues> fewer(values.size());
  for (std::size_t c = 0; c < values.size(); ++c)
    for (std::size_t u = 0; u < has.size(); ++u)
      if (has[u]) fewer[c].push_back(values[c][u]);
  return fewer;
}

}  // namespace

VariancePrior fit_prior(std::span<const Variance> cells) {
  return mean_of(candidates_for(cells), cells);
}

ModeratedSide moderate(std::span<const UnitValues> values) {
  if (const auto fewer = without_idle_units(values)) {
    auto side = moderate(*fewer);
    for (std::size_t c = 0; c < values.size(); ++c)
      if (count_of(values[c]) == 1) {
        side.cells[c].n = 1;
        side.cells[c].mean =
            *std::ranges::find_if_not(values[c], [](double v) { return std::isnan(v); });
      }
    return side;
  }
  ModeratedSide side;
  std::size_t whole = 0;
  for (const auto& cell : values) {
    ModeratedSide::Cell summary;
    for (const double value : cell)
      if (!std::isnan(value)) summary.mean += value, ++summary.n;
    summary.mean /= static_cast<double>(std::max<std::size_t>(1, summary.n));
    summary.own = variance_of(cell);
    side.cells.push_back(summary);
    whole += complete(cell) ? 1U : 0U;
  }
  const auto raw = side.cells;
  side.prior = shrink(side.cells);
  if (whole < kCellsForCommon || values.front().size() < 2) return side;
  const auto [effects, noise] = unit_effects(values, side);
  const auto seen = variance_of(effects);
  if (seen.value <= noise * (1 + kSameVariance)) return side;
  side.common = {(seen.value - noise) / median_share(seen.df), seen.df};
  const auto first = std::exchange(side.cells, raw);
  for (std::size_t c = 0; c < values.size(); ++c) {
    if (!complete(values[c])) continue;
    auto rest = values[c];
    for (std::size_t u = 0; u < rest.size(); ++u) rest[u] -= effects[u];
    auto& own = side.cells[c].own = variance_of(rest);
    // The effects hold a part of the cell's own deviations, a large one where it is the calmest.
    if (first[c].own.value > 0) own.value /= std::max(kLeastKept, 1 - noise / first[c].own.value);
    own.df *= 1 - 1 / static_cast<double>(whole);
  }
  side.prior = shrink(side.cells);
  return side;
}

double median_share(double df) { return std::pow(1 - 2 / (9 * df), 3); }

void append_terms(const ModeratedSide& side, std::size_t cell, std::vector<Variance>& terms) {
  const auto& [n, mean, own] = side.cells[cell];
  const auto count = static_cast<double>(n);
  terms.push_back({own.value / count, own.df, own.lent_df});
  if (side.common.value > 0) terms.push_back({side.common.value / count, side.common.df});
}

Variance sum_of(std::span<const Variance> terms) {
  double sum = 0, own = 0, lent = 0;
  for (const auto& [value, df, lent_df] : terms) {
    if (value <= 0) continue;
    sum += value;
    own += value * value * (df - lent_df) / (df * df);
    lent += value * std::sqrt(lent_df) / df;
  }
  return {sum, sum > 0 ? std::min(kManyDf, sum * sum / (own + lent * lent)) : kManyDf};
}

TTest t_test(double difference, std::span<const Variance> terms) {
  const auto [variance, df, lent_df] = sum_of(terms);
  if (variance <= 0)
    return {std::abs(difference) * std::abs(difference) < kNoVariance ? 1.0 : 0.0,
            kManyDf,
            {difference, difference}};
  const boost::math::students_t_distribution<> t(df);
  const double error = std::sqrt(variance);
  const double half = error * boost::math::quantile(boost::math::complement(t, 0.025));
  const double p = 2 * boost::math::cdf(boost::math::complement(t, std::abs(difference) / error));
  return {std::min(1.0, p), df, {difference - half, difference + half}};
}

}  // namespace zp::analysis
