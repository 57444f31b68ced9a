// SPDX-License-Identifier: MIT
#include "analysis/compare/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/compare/match.hpp"
#include "analysis/load/workers.hpp"
#include "analysis/render/host.hpp"
#include "analysis/stats/holm.hpp"
#include "harness/names/row_text.hpp"

namespace zp::analysis {
namespace {

std::vector<double> sample_of(const ResultSet& set, std::size_t cell, const std::string& metric,
                              bool runs_are_units) {
  if (!runs_are_units) return set.values(cell, metric);
  std::vector<double> medians;
  for (auto& values : set.values_by_run(cell, metric))
    if (!values.empty()) medians.push_back(median(std::move(values)));
  return medians;
}

// All rows that have the metric on every side; the others are added to `unmatched`.
std::vector<ComparedRow> measure_rows(Matching& matching, const std::string& metric,
                                      const VerdictRules& rules, bool runs_are_units) {
  const auto count = matching.matched.size();
  std::vector<ComparedRow> rows(count);
  const auto work = [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i) {
      const auto& match = matching.matched[i];
      std::vector<std::vector<double>> samples;
      for (std::size_t side = 0; side < matching.sets.size(); ++side)
        samples.push_back(
            sample_of(*matching.sets[side], match.cells[side], metric, runs_are_units));
      if (std::any_of(samples.begin(), samples.end(), [](const auto& s) { return s.empty(); }))
        continue;
      auto& row = rows[i];
      row.name = match.name;
      for (std::size_t side = 1; side < samples.size(); ++side)
        row.changes.push_back(measure_change(samples.front(), samples[side], rules));
      for (auto& sample : samples) row.sides.push_back(summarise(std::move(sample)));
    }
  };
  with_workers(count / 256, [&](std::size_t worker, std::size_t workers) {
    work(count * worker / workers, count * (worker + 1) / workers);
  });
  for (std::size_t i = 0; i < count; ++i) {
    if (!rows[i].sides.empty()) continue;
    const auto unmatched_before = matching.unmatched.size();
    for (std::size_t side = 0; side < matching.sets.size(); ++side)
      if (!matching.sets[side]->values(matching.matched[i].cells[side], metric).empty())
        matching.unmatched.push_back({side, matching.matched[i].name});
    if (matching.unmatched.size() == unmatched_before)
      matching.without_figure.push_back(matching.matched[i].name);
  }
  std::erase_if(rows, [](const ComparedRow& row) { return row.sides.empty(); });
  return rows;
}

void decide_all(std::vector<ComparedRow>& rows, const Metric& metric, const VerdictRules& rules) {
  std::vector<double> p_values;
  for (const auto& row : rows)
    for (const auto& change : row.changes) p_values.push_back(change.p);
  const auto adjusted = holm(p_values);
  auto p = adjusted.begin();
  for (auto& row : rows) {
    for (auto& change : row.changes) {
      change.p_holm = *p++;
      decide(change, metric.better, rules);
    }
  }
}

double geomean_of(const std::vector<ComparedRow>& rows, std::size_t change) {
  double logs = 0;
  std::size_t count = 0;
  for (const auto& row : rows) {
    const auto& ratio = row.changes[change].ratio;
    // A count that came from 0 is a change that a mean over the others would hide.
    if (!ratio && row.changes[change].verdict != Verdict::kUndecided &&
        !row.changes[change].all_equal)
      return 0;
    if (!ratio) continue;
    logs += std::log(ratio->ratio);
    ++count;
  }
  return count == 0 ? 0 : std::exp(logs / static_cast<double>(count));
}

// Kernels when they differ, else the ends of the paths, else letters.
std::vector<std::string> labels_of(std::span<const ResultSet> sides,
                                   const std::vector<std::string>& given) {
  if (given.size() == sides.size()) return given;
  using Namer = std::string (*)(const ResultSet&);
  const Namer namers[] = {
      [](const ResultSet& set) { return std::string(set.context_value("kernel.release")); },
      [](const ResultSet& set) {
        const auto& path = set.runs().front().path;
        const auto end = path.find_last_not_of('/');
        const auto begin = path.find_last_of('/', end);
        return path.substr(begin == std::string::npos ? 0 : begin + 1,
                           end - (begin == std::string::npos ? 0 : begin + 1) + 1);
      },
  };
  for (const auto namer : namers) {
    std::vector<std::string> labels;
    for (const auto& side : sides) labels.push_back(namer(side));
    const std::set<std::string> distinct(labels.begin(), labels.end());
    if (distinct.size() == labels.size() && !distinct.contains("")) return labels;
  }
  std::vector<std::string> letters;
  for (std::size_t i = 0; i < sides.size(); ++i) letters.push_back(fmt::format("side {}", i + 1));
  return letters;
}

ComparedSide describe_side(const ResultSet& set, std::string label) {
  ComparedSide side{.label = std::move(label), .paths = {}, .host_line = host_line(set.context())};
  for (const auto& run : set.runs()) {
    side.paths.push_back(run.path);
    side.files += run.files.size();
  }
  return side;
}

// One entry a kind of mismatch between the census of matched cells.
void check_census(const Matching& matching, std::vector<Difference>& refused) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& match : matching.matched) {
    const auto base_label = matching.sets.front()->label(match.cells.front());
    for (std::size_t side = 1; side < matching.sets.size(); ++side) {
      const auto label = matching.sets[side]->label(match.cells[side]);
      const std::string base(census_class(base_label));
      const std::string other(census_class(label));
      if (base != other && seen.emplace(base, other).second)
        refused.push_back({"census of " + match.name, base, other});
    }
  }
}

