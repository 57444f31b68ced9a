// SPDX-License-Identifier: MIT
// zpanalyze colours: how many zero pages a machine needs.
#include <CLI/CLI.hpp>
#include <memory>

#include "analysis/colours/advice.hpp"
#include "analysis/commands/commands.hpp"
#include "analysis/model/render_prediction.hpp"
#include "harness/model/catalogue.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  LoadOptions load;
  std::string cpu;
  std::string table = "256m";  // of the model
  double threshold_percent = 100 * kColourThreshold;
  std::size_t width = 75;
};

constexpr std::uint64_t kModelStrides[] = {64, 256, 1024, 4096};
constexpr std::uint64_t kMostModelColours = 4096;

Outcome<ExitCode> advise_from_model(const Options& options) {
  const auto cpu = model::find_cpu(options.cpu);
  if (!cpu) return fail(cpu);
  const auto table_bytes = parse_size_bytes(options.table);
  if (!table_bytes) return fail(table_bytes);
  PredictOptions predict_options;
  predict_options.table_bytes = *table_bytes;
  std::vector<ColourSweep> sweeps;
  for (const std::uint64_t stride : kModelStrides) {
    auto sweep = sweep_colours(*cpu, stride, kMostModelColours, predict_options);
    if (!sweep) return fail(sweep);
    sweeps.push_back(std::move(*sweep));
  }
  show(render_model_head(*cpu, predict_options, options.width) +
       render_sweep_verdict(sweeps, *cpu, options.width));
  return ExitCode::kDone;
}

Outcome<ExitCode> run(const Options& options) {
  if (options.runs.empty() == options.cpu.empty())
    return fail(ExitCode::kUsage, "give either RUN (measured) or --cpu NAME (modelled)");
  if (!options.cpu.empty()) return advise_from_model(options);
  const auto loaded = load_pooled(options.runs, options.load);
  if (!loaded) return fail(loaded);
  const ResultSet& set = *loaded;
  const double threshold = options.threshold_percent / 100;
  const auto all = advise_colours(set, threshold);
  if (!all) return fail(all);
  show(render_advice(*all, set, threshold, options.width));
  return ExitCode::kDone;
}

}  // namespace

Action define_colours(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs)->required(false);  // or --cpu
  CLI::Option* cpu = add_value(app, "--cpu", options->cpu, "NAME",
                               "ask the model of this CPU instead (zpanalyze model --list)");
  add_value(app, "--table", options->table, "SIZE", "size of the model's table")->needs(cpu);
  add_value(app, "--threshold", options->threshold_percent, "PERCENT",
            "by which medians may differ from the best and still be called equal")
      ->check(number_between(0, 100));
  add_load_options(app, options->load);
  for (const char* measured : {"--threshold", "--filter", "--keep-going"})
    app.get_option(measured)->excludes(cpu);
  add_width_option(app, options->width);
  app.footer(
      "Examples:\n"
      "  zpanalyze colours results/host1/6.18.0/2026-11-23T01:02:03Z\n"
      "  zpanalyze colours --cpu z13\n"
      "Answers with the smallest N within the noise of the best, per stride and\n"
      "over all strides, as the order setup_zero_pages() takes. With --cpu that is\n"
      "the smallest within 5 % of the best, of predicted times of walks in order:\n"
      "docs/model.md says where these are wrong. A measured sweep decides.");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
