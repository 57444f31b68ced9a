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
  bool seeded = false;
  double ghz = 0;
  std::uint64_t most_colours = 4096;
  std::size_t width = 75;
  bool list = false;
  bool explain = false;
};

Outcome<ExitCode> list_cpus(std::size_t width) {
  for (const std::string_view name : model::built_in_cpus()) {
    const auto cpu = model::find_cpu(std::string(name));
    if (!cpu) return fail(cpu);
    show(paragraph(
        fmt::format("{:<13} {} ({})", name, cpu->about, model::name_of(cpu->geometry.synonyms)),
        width, 14));
  }
  return ExitCode::kDone;
}

Outcome<ExitCode> run(const Options& options) {
  if (options.list) return list_cpus(options.width);
  if (options.cpu.empty())
    return fail(ExitCode::kUsage, "--cpu NAME or FILE is missing; --list names the CPUs");
  const auto cpu = model::find_cpu(options.cpu);
  if (!cpu) return fail(cpu);
  if (options.explain) {
    show(render_sources(*cpu, options.width));
    return ExitCode::kDone;
  }

  PredictOptions predict_options;
  if (options.seeded && options.walk == "sequential")
    return fail(ExitCode::kUsage,
                "--seed is of the shuffled walks: add --walk random or dependent");
  const auto table_bytes = parse_size_bytes(options.table);
  if (!table_bytes) return fail(table_bytes);
  predict_options.table_bytes = *table_bytes;
  predict_options.walk = options.walk;
  predict_options.seed = options.seed;
  predict_options.rotated = options.offset == "rotated";
  std::vector<std::uint64_t> strides;
  for (const std::string& text : options.strides) {
    const auto stride = parse_size_bytes(text);
    if (!stride) return fail(stride);
    strides.push_back(*stride);
  }

  // Everything is computed before anything is printed: an error leaves no half of a table.
  std::string text = render_model_head(*cpu, predict_options, options.width);
  if (!options.sweep.empty()) {
    std::vector<ColourSweep> sweeps;
    for (const std::uint64_t stride : strides) {
      auto sweep = sweep_colours(*cpu, stride, options.most_colours, predict_options);
      if (!sweep) return fail(sweep);
      text += render_sweep(*cpu, *sweep, options.width);
      sweeps.push_back(std::move(*sweep));
    }
    text += render_sweep_verdict(sweeps, *cpu, options.width);
  } else {
    std::vector<PredictedCell> cells;
    for (const std::uint64_t stride : strides)
      for (const std::string& placement : options.placements) {
        auto cell = predict(*cpu, placement, stride, predict_options);
        if (!cell) return fail(cell);
        cells.push_back(std::move(*cell));
      }
    text += render_cells(*cpu, cells, options.width);
    const double described = cpu->clock_ghz ? cpu->clock_ghz->high : 0;
    const auto times =
        render_times(*cpu, cells, options.ghz > 0 ? options.ghz : described, options.width);
    if (options.ghz > 0 && times.empty())
      return fail(ExitCode::kUsage, "--ghz: the description of {} has no prices to turn into ns",
                  cpu->name);
    text += times;
  }
  show(text);
  return ExitCode::kDone;
}

}  // namespace

Action define_model(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_value(app, "--cpu", options->cpu, "NAME", "a CPU of --list, or the path of a .cpu file");
  add_value(app, "--placements", options->placements, "LIST", "placements, as in the names of rows")
      ->delimiter(',');
  add_value(app, "--strides", options->strides, "LIST", "bytes from one read to the next")
      ->delimiter(',');
  add_value(app, "--table", options->table, "SIZE", "size of the table");
  add_value(app, "--walk", options->walk, "WALK",
            "sequential, random or dependent, in the order of harness/walk");
  add_value(app, "--offset", options->offset, "OFFSET",
            "of reads in their page, at strides of whole pages")
      ->check(CLI::IsMember({"fixed", "rotated"}));
  auto* const seed =
      add_value(app, "--seed", options->seed, "N", "of the shuffled walks, as zpbench's");
  add_value(app, "--ghz", options->ghz, "GHZ",
            "clock that turns cycles into ns (default: the CPU's, if known)")
      ->check(number_between(0.01, 100));
  add_value(app, "--sweep", options->sweep, "KIND", "colours: misses against the number of frames")
      ->check(CLI::IsMember({"colours"}))
      ->excludes("--placements")
      ->excludes("--ghz");
  add_value(app, "--most-colours", options->most_colours, "N", "where the sweep ends")
      ->check(CLI::Range(1, 1 << 20))
      ->needs("--sweep");
  app.add_flag("--list", options->list, "name the CPUs that are built in");
  app.add_flag("--explain", options->explain, "print the CPU's figures and their sources");
  add_width_option(app, options->width);
  goes_only_with(app, "--list", {"--width"});
  goes_only_with(app, "--explain", {"--cpu", "--width"});
  app.footer(
      "Examples:\n"
      "  zpanalyze model --cpu z13 --placements private,ksm_single --strides 256\n"
      "  zpanalyze model --cpu z13 --sweep colours\n"
      "  zpanalyze model --cpu ./mine.cpu --explain\n"
      "Counts are of the model, never of a machine; frames are constructed.\n"
      "docs/model.md says what is modelled and how to describe a CPU.");
  return [options, seed] {
    options->seeded = seed->count() > 0;
    return run(*options);
  };
}

}  // namespace zp::analysis