double median_of_medians(const std::vector<ComparedRow>& rows) {
  std::vector<double> medians;
  for (const auto& row : rows)
    for (const auto& side : row.sides) medians.push_back(side.median);
  return medians.empty() ? 0 : median(std::move(medians));
}

// The largest difference the A/A pair shows in any cell: what the machine can't tell apart.
Outcome<double> measure_noise_floor(const ResultSet& base, const ResultSet& again,
                                    const std::string& metric, const VerdictRules& rules) {
  Matching matching{{&base, &again}, {}, {}, {}};
  for (std::size_t cell = 0; cell < base.cell_count(); ++cell)
    if (const auto other = again.find_cell(base.cell_name(cell)))
      matching.matched.push_back({base.cell_name(cell), {cell, *other}});
  double floor = 0;
  const auto rows = measure_rows(matching, metric, rules, false);
  for (const auto& row : rows)
    if (const auto& ratio = row.changes.front().ratio)
      floor = std::max(floor, std::exp(std::abs(std::log(ratio->ratio))) - 1);
  if (rows.empty())
    return fail(ExitCode::kUsage, "--noise-floor {}: shares no cell with the base",
                again.runs().front().path);
  return floor;
}

}  // namespace

std::size_t Comparison::row_count() const {
  std::size_t rows = 0;
  for (const auto& block : blocks) rows += block.rows.size();
  return rows;
}

std::size_t Comparison::change_count() const {
  return row_count() * (sides.size() - 1);
}

std::size_t Comparison::count(Verdict verdict) const {
  std::size_t count = 0;
  for (const auto& block : blocks)
    for (const auto& row : block.rows)
      for (const auto& change : row.changes) count += change.verdict == verdict ? 1 : 0;
  return count;
}

Outcome<Comparison> compare(std::span<const ResultSet> sides, const CompareOptions& options) {
  const bool by = !options.by.empty();
  auto matching = by ? match_by(sides.front(), options.by, options.by_base)
                     : match_sides(sides, options.ignore);
  if (!matching) return tl::make_unexpected(matching.error());
  Comparison comparison;
  comparison.within_one_run = by;
  comparison.metric =
      metric_of(options.metric.empty() ? default_metric(sides.front()) : options.metric);
  comparison.rules = options.rules;
  comparison.differences = check_comparability(matching->sets);
  auto& refused = comparison.differences.refused;
  check_census(*matching, refused);
  if (options.noise_floor != nullptr) {
    const ResultSet* const pair[] = {&sides.front(), options.noise_floor};
    for (auto& difference : check_comparability(pair).refused) {
      difference.field = "--noise-floor: " + difference.field;
      refused.push_back(std::move(difference));
    }
  }
  if (auto allowed = check_allowed(comparison.differences, options.force); !allowed)
    return tl::make_unexpected(allowed.error());
  const auto emulated = [](const ResultSet& side) { return is_emulated(side); };
  if (comparison.metric.depends_on_clock && !options.emulated_times &&
      std::any_of(sides.begin(), sides.end(), emulated))
    return fail(ExitCode::kNotComparable,
                "not comparable: {} of an emulated run says nothing about a CPU (--emulated-times "
                "compares all the same)",
                comparison.metric.key);
  comparison.rules.counts =
      !comparison.metric.depends_on_clock && std::all_of(sides.begin(), sides.end(), emulated);
  if (options.noise_floor != nullptr) {
    const auto floor = measure_noise_floor(sides.front(), *options.noise_floor,
                                           comparison.metric.key, options.rules);
    if (!floor) return tl::make_unexpected(floor.error());
    comparison.rules.noise_floor = *floor;
    comparison.rules.threshold = std::max(comparison.rules.threshold, *floor);
  }
  comparison.runs_are_units = std::all_of(sides.begin(), sides.end(), [](const ResultSet& set) {
    return set.runs().size() >= kRunsForUnits;
  });
  auto rows =
      measure_rows(*matching, comparison.metric.key, comparison.rules, comparison.runs_are_units);
  if (rows.empty())
    return fail(ExitCode::kUsage, "no cell of one side is in the other with the figure '{}'",
                comparison.metric.key);
  decide_all(rows, comparison.metric, comparison.rules);
  comparison.scale = scale_for(comparison.metric, median_of_medians(rows));
  if (by) {
    comparison.sides = {describe_side(sides.front(), options.by_base),
                        describe_side(sides.front(), "this " + options.by)};
  } else {
    const auto labels = labels_of(sides, options.labels);
    for (std::size_t i = 0; i < sides.size(); ++i)
      comparison.sides.push_back(describe_side(sides[i], labels[i]));
  }
  for (std::size_t i = 1; i < comparison.sides.size(); ++i)
    comparison.sides[i].geomean_ratio = geomean_of(rows, i - 1);
  comparison.unmatched = std::move(matching->unmatched);
  comparison.without_figure = std::move(matching->without_figure);
  for (std::size_t i = 0; i < sides.size(); ++i)
    for (auto& error : sides[i].errors()) comparison.errors.push_back({i, std::move(error)});
  arrange(comparison, std::move(rows));
  return comparison;
}

}  // namespace zp::analysis
