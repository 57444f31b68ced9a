// SPDX-License-Identifier: MIT
// zpanalyze model: what the cache model predicts, without touching the machine.
#include <CLI/CLI.hpp>
#include <memory>

#include "analysis/commands/commands.hpp"
#include "analysis/model/render_prediction.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/model/catalogue.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::string cpu;
  std::vector<std::string> placements{"private", "read_fault", "ksm_single", "ksm_default",
                                      "ksm_coloured:4"};
  std::vector<std::string> strides{"64", "256", "1024", "4096"};
  std::string table = "256m";
  std::string walk = "sequential";
  std::string sweep;
  std::string offset = "fixed";
  std::uint64_t seed = 1;
  double ghz = 0;
  std::uint64_t most_colours = 4096;
  std::size_t width = 75;
  bool list = false;
  bool explain = false;
};

Outcome<ExitCode> list_cpus(std::size_t width) {
  for (const std::string_view name : model::built_in_cpus()) {
    const auto cpu = model::find_cpu(std::string(name));
    if (!cpu) return tl::make_unexpected(cpu.error());
    show(paragraph(
        fmt::format("{:<11} {} ({})", name, cpu->about, model::name_of(cpu->geometry.synonyms)),
        width, 12));
  }
  return ExitCode::kDone;
}

Outcome<ExitCode> run(const Options& options) {
  if (options.list) return list_cpus(options.width);
  if (options.cpu.empty())
    return fail(ExitCode::kUsage, "--cpu NAME or FILE is missing; --list names the CPUs");
  const auto cpu = model::find_cpu(options.cpu);
  if (!cpu) return tl::make_unexpected(cpu.error());
  if (options.explain) {
    show(render_sources(*cpu, options.width));
    return ExitCode::kDone;
  }

  PredictOptions predict_options;
  const auto table_bytes = parse_size_bytes(options.table);
  if (!table_bytes) return tl::make_unexpected(table_bytes.error());
  predict_options.table_bytes = *table_bytes;
  predict_options.walk = options.walk;
  predict_options.seed = options.seed;
  predict_options.rotated = options.offset == "rotated";
  std::vector<std::uint64_t> strides;
  for (const std::string& text : options.strides) {
    const auto stride = parse_size_bytes(text);
    if (!stride) return tl::make_unexpected(stride.error());
    strides.push_back(*stride);
  }

  // Everything is computed before anything is printed: an error leaves no half of a table.
  std::string text = render_model_head(*cpu, predict_options, options.width);
  if (!options.sweep.empty()) {
    std::vector<ColourSweep> sweeps;
    for (const std::uint64_t stride : strides) {
      auto sweep = sweep_colours(*cpu, stride, options.most_colours, predict_options);
      if (!sweep) return tl::make_unexpected(sweep.error());
      text += render_sweep(*cpu, *sweep, options.width);
      sweeps.push_back(std::move(*sweep));
    }
    text += render_sweep_verdict(sweeps, *cpu, options.width);
  } else {
    std::vector<PredictedCell> cells;
    for (const std::uint64_t stride : strides)
      for (const std::string& placement : options.placements) {
        auto cell = predict(*cpu, placement, stride, predict_options);
        if (!cell) return tl::make_unexpected(cell.error());
        cells.push_back(std::move(*cell));
      }
    text += render_cells(*cpu, cells, options.width);
    const double described = cpu->clock_ghz ? cpu->clock_ghz->high : 0;
    text += render_times(*cpu, cells, options.ghz > 0 ? options.ghz : described, options.width);
  }
  show(text);
  return ExitCode::kDone;
}

}  // namespace

Action define_model(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--cpu", options->cpu, "a CPU of --list, or the path of a .cpu file")
      ->type_name("NAME");
  app.add_option("--placements", options->placements, "placements, as in the names of rows")
      ->type_name("LIST")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--strides", options->strides, "bytes from one read to the next")
      ->type_name("LIST")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--table", options->table, "size of the table")
      ->type_name("SIZE")
      ->capture_default_str();
  app.add_option("--walk", options->walk,
                 "sequential, random or dependent, in the order of harness/walk")
      ->type_name("WALK")
      ->capture_default_str();
  app.add_option("--offset", options->offset, "of reads in their page, at strides of whole pages")
      ->type_name("OFFSET")
      ->check(CLI::IsMember({"fixed", "rotated"}))
      ->capture_default_str();
  app.add_option("--seed", options->seed, "of the shuffled walks, as zpbench's")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--ghz", options->ghz,
                 "clock that turns cycles into ns (default: the CPU's, if known)")
      ->type_name("GHZ")
      ->check(number_between(0.01, 100));
  app.add_option("--sweep", options->sweep, "colours: misses against the number of frames")
      ->type_name("KIND")
      ->check(CLI::IsMember({"colours"}));
  app.add_option("--most-colours", options->most_colours, "where the sweep ends")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_flag("--list", options->list, "name the CPUs that are built in");
  app.add_flag("--explain", options->explain, "print the CPU's figures and their sources");
  add_width_option(app, options->width);
  app.footer(
      "Examples:\n"
      "  zpanalyze model --cpu z13 --placements private,ksm_single --strides 256\n"
      "  zpanalyze model --cpu z13 --sweep colours\n"
      "  zpanalyze model --cpu ./mine.cpu --explain\n"
      "Counts are of the model, never of a machine; frames are constructed.\n"
      "docs/model.md says what is modelled and how to describe a CPU.");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
