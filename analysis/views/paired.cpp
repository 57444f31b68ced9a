// SPDX-License-Identifier: MIT
#include "analysis/views/paired.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/rows/unit_values.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/stats/holm.hpp"
#include "harness/names/row_keys.hpp"

namespace zp::analysis {
namespace {

// Of a mean being 0; nothing where too few units have it.
std::optional<TTest> test_of(const ModeratedSide& side, std::size_t cell) {
  if (side.cells[cell].n < kLeastUnits) return std::nullopt;
  std::vector<Variance> terms;
  append_terms(side, cell, terms);
  return t_test(side.cells[cell].mean, terms);
}

std::optional<Interval> exp_of(const std::optional<TTest>& test) {
  if (!test) return std::nullopt;
  return Interval{finite_ratio(test->interval.low), finite_ratio(test->interval.high)};
}

void decide(PairedChange& change) {
  if (!change.interval) return;
  const auto& [low, high] = *change.interval;
  const double limit = 1 + kThreshold;
  if (low >= 1 / limit && high <= limit) {
    change.effect = Effect::kSame;
    return;
  }
  if (low <= 1 && high >= 1) return;
  const auto direction = low > 1 ? Effect::kSlower : Effect::kFaster;
  if (change.p_holm < kAlpha)
    change.effect = direction;
  else if (change.p_holm < kProbableAlpha)
    change.probable = direction;
}

}  // namespace

UnitPlan units_within(const ResultSet& set, std::string_view key) {
  const ResultSet* const sides[] = {&set, &set};
  return plan_units(sides, key);
}

UnitValues unit_logs(const ResultSet& set, std::size_t cell, std::string_view key,
                     const UnitPlan& plan) {
  const auto& grouping = plan.groups.front();
  UnitValues logs;
  for (auto& values :
       set.values_by_group(cell, std::string(key), grouping.unit_of_file, grouping.units)) {
    std::erase_if(values, [](double value) { return !(value > 0); });  // no logarithm
    logs.push_back(values.empty() ? std::numeric_limits<double>::quiet_NaN()
                                  : std::log(median(std::move(values))));
  }
  return logs;
}

UnitDifference unit_differences(const ResultSet& set, std::size_t from, std::size_t to,
                                std::string_view key, const UnitPlan& plan) {
  UnitDifference change{subtract(unit_logs(set, to, key, plan), unit_logs(set, from, key, plan))};
  if (count_present(change.values) == 0) return {};
  const auto& units = plan.groups.front();
  if (metric_of(key).depends_on_clock)
    change.disturbed = disturbed_change(std::string(key), {set, from, units, change.values},
                                        {set, to, units, change.values});
  return change;
}

std::vector<std::optional<UnitMean>> unit_means(std::span<const UnitValues> cells) {
  const auto side = moderate(cells);
  std::vector<std::optional<UnitMean>> means;
  for (std::size_t c = 0; c < cells.size(); ++c)
    means.push_back(side.cells[c].n == 0 ? std::nullopt
                                         : std::optional(UnitMean{std::exp(side.cells[c].mean),
                                                                  exp_of(test_of(side, c))}));
  return means;
}

std::vector<CellPair> cell_pairs(const ResultSet& set, std::string_view from, std::string_view to) {
  std::vector<CellPair> pairs;
  if (!is_ours(set)) return pairs;  // another program's placements
  const auto plan = units_within(set, "ns_per_read");
  const std::string wanted = fmt::format("/placement:{}/", from);
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    std::string name = set.cell_name(cell);
    const auto place = name.find(wanted);
    if (place == std::string::npos) continue;
    const auto other = set.find_cell(
        std::string(name).replace(place, wanted.size(), fmt::format("/placement:{}/", to)));
    if (!other) continue;
    auto difference = unit_differences(set, cell, *other, "ns_per_read", plan);
    if (!difference.values.empty())
      pairs.push_back({name.replace(place, wanted.size(), "/"), std::move(difference)});
  }
  return pairs;
}

std::vector<PairedChange> paired_changes(std::span<const UnitValues> differences) {
  std::vector<PairedChange> changes;
  if (differences.empty()) return changes;
  const auto side = moderate(differences);
  std::vector<double> p_values;
  for (std::size_t c = 0; c < differences.size(); ++c) {
    const auto test = test_of(side, c);
    changes.push_back({.ratio = finite_ratio(side.cells[c].mean), .interval = exp_of(test)});
    p_values.push_back(test ? test->p : 1);
  }
  // Of all together: with many, some would look changed by chance alone.
  p_values = holm(p_values);
  for (std::size_t c = 0; c < changes.size(); ++c) {
    changes[c].p_holm = p_values[c];
    decide(changes[c]);
  }
  return changes;
}

std::vector<PairedChange> paired_changes(std::span<const UnitDifference> differences) {
  std::vector<UnitValues> values;
  for (const auto& difference : differences) values.push_back(difference.values);
  auto changes = paired_changes(values);
  for (std::size_t c = 0; c < changes.size(); ++c) {
    changes[c].disturbed = differences[c].disturbed;
    if (changes[c].disturbed.mostly()) changes[c].effect = changes[c].probable = Effect::kUndecided;
  }
  return changes;
}

std::vector<PairedChange> paired_changes(std::span<const CellPair> pairs) {
  std::vector<UnitDifference> differences;
  for (const auto& pair : pairs) differences.push_back(pair.difference);
  return paired_changes(differences);
}

}  // namespace zp::analysis
