// SPDX-License-Identifier: MIT
#include "analysis/plan/plan.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "analysis/compare/verdict.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/unit_values.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

// A comparison of units that are still to be measured.
struct Future {
  double common = 0;    // variance of what a unit does to all cells alike; cancels in pairs
  double prior_df = 0;  // what the table lends
  bool paired = false;  // each unit has both sides
};

// The terms that compare would take for a cell that deviates by `own` besides, from n units per
// side.
std::vector<Variance> terms_of(double own, const Future& future, std::size_t n) {
  const auto count = static_cast<double>(n);
  const double df = count - 1;
  const Variance side{own / count, future.prior_df + df, future.prior_df};
  if (future.paired) return {{2 * side.value, side.df, side.lent_df}};
  std::vector<Variance> terms{side, side};
  if (future.common > 0)
    terms.insert(terms.end(), 2, {future.common / median_share(df) / count, df});
  return terms;
}

// The chance that n units per side show the effect: the noncentral t's, since of few boots the
// deviation is not known well.
double chance_of(double own, const Future& future, std::size_t cells, std::size_t n,
                 const PlanOptions& options) {
  const auto [taken, df, lent_df] = sum_of(terms_of(own, future, n));
  if (taken <= 0) return 1;
  const double real = 2 * (own + (future.paired ? 0 : future.common)) / static_cast<double>(n);
  const double tail = options.alpha / 2 / static_cast<double>(cells);
  const boost::math::students_t_distribution<> t(df);
  const double least =
      boost::math::quantile(boost::math::complement(t, tail)) * std::sqrt(taken / real);
  // An estimate is hardly ever twice what is there, and series for more would be long.
  const double most = 4 * least + 10;
  const double shift = std::min(most, std::log1p(options.effect) / std::sqrt(real));
  const boost::math::non_central_t_distribution<> shifted(df, shift);
  return boost::math::cdf(boost::math::complement(shifted, least));
}

// Units per side that show the effect in a share of the cells, which deviate by `own` each.
Plan::Needs needs_of(std::vector<double> own, const Future& future, std::size_t least,
                     const PlanOptions& options) {
  std::ranges::sort(own);
  const auto at = [&](double share) -> std::size_t {
    const auto place =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(own.size()))) - 1;
    for (std::size_t n = least; n <= Plan::kMost; ++n)
      if (chance_of(own[place], future, own.size(), n, options) >= options.power) return n;
    return 0;
  };
  return {at(0.5), at(0.9), at(1)};
}

// Of a pass; where the manifest doesn't say it, until its last row of reads started.
double seconds_of(const Run& run, const ResultFile& file) {
  if (run.manifest)
    for (const auto& pass : run.manifest->passes)
      if (pass.seconds > 0 && file.path.ends_with("/" + pass.file)) return pass.seconds;
  double last = 0;
  for (std::size_t cell = 0; cell < file.cell_count(); ++cell) {
    std::vector<double> starts;
    file.append_values(cell, "start_s", starts);
    for (const double start : starts) last = std::max(last, start);
  }
  return last;
}

// Of a pass of each matrix that is in use. Medians: the first of a run can build or boot things
// that the others find.
double seconds_of_pass(const ResultSet& set, const Grouping& passes,
                       const std::vector<bool>& in_use) {
  std::map<std::string, std::vector<double>> by_matrix;
  auto pass = passes.unit_of_file.begin();
  for (const auto& run : set.runs())
    for (const auto& file : run.files) {
      const auto unit = *pass++;
      if (unit == Grouping::kLeftOut || !in_use[unit]) continue;
      constexpr double kLongerThanAny = 1e9;  // a foreign file may hold any number
      if (const double seconds = seconds_of(run, file); seconds > 0 && seconds < kLongerThanAny)
        by_matrix[context_value(file.context, "matrix")].push_back(seconds);
    }
  double sum = 0;
  for (auto& [matrix, seconds] : by_matrix) sum += median(std::move(seconds));
  return sum;
}

// What passes of one boot have in common is not part of the deviation between them. Where no two
// files are of one run nothing can be taken out. One entry for each pass that has the metric.
Grouping boots_or_runs(const ResultSet& set, const std::string& metric) {
  const auto of_passes = [](Grouping groups) {
    std::erase(groups.unit_of_file, Grouping::kLeftOut);
    return groups;
  };
  if (is_ours(set) && boots_of(set, metric) > 0) return of_passes(by_boot(set, metric));
  const auto runs = of_passes(by_run(set, metric));
  if (runs.units < runs.unit_of_file.size()) return runs;
  return {std::vector<std::size_t>(runs.unit_of_file.size()), 1};
}

// Each value against the mean of those before it in its group, scaled so that the variance stays
// what it is within the group: of m values m - 1, independent of each other (Helmert).
UnitValues within_groups(const UnitValues& values, const Grouping& groups) {
  struct Before {
    bool any = false;
    double sum = 0, n = 0;
  };
  std::vector<Before> before(groups.units);
  UnitValues contrasts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& [any, sum, n] = before[groups.unit_of_file[i]];
    if (std::exchange(any, true))
      contrasts.push_back(n > 0 ? (values[i] - sum / n) * std::sqrt(n / (n + 1))
                                : std::numeric_limits<double>::quiet_NaN());
    if (!std::isnan(values[i])) sum += values[i], n += 1;
  }
  return contrasts;
}

std::string count_text(std::size_t units) {
  return units == 0 ? fmt::format(">{}", Plan::kMost) : fmt::format("{}", units);
}

std::string minutes_text(std::size_t passes, double seconds) {
  if (passes == 0 || seconds <= 0) return "-";
  return three_digits(static_cast<double>(passes) * seconds / 60);
}

}  // namespace

