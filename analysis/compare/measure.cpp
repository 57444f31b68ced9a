// SPDX-License-Identifier: MIT
#include "analysis/compare/match.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/load/workers.hpp"
#include "analysis/rows/unit_values.hpp"

namespace zp::analysis {
namespace {

// One value per unit, NaN of all where the side lacks the cell. Repetitions as they are.
std::vector<double> sample_of(const ResultSet& set, std::optional<std::size_t> cell,
                              const std::string& metric, const UnitPlan& plan,
                              const Grouping& grouping) {
  if (plan.unit == Unit::kRepetition)
    return cell ? set.values(*cell, metric) : std::vector<double>();
  return cell ? unit_medians(set, *cell, metric, grouping)
              : std::vector<double>(grouping.units, std::numeric_limits<double>::quiet_NaN());
}

bool has_ratio(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isnan(value) || value > 0; });
}

// The samples of a row, one per side; the units in the same order in all rows.
using Samples = std::vector<std::vector<double>>;

// Medians stand next to a change of pairs, so they are of the same units: those that the base and
// another side have. Where there is no pair all stay, and the row has no change.
void keep_pairs(Samples& samples) {
  const auto count_empty = [](const Samples& all) {
    return std::ranges::count_if(all, [](const auto& s) { return present(s).empty(); });
  };
  auto pairs = samples;
  for (std::size_t unit = 0; unit < pairs.front().size(); ++unit) {
    auto& base = pairs.front()[unit];
    bool has_pair = false;
    for (std::size_t side = 1; side < pairs.size(); ++side) {
      if (std::isnan(base)) pairs[side][unit] = base;
      has_pair = has_pair || !std::isnan(pairs[side][unit]);
    }
    if (!has_pair) base = std::numeric_limits<double>::quiet_NaN();
  }
  if (count_empty(pairs) == count_empty(samples)) samples = std::move(pairs);
}

// In the units that the change of a side is made of: all that have a figure, or the pairs.
Disturbed disturbed_in(const Matching& matching, const MatchedCell& match, std::size_t side,
                       const UnitPlan& plan, const Samples& samples, const std::string& metric) {
  const auto used = [&](std::size_t of) {
    return plan.unit == Unit::kRepetition ? UnitValues(plan.groups[of].units)
           : plan.paired                  ? subtract(samples[side], samples.front())
                                          : samples[of];
  };
  return disturbed_change(
      metric, {*matching.sets.front(), *match.cells.front(), plan.groups.front(), used(0)},
      {*matching.sets[side], *match.cells[side], plan.groups[side], used(side)});
}

struct Measured {
  std::vector<ComparedRow> rows;
  std::vector<Samples> samples;
};

void measure_part(const Matching& matching, const UnitPlan& plan, const MeasureOptions& options,
                  std::size_t begin, std::size_t end, Measured& out) {
  const bool is_time = metric_of(options.metric).depends_on_clock;
  for (auto i = begin; i < end; ++i) {
    const auto& match = matching.matched[i];
    Samples samples, there;
    for (std::size_t side = 0; side < matching.sets.size(); ++side)
      samples.push_back(sample_of(*matching.sets[side], match.cells[side], options.metric, plan,
                                  plan.groups[side]));
    if (plan.paired) keep_pairs(samples);
    for (const auto& sample : samples) there.push_back(present(sample));
    const auto is_empty = [](const auto& sample) { return sample.empty(); };
    if (there.front().empty() || std::all_of(there.begin() + 1, there.end(), is_empty)) continue;
    auto& row = out.rows[i];
    row.name = match.name;
    for (std::size_t side = 1; side < there.size(); ++side) {
      if (there[side].empty()) {
        row.changes.emplace_back().doubt = Doubt::kNoFigure;
        continue;
      }
      row.changes.push_back(plan.unit == Unit::kRepetition
                                ? measure_change(there.front(), there[side], options.rules)
                                : describe_values(there.front(), there[side], options.rules));
      if (is_time)
        row.changes.back().disturbed =
            disturbed_in(matching, match, side, plan, samples, options.metric);
    }
    for (auto& sample : there)
      row.sides.push_back(sample.empty() ? Summary() : summarise(std::move(sample)));
    if (plan.unit != Unit::kRepetition) out.samples[i] = std::move(samples);
  }
}

