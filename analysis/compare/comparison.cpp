// SPDX-License-Identifier: MIT
#include "analysis/compare/comparison.hpp"

#include <cmath>
#include <filesystem>
#include <set>

#include "analysis/compare/match.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/stats/holm.hpp"
#include "harness/support/wrap.hpp"

namespace zp::analysis {
namespace {

void decide_all(std::vector<ComparedRow>& rows, const Metric& metric, const VerdictRules& rules) {
  std::vector<double> p_values;
  for (const auto& row : rows)
    for (const auto& change : row.changes)
      if (change.doubt != Doubt::kNoFigure) p_values.push_back(change.p);
  const auto adjusted = holm(p_values);
  auto p = adjusted.begin();
  for (auto& row : rows) {
    for (auto& change : row.changes) {
      if (change.doubt == Doubt::kNoFigure) continue;
      change.p_holm = *p++;
      decide(change, metric.better, rules);
    }
  }
}

void set_geomean(const std::vector<ComparedRow>& rows, std::size_t change, ComparedSide& side) {
  double logs = 0;
  std::size_t count = 0;
  for (const auto& row : rows) {
    const auto& ratio = row.changes[change].ratio;
    // A ratio of too few values is none that a mean should hold.
    const auto doubt = row.changes[change].doubt;
    if (doubt == Doubt::kFewValues || doubt == Doubt::kNoFigure) continue;
    // A count that came from 0 is a change that a mean over the others would hide.
    if (!ratio && row.changes[change].verdict != Verdict::kUndecided &&
        !row.changes[change].all_equal)
      return;
    if (!ratio) continue;
    logs += std::log(ratio->ratio);
    ++count;
  }
  if (count == 0) return;
  side.geomean_rows = count;
  side.geomean_ratio = std::exp(logs / static_cast<double>(count));
}

// Of the paths as little as tells them apart, from their ends on, and without ends that do not:
// "old" and "new" of old/run.json and new/run.json. Nothing where they are the same.
std::vector<std::string> path_ends(std::span<const ResultSet> sides) {
  std::vector<std::vector<std::string>> steps;
  std::size_t deepest = 0;
  for (const auto& side : sides) {
    auto& path = steps.emplace_back();
    for (const auto& step : std::filesystem::path(side.runs().front().path))
      if (!step.empty() && step != "/") path.push_back(step.string());
    deepest = std::max(deepest, path.size());
  }
  const auto joined = [&](std::size_t from, std::size_t to) {  // counted from the ends
    std::vector<std::string> ends;
    for (const auto& path : steps) {
      const auto begin = path.end() - static_cast<std::ptrdiff_t>(std::min(from, path.size()));
      const auto end = path.end() - static_cast<std::ptrdiff_t>(std::min(to, path.size()));
      ends.push_back(fmt::format("{}", fmt::join(begin, end, "/")));
    }
    return ends;
  };
  const auto distinct = [](const std::vector<std::string>& ends) {
    const std::set<std::string> texts(ends.begin(), ends.end());
    return texts.size() == ends.size() && !texts.contains("");
  };
  std::size_t from = 1, to = 0;
  while (from <= deepest && !distinct(joined(from, 0))) ++from;
  if (from > deepest) return {};
  while (to + 1 < from && distinct(joined(from, to + 1))) ++to;
  return joined(from, to);
}

// Kernels when they differ, else the ends of the paths, else letters.
std::vector<std::string> labels_of(std::span<const ResultSet> sides,
                                   const std::vector<std::string>& given) {
  if (given.size() == sides.size()) return given;
  std::vector<std::string> kernels;
  for (const auto& side : sides) kernels.emplace_back(side.context_value("kernel.release"));
  const std::set<std::string> texts(kernels.begin(), kernels.end());
  if (texts.size() == kernels.size() && !texts.contains("")) return kernels;
  if (auto ends = path_ends(sides); !ends.empty()) {
    for (std::size_t i = 0; i < ends.size(); ++i)
      if (const auto others = sides[i].runs().size() - 1; others > 0)
        ends[i] += fmt::format(" +{}", others);
    return ends;
  }
  std::vector<std::string> letters;
  for (std::size_t i = 0; i < sides.size(); ++i) letters.push_back(fmt::format("side {}", i + 1));
  return letters;
}

ComparedSide describe_side(const ResultSet& set, std::string label) {
  ComparedSide side{.label = std::move(label), .paths = {}, .host_line = host_line(set)};
  for (const auto& run : set.runs()) {
    side.paths.push_back(run.path);
    side.files += run.files.size();
  }
  return side;
}

double median_of_medians(const std::vector<ComparedRow>& rows) {
  std::vector<double> medians;
  for (const auto& row : rows)
    for (const auto& side : row.sides)
      if (side.n > 0) medians.push_back(side.median);
  return medians.empty() ? 0 : median(std::move(medians));
}

// One mean over placements or strides would mix machines' different parts.
bool one_kind(const std::vector<ComparedRow>& rows) {
  const auto first = parse_name(rows.front().name);
  return std::ranges::all_of(rows, [&](const ComparedRow& row) {
    const auto name = parse_name(row.name);
    return name.find("placement") == first.find("placement") &&
           name.find("stride") == first.find("stride");
  });
}

// What stands for the boots that were not measured; the file must be of this machine and figure.
Outcome<void> check_boots(const BootDeviation& boots, std::span<const ResultSet> sides,
                          const std::string& metric, const Matching& matching, bool other_hosts) {
  if (boots.metric != metric)
    return fail(ExitCode::kUsage, "--boot-deviation is of {}, not of {}", boots.metric, metric);
  if (other_hosts)
    return fail(ExitCode::kNotComparable,
                "--boot-deviation stands for boots of one host; these sides are of different ones");
  for (const auto& side : sides)
    if (auto same = check_same_machine(boots, side); !same) return same;
  if (boots.prior.df > 0) return {};
  for (const auto& match : matching.matched)
    if (!boots.cells.contains(match.name))
      return fail(ExitCode::kUsage,
                  "--boot-deviation does not have {}, and too few other cells to stand for it",
                  match.name);
  return {};
}

// What is on both sides is no evidence for either. Where all is, it is the same run twice.
Outcome<void> check_no_copies(const ResultSet& base, const ResultSet& other) {
  if (base.has_same_rows(other)) return {};
  const auto of_base = base.files(), of_other = other.files();
  for (const auto* file : of_other)
    for (const auto* same : of_base)
      if (file->row_count() > 0 && is_one_measurement(*file, *same))
        return fail(ExitCode::kUsage,
                    "{}: the same measurement is on the base's side ({}): leave it out of one",
                    file->path, same->path);
  return {};
}

// What failed on a side is in no other: "; not measured: BM_a (and 9 more): its reason; BM_b: ...".
std::string failed_text(std::span<const ResultSet> sides) {
  struct Failed {
    ErrorRow first;
    std::set<std::string> names;
  };
  std::vector<Failed> reasons;
  for (const auto& side : sides)
    for (const auto& error : side.errors()) {
      auto same = std::ranges::find(
          reasons, error.reason,
          [](const Failed& failed) -> const std::string& { return failed.first.reason; });
      if (same == reasons.end()) same = reasons.insert(same, {error, {}});
      same->names.insert(error.name);
    }
  // On one line, whatever its writer put there: each line of a failure is a message.
  constexpr std::size_t kMostReasons = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(reasons.size(), kMostReasons); ++i) {
    const auto& [first, names] = reasons[i];
    text += fmt::format("; {}{}{}: {}", i == 0 ? "not measured: " : "", printable(first.name),
                        names.size() == 1 ? "" : fmt::format(" (and {} more)", names.size() - 1),
                        printable(first.reason));
  }
  if (reasons.size() <= kMostReasons) return text;
  return text + fmt::format("; {} more reasons", reasons.size() - kMostReasons);
}

}  // namespace

