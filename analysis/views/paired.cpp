// SPDX-License-Identifier: MIT
#include "analysis/views/paired.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "analysis/stats/holm.hpp"

namespace zp::analysis {
namespace {

struct Sample {
  double mean = 0;
  std::optional<Interval> interval;
  double p = 1;  // of the mean being 0
};

std::optional<Sample> sample_of(const Passes& passes) {
  std::vector<double> there;
  for (const double value : passes)
    if (!std::isnan(value)) there.push_back(value);
  if (there.empty()) return std::nullopt;
  const auto n = static_cast<double>(there.size());
  Sample sample;
  for (const double value : there) sample.mean += value / n;
  if (there.size() < kPassesForInterval) return sample;
  double squares = 0;
  for (const double value : there) squares += (value - sample.mean) * (value - sample.mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  const boost::math::students_t_distribution<> t(n - 1);
  const double half = error * boost::math::quantile(boost::math::complement(t, 0.025));
  sample.interval = {sample.mean - half, sample.mean + half};
  if (error > 0)
    sample.p = 2 * boost::math::cdf(boost::math::complement(t, std::abs(sample.mean) / error));
  else
    sample.p = sample.mean == 0 ? 1 : 0;
  return sample;
}

std::optional<Interval> exp_of(const std::optional<Interval>& logs) {
  if (!logs) return std::nullopt;
  return Interval{std::exp(logs->low), std::exp(logs->high)};
}

Effect effect_of(const std::optional<Interval>& interval, double p) {
  if (!interval) return Effect::kUndecided;
  if (interval->low > 1 - kSameWithin && interval->high < 1 + kSameWithin) return Effect::kSame;
  if (p >= kEffectAlpha) return Effect::kUndecided;
  if (interval->low > 1) return Effect::kSlower;
  return interval->high < 1 ? Effect::kFaster : Effect::kUndecided;
}

// What has a logarithm.
std::vector<double> values_of(const ResultFile& file, const std::string& name) {
  std::vector<double> values;
  for (std::size_t cell = 0; cell < file.cell_count(); ++cell)
    if (file.cell_name(cell) == name) file.append_values(cell, "ns_per_read", values);
  std::erase_if(values, [](double value) { return !(value > 0); });
  return values;
}

}  // namespace

Passes passes_of(const ResultSet& set, std::size_t cell) {
  Passes passes;
  for (const Run& run : set.runs())
    for (const ResultFile& file : run.files) {
      auto values = values_of(file, set.cell_name(cell));
      passes.push_back(values.empty() ? std::numeric_limits<double>::quiet_NaN()
                                      : std::log(median(std::move(values))));
    }
  return passes;
}

std::optional<PassMean> mean_of(const Passes& passes) {
  const auto sample = sample_of(passes);
  if (!sample) return std::nullopt;
  return PassMean{std::exp(sample->mean), exp_of(sample->interval)};
}

std::vector<CellPair> cell_pairs(const ResultSet& set, std::string_view from, std::string_view to) {
  std::vector<CellPair> pairs;
  const std::string wanted = fmt::format("/placement:{}/", from);
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    std::string name = set.cell_name(cell);
    const auto place = name.find(wanted);
    if (place == std::string::npos) continue;
    const auto other = set.find_cell(
        std::string(name).replace(place, wanted.size(), fmt::format("/placement:{}/", to)));
    if (!other) continue;
    auto difference = passes_of(set, *other);
    const auto base = passes_of(set, cell);
    for (std::size_t pass = 0; pass < base.size(); ++pass) difference[pass] -= base[pass];
    if (std::all_of(difference.begin(), difference.end(),
                    [](double value) { return std::isnan(value); }))
      continue;
    pairs.push_back({name.replace(place, wanted.size(), "/"), std::move(difference)});
  }
  return pairs;
}

std::vector<PairedChange> paired_changes(std::span<const Passes> differences) {
  std::vector<Sample> samples;
  std::vector<double> p_values;
  for (const Passes& difference : differences) {
    samples.push_back(sample_of(difference).value_or(Sample{}));
    p_values.push_back(samples.back().p);
  }
  // Of all together: with many, some would look changed by chance alone.
  p_values = holm(p_values);
  std::vector<PairedChange> changes;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto interval = exp_of(samples[i].interval);
    changes.push_back({std::exp(samples[i].mean), interval, effect_of(interval, p_values[i])});
  }
  return changes;
}

}  // namespace zp::analysis