Measured measure_all(const Matching& matching, const UnitPlan& plan,
                     const MeasureOptions& options) {
  const auto count = matching.matched.size();
  Measured measured{std::vector<ComparedRow>(count), std::vector<Samples>(count)};
  with_workers(count / 256, [&](std::size_t worker, std::size_t workers) {
    measure_part(matching, plan, options, count * worker / workers, count * (worker + 1) / workers,
                 measured);
  });
  return measured;
}

std::optional<double> deviation_of(const UnitValues& values) {
  auto there = present(values);
  if (there.size() < 2) return std::nullopt;
  return summarise(std::move(there)).stddev;
}

void put_estimate(Change& change, double difference, const std::vector<Variance>& terms) {
  const bool known = std::ranges::all_of(terms, [](const Variance& term) { return term.df > 0; });
  if (!known) {
    const double ratio = finite_ratio(difference);
    change.ratio = RatioEstimate{ratio, {ratio, ratio}, 0};
    return;
  }
  const auto test = t_test(difference, terms);
  change.p = test.p;
  change.ratio = RatioEstimate{finite_ratio(difference),
                               {finite_ratio(test.interval.low), finite_ratio(test.interval.high)},
                               0.95};
}

// Ratios, intervals and p of one side against the base, by the moderated test over all rows.
void estimate(std::vector<ComparedRow>& rows, const std::vector<Samples>& samples, std::size_t side,
              const UnitPlan& plan, const BootDeviation* boots) {
  std::vector<UnitValues> base, other;
  std::vector<std::size_t> row_of;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].sides.empty() || rows[i].lacks(side) || !has_ratio(samples[i].front()) ||
        !has_ratio(samples[i][side]))
      continue;
    base.push_back(logs_of(samples[i].front()));
    other.push_back(logs_of(samples[i][side]));
    row_of.push_back(i);
  }
  if (row_of.empty()) return;
  std::vector<ModeratedSide> sides;
  if (plan.paired) {
    // A unit of both sides is its own control: what it does to both cancels.
    std::vector<UnitValues> changes;
    for (std::size_t c = 0; c < row_of.size(); ++c)
      changes.push_back(subtract(std::move(other[c]), base[c]));
    for (std::size_t c = 0; plan.unit == Unit::kHost && c < row_of.size(); ++c)
      rows[row_of[c]].changes[side - 1].between_hosts = deviation_of(changes[c]);
    sides.push_back(moderate(changes));
  } else {
    sides = {moderate(base), moderate(other)};
  }
  for (std::size_t c = 0; c < row_of.size(); ++c) {
    auto& change = rows[row_of[c]].changes[side - 1];
    std::vector<Variance> terms;
    for (const auto& each : sides) append_terms(each, c, terms);
    if (boots != nullptr) append_boot_terms(*boots, rows[row_of[c]].name, terms);
    if (plan.paired) change.base_n = change.new_n = sides.front().cells[c].n;
    if (change.base_n == 0) continue;  // no unit has both
    put_estimate(
        change,
        plan.paired ? sides[0].cells[c].mean : sides[1].cells[c].mean - sides[0].cells[c].mean,
        terms);
  }
}

void sort_out(Matching& matching, const std::string& metric, std::vector<ComparedRow>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].sides.empty()) continue;
    const auto unmatched_before = matching.unmatched.size();
    for (std::size_t side = 0; side < matching.sets.size(); ++side)
      if (const auto cell = matching.matched[i].cells[side];
          cell && !matching.sets[side]->values(*cell, metric).empty())
        matching.unmatched.push_back({side, matching.matched[i].name});
    if (matching.unmatched.size() == unmatched_before)
      matching.without_figure.push_back(matching.matched[i].name);
  }
  std::erase_if(rows, [](const ComparedRow& row) { return row.sides.empty(); });
}

}  // namespace

std::vector<ComparedRow> measure_rows(Matching& matching, const UnitPlan& plan,
                                      const MeasureOptions& options) {
  auto [rows, samples] = measure_all(matching, plan, options);
  if (plan.unit != Unit::kRepetition)
    for (std::size_t side = 1; side < matching.sets.size(); ++side)
      estimate(rows, samples, side, plan, options.boots);
  sort_out(matching, options.metric, rows);
  return rows;
}

}  // namespace zp::analysis