std::size_t Comparison::row_count() const {
  std::size_t rows = 0;
  for (const auto& block : blocks) rows += block.rows.size();
  return rows;
}

std::size_t Comparison::change_count() const {
  std::size_t count = 0;
  any_change(*this, [&count](const Change& change) {
    count += change.doubt == Doubt::kNoFigure ? 0 : 1;
    return false;
  });
  return count;
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
  auto matching = by ? match_by(sides.front(), options.by, options.by_base, options.ignore)
                     : match_sides(sides, options.ignore);
  if (!matching) return fail(matching);
  Comparison comparison;
  comparison.within_one_run = by;
  const auto metric = options.metric.empty() ? judged_metric(sides.front()) : options.metric;
  if (!metric) return fail(metric);
  const auto emulated = [](const ResultSet& side) { return is_emulated(side); };
  const auto one = std::ranges::find_if(sides, emulated);
  comparison.metric = metric_in(one == sides.end() ? sides.front() : *one, *metric);
  comparison.rules = options.rules;
  comparison.dropped = options.dropped;
  comparison.differences = check_matched(*matching);
  if (auto allowed = check_allowed(comparison.differences, options.force); !allowed)
    return fail(allowed);
  if (comparison.metric.depends_on_clock && !options.emulated_times &&
      std::ranges::any_of(sides, emulated))
    return fail(ExitCode::kNotComparable,
                "not comparable: {} of an emulated run says nothing about a CPU (--emulated-times "
                "compares anyway)",
                comparison.metric.key);
  comparison.rules.counts =
      !comparison.metric.depends_on_clock && std::ranges::all_of(sides, emulated);
  for (const auto& side : sides)
    if (auto apart = check_no_copies(sides.front(), side); !apart) return fail(apart);
  auto& plan = comparison.units = plan_units(matching->sets, comparison.metric.key);
  auto& rules = comparison.rules;
  if (rules.bootstrap && plan.unit != Unit::kRepetition)
    return fail(ExitCode::kUsage,
                "--bootstrap resamples independent values; what is independent here is the "
                "median of each {}",
                unit_word(plan.unit));
  if (rules.min_n == 0)
    rules.min_n = plan.unit == Unit::kRepetition ? kLeastRepetitions : kLeastUnits;
  // Of a fleet every host would differ from the first.
  if (plan.unit == Unit::kHost)
    std::erase_if(comparison.differences.noted, [](const Difference& difference) {
      return difference.field == "host" || difference.field == "host.id";
    });
  // A guess by a counter's name can be wrong; what these are is known.
  const auto& key = comparison.metric.key;
  auto& better = comparison.metric.better;
  if (options.better && better != *options.better &&
      (key == "real_time" || key == "cpu_time" || key == "ns_per_read"))
    return fail(ExitCode::kUsage, "--better: of {} lower is better", key);
  if (options.better) better = *options.better;
  if (!plan.one_boot.empty() && options.boots && !rules.counts) {
    if (auto good =
            check_boots(*options.boots, sides, comparison.metric.key, *matching, plan.other_hosts);
        !good)
      return fail(good);
    comparison.boots_from_file = true;
  }
  rules.hold_hosts = plan.other_hosts && !options.force;
  rules.hold_one_boot = !plan.one_boot.empty() && !options.one_boot && !comparison.boots_from_file;
  auto rows = measure_rows(
      *matching, plan,
      {comparison.metric.key, rules, comparison.boots_from_file ? &*options.boots : nullptr});
  if (rows.empty() && by)
    return fail(
        ExitCode::kUsage,
        "--by {0}: no cell with another {0} is like one of {0}:{1} and has the figure '{2}'",
        options.by, options.by_base, comparison.metric.key);
  if (rows.empty())
    return fail(ExitCode::kUsage, "no cell of one side is in the other with the figure '{}'{}",
                comparison.metric.key, failed_text(sides));
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
  for (std::size_t i = 1; one_kind(rows) && i < comparison.sides.size(); ++i)
    set_geomean(rows, i - 1, comparison.sides[i]);
  comparison.unmatched = std::move(matching->unmatched);
  comparison.without_figure = std::move(matching->without_figure);
  for (std::size_t i = 0; i < sides.size(); ++i) {
    for (auto& missing : sides[i].missing_passes()) comparison.errors.push_back({i, missing});
    for (auto& error : sides[i].errors()) {
      const bool partly = sides[i].find_cell(error.name).has_value();
      comparison.errors.push_back({i, std::move(error), partly});
    }
  }
  for (const auto& side : sides)
    if (comparison.unproven.empty()) comparison.unproven = unproven_in(side);
  arrange(comparison, std::move(rows));
  return comparison;
}

}  // namespace zp::analysis