Outcome<Plan> make_plan(const ResultSet& set, const PlanOptions& options) {
  const auto passes = by_pass(set, options.metric), groups = boots_or_runs(set, options.metric);
  if (passes.units < 2)
    return fail(ExitCode::kUsage, "one pass shows no variance between passes: two are the least");
  Plan plan;
  std::vector<UnitValues> cells;
  std::vector<bool> in_use(passes.units, false);
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto medians = unit_medians(set, cell, options.metric, passes);
    auto logs = logs_of(medians);
    if (count_present(logs) < count_present(medians)) ++plan.cells_with_zeros;
    if (groups.units > 1) logs = within_groups(logs, groups);
    if (count_present(logs) < 2) continue;
    cells.push_back(std::move(logs));
    for (std::size_t pass = 0; pass < in_use.size(); ++pass)
      in_use[pass] = in_use[pass] || !std::isnan(medians[pass]);
  }
  if (cells.empty())
    return fail(ExitCode::kUsage, "no cell has the figure '{}' in two passes{}", options.metric,
                groups.units > 1 ? " of two boots, or in three of one" : "");
  const auto side = moderate(cells);
  plan.cells = cells.size();
  plan.passes = static_cast<std::size_t>(std::ranges::count(in_use, true));
  plan.ours = is_ours(set);
  plan.groups = groups.units;
  plan.pass_seconds = seconds_of_pass(set, passes, in_use);
  plan.common = std::sqrt(side.common.value);
  std::vector<double> own;
  for (const auto& cell : side.cells) {
    own.push_back(cell.own.value);
    plan.deviations.push_back(std::sqrt(cell.own.value + side.common.value));
  }
  std::ranges::sort(plan.deviations);
  // Passes are paired: those of two runs decide nothing. Runs of other programs are two sides.
  plan.passes_needed = needs_of(std::move(own), {side.common.value, side.prior.df, plan.ours},
                                plan.ours ? kLeastUnits : kForeignRuns, options);
  auto boots = options.boots;
  if (!boots)
    if (auto measured = measure_boots(set, options.metric)) boots = std::move(*measured);
  if (!boots) return plan;
  std::vector<double> of_boots;
  for (const auto& [name, variance] : boots->cells) of_boots.push_back(variance.value);
  plan.boots_needed =
      needs_of(std::move(of_boots), {boots->common.value, boots->prior.df}, kLeastUnits, options);
  plan.boots_measured = boots->boots;
  return plan;
}

std::string render_plan(const Plan& plan, const PlanOptions& options, std::size_t width) {
  const char* units = plan.ours ? "passes" : "runs";
  auto text = paragraph(
      fmt::format("{} cells, {} {}, {}: standard deviation between {} {}{} % in the median "
                  "cell, {} % in the worst{}.",
                  plan.cells, plan.passes, units, options.metric, units,
                  plan.groups > 1 ? "of one boot " : "",
                  three_digits(100 * quantile(plan.deviations, 0.5)),
                  three_digits(100 * plan.deviations.back()),
                  plan.common > 0 ? fmt::format("; what is common to all cells deviates by {} %",
                                                three_digits(100 * plan.common))
                                  : ""),
      width);
  text += paragraph(fmt::format("To show a change of {:.3g} % in a cell with a chance of {:.3g} % "
                                "(p < {:.3g}, Holm over {} cells){}:",
                                100 * options.effect, 100 * options.power, options.alpha,
                                plan.cells, plan.ours ? "" : ", per side"),
                    width);
  TextTable table(2, 2);
  table.add_row({"in", units, "minutes", "boots"});
  table.add_rule();
  const auto row = [&](const char* what, std::size_t passes, std::optional<std::size_t> boots) {
    table.add_row({what, count_text(passes), minutes_text(passes, plan.pass_seconds),
                   boots ? count_text(*boots) : "-"});
  };
  const auto& boots = plan.boots_needed;
  row("half of the cells", plan.passes_needed.half,
      boots ? std::optional(boots->half) : std::nullopt);
  row("90 % of the cells", plan.passes_needed.most,
      boots ? std::optional(boots->most) : std::nullopt);
  row("all cells", plan.passes_needed.all, boots ? std::optional(boots->all) : std::nullopt);
  text += "\n" + table.text() + "\n";
  if (const double same = VerdictRules{}.threshold; options.effect < same)
    text += paragraph(
        fmt::format("'compare' calls a change the same where its interval stays within {:.3g} %: "
                    "give it a --threshold below {:.3g}.",
                    100 * same, 100 * options.effect),
        width);
  if (const auto cells = plan.cells_with_zeros; cells > 0)
    text += paragraph(fmt::format("{} not above 0 in some {}, of which no ratio can be taken: "
                                  "left out there.",
                                  cells == 1 ? "1 cell is" : fmt::format("{} cells are", cells),
                                  plan.ours ? "pass" : "run"),
                      width);
  if (plan.pass_seconds <= 0)
    text += paragraph("Minutes: the rows don't say when they started.", width);
  if (plan.ours)
    text += paragraph(
        "Passes: for changes within one run, e.g. of the knob ('compare --by'). Each pass has both "
        "sides, so what it does to all cells cancels.",
        width);
  if (boots)
    text += paragraph(
        fmt::format("Boots, per side: for changes between kernels, each boot with as many "
                    "passes as those {} that were measured.",
                    plan.boots_measured),
        width);
  else if (!plan.ours)
    text += paragraph("Runs of other programs record no boot: how much one changes isn't known.",
                      width);
  else
    text += paragraph(
        "Between kernels boots count, and how much a boot changes isn't known from this run: "
        "measure three or more ('compare --boots RUN... --store FILE') and give --boot-deviation "
        "FILE.",
        width);
  return text;
}

}  // namespace zp::analysis
