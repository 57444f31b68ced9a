// SPDX-License-Identifier: MIT
// zpanalyze table: what scripts/run-matrix.sh prints at its end.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "analysis/commands/commands.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/cost_table.hpp"
#include "analysis/views/family_table.hpp"
#include "analysis/views/loop_table.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "analysis/views/render_placement_table.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  LoadOptions load;
  PlacementTableStyle style;
  std::string metric;
  bool emulated_times = false;
};

// The families' rows. Where programs are all that was asked about, their screen ends with what the
// placements cost; the rows that is made of are in the report.
std::string beside_reads(const ResultSet& set, const PlacementTableStyle& style, bool alone) {
  auto families = family_tables(set, style.show_times);
  const auto loops = style.show_times ? loop_table(set) : std::nullopt;
  std::string text = loops ? render_loop_table(*loops, style.width) : std::string();
  const auto add = [&](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : "\n") + part;
  };
  if (alone && loops) {
    const auto costs = render_cost_table(cost_table(set, style.show_times, loops), style.width);
    add(costs);
    if (!costs.empty())
      std::erase_if(families, [](const FamilyTable& family) {
        return family.unmeasured.empty() &&
               (family.family == "metadata" || family.family == "scan" || family.family == "cow");
      });
  }
  add(render_family_tables(families, style.width));
  return text;
}

// A mistyped one would only leave the ratios out.
Outcome<void> check_bases(const PlacementTable& table, const std::vector<std::string>& bases) {
  if (bases == PlacementTableStyle{}.bases) return {};
  for (const auto& base : bases)
    if (std::ranges::none_of(table.blocks, [&](const auto& block) { return block.find(base); }))
      return fail(ExitCode::kUsage, "--base {0}: no cell has placement:{0}", base);
  return {};
}

Outcome<ExitCode> run(const Options& options) {
  const auto loaded = load_pooled(options.runs, options.load);
  if (!loaded) return fail(loaded);
  const ResultSet& set = *loaded;
  const auto metric = options.metric.empty() ? default_metric(set) : options.metric;
  if (!set.has_metric(metric) && set.cell_count() > 0)
    return fail(ExitCode::kUsage, "{}: no row has the figure '{}'", options.runs.front(), metric);
  auto table = placement_table(set, metric);
  if (auto known = check_bases(table, options.style.bases); !known) return fail(known);
  auto style = options.style;
  style.show_times = !is_emulated(set) || options.emulated_times;
  if (!style.show_times && options.style.bases != PlacementTableStyle{}.bases)
    return fail(ExitCode::kUsage,
                "--base: the run is emulated, and ratios are of times: add --emulated-times");
  if (!options.metric.empty() && table.blocks.empty())
    return fail(ExitCode::kUsage,
                "--metric is of reads, and no name has placement: and stride: parts; families show "
                "all of their figures");
  auto families = beside_reads(set, style, table.blocks.empty());
  if (!families.empty()) erase_family_errors(table.errors);
  if (table.blocks.empty() && table.errors.empty() && !families.empty()) {
    show(families);
    return ExitCode::kDone;
  }
  if (table.blocks.empty() && families.empty() && (table.errors.empty() || set.cell_count() > 0))
    return fail(ExitCode::kUsage,
                "{}: {}; other benchmarks can be read with 'zpanalyze report' and 'zpanalyze "
                "compare'",
                options.runs.front(),
                is_ours(set) ? "no name has placement: and stride: parts" : "not of zpbench");
  // What people who have the choice ask stands first.
  if (metric == "ns_per_read")
    if (const auto knob = render_knob_table(knob_table(set), style.width); !knob.empty())
      show_changes(knob + "\n", Better::kLower);
  show(render_placement_table(table, set, style));
  if (!families.empty()) show("\n" + families);
  return ExitCode::kDone;
}

}  // namespace

Action define_table(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_metric_option(app, options->metric);
  add_value(app, "--base", options->style.bases, "PLACEMENT",
            "placements that ratios are taken to");
  app.add_flag("--emulated-times", options->emulated_times, "show an emulator's times as well");
  add_load_options(app, options->load);
  add_width_option(app, options->style.width);
  app.footer("Example:\n  zpanalyze table results/host1/6.18.0/2026-11-23T01:02:03Z");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
