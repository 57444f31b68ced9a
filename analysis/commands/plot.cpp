// SPDX-License-Identifier: MIT
// zpanalyze plot: pictures through gnuplot.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "analysis/attribute/attribution.hpp"
#include "analysis/commands/commands.hpp"
#include "analysis/load/inputs.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/rows/host.hpp"
#include "harness/support/file.hpp"
#include "harness/support/interrupt.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs, base;
  std::vector<std::string> kinds;
  std::vector<std::string> formats{"svg", "png"};
  std::string directory = "plots";
  std::string metric;
  LoadOptions load;
  PlotPrediction prediction;
  std::string cpu;
  bool emulated_times = false;
  bool dark = false;
};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const PlotKind& kind : plot_kinds()) names.emplace_back(kind.name);
  return names;
}

bool wants(const Options& options, const std::string& kind) {
  return options.kinds.empty() || std::ranges::find(options.kinds, kind) != options.kinds.end();
}

Outcome<std::vector<Plot>> make_plots(const Options& options, const std::vector<ResultSet>& sides) {
  const auto& set = sides.back();
  if (auto pooled = tell_pooled(set); !pooled) return fail(pooled);
  const auto metric = options.metric.empty() ? default_metric(set) : options.metric;
  if (set.cell_count() == 0)
    return fail(ExitCode::kUsage, "{}: every row is an error: there is nothing to draw",
                options.runs.front());
  if (!set.has_metric(metric))
    return fail(ExitCode::kUsage, "{}: no row has the figure '{}'", options.runs.front(), metric);
  const bool times =
      !is_emulated(set) || options.emulated_times || !metric_of(metric).depends_on_clock;
  const auto table = placement_table(set, metric);
  std::optional<Comparison> comparison;
  if (sides.size() == 2 && wants(options, "forest")) {
    CompareOptions compare_options;
    compare_options.metric = options.metric;
    compare_options.emulated_times = options.emulated_times;
    auto compared = compare(sides, compare_options);
    if (!compared) return fail(compared);
    comparison = std::move(*compared);
  }
  const auto knob = metric == "ns_per_read" ? knob_table(set) : KnobTable{};
  const auto loops = !is_emulated(set) || options.emulated_times ? loop_table(set) : std::nullopt;
  const PlotInput input{
      set, table, knob, loops, comparison ? &*comparison : nullptr, options.prediction};
  std::vector<Plot> plots;
  for (const PlotKind& kind : plot_kinds())
    if (wants(options, kind.name) && (times || !kind.shows_times))
      for (auto& plot : kind.make(input)) plots.push_back(std::move(plot));
  if (plots.empty())
    return fail(ExitCode::kUsage, "{}: the rows hold nothing for these pictures{}",
                options.runs.front(), times ? "" : " (times of an emulated run: --emulated-times)");
  return plots;
}

// A PNG says nothing: the script next to it does. REQUIRES: a regular file.
bool is_of_zpanalyze(const std::string& path, const std::string& ending) {
  std::error_code failed;
  if ((ending != "svg" && ending != "txt") || std::filesystem::file_size(path, failed) == 0)
    return true;
  const auto mark = ending == "svg" ? kSvgMark : kTextMark;
  bool found = false;
  static_cast<void>(for_each_line(path, [&](std::string_view line) {
    found = line == mark;
    return !found;
  }));
  return found;
}

// A picture is replaced where it says that it is ours and the script next to it is; what is no file
// never is: a pipe would be waited for.
Outcome<void> check_free(const Plot& plot, const Options& options, const Inputs& inputs) {
  const auto start = options.directory + "/" + plot.name + ".";
  if (auto ours = check_replaceable(start + "gp", kScriptStart, "a script"); !ours) return ours;
  std::error_code failed;
  const bool drawn_before = std::filesystem::exists(start + "gp", failed);
  auto endings = options.formats;
  endings.insert(endings.begin(), "gp");
  for (const auto& ending : endings) {
    const auto path = start + ending;
    if (auto free = inputs.check_output(path); !free) return free;
    const auto status = std::filesystem::symlink_status(path, failed);
    if (std::filesystem::exists(status) &&
        !(drawn_before && std::filesystem::is_regular_file(status) &&
          is_of_zpanalyze(path, ending)))
      return fail(ExitCode::kUsage,
                  "{}: not written: it exists and is not a picture of zpanalyze; choose another "
                  "--out, or move it away",
                  path);
  }
  return {};
}

Outcome<ExitCode> run(Options options) {
  auto& prediction = options.prediction;
  auto found = find_clocked_cpu(options.cpu, prediction.ghz);
  if (!found) return fail(found);
  prediction.cpu = std::move(*found);
  if (prediction.cpu && prediction.ghz == 0)
    return fail(ExitCode::kUsage, "--cpu {}: its description has no clock_ghz; add --ghz",
                options.cpu);
  if (options.base.empty() && options.kinds == std::vector<std::string>{"forest"})
    return fail(ExitCode::kUsage, "a forest plot needs --base: the runs to draw ratios against");
  if (!options.base.empty() && !wants(options, "forest"))
    return fail(ExitCode::kUsage, "--base is of the forest plot, which --kinds leaves out");
  if (!options.cpu.empty() && !wants(options, "colours"))
    return fail(ExitCode::kUsage, "--cpu is of the plot 'colours', which --kinds leaves out");
  if (options.dark && options.formats == std::vector<std::string>{"txt"})
    return fail(ExitCode::kUsage, "--dark is of svg and png: a text has no paper");
  std::vector<std::vector<std::string>> arguments;
  if (!options.base.empty()) arguments.push_back(options.base);
  arguments.push_back(options.runs);
  auto loaded = load_sides(arguments, options.load);
  if (!loaded) return fail(loaded);
  tell(*loaded);
  if (const auto& cpu = prediction.cpu)
    if (const auto other = other_cpu(loaded->sides.back(), *cpu); !other.empty()) warn(other);
  const auto plots = make_plots(options, loaded->sides);
  if (!plots) return fail(plots);
  std::error_code failed;
  std::filesystem::create_directories(options.directory, failed);
  if (failed) return fail(ExitCode::kUsage, "{}: {}", options.directory, failed.message());
  std::vector<Picture> pictures;
  for (const auto& format : options.formats)
    pictures.push_back({.extension = format, .theme = options.dark ? Theme::kDark : Theme::kLight});
  const Inputs inputs(loaded->sides);
  for (const auto& plot : *plots)
    if (auto free = check_free(plot, options, inputs); !free) return fail(free);
  catch_interrupts();  // no picture is left half drawn
  for (const auto& plot : *plots) {
    const auto paths = draw(plot, pictures, options.directory);
    if (interrupted())
      return fail(interrupt_exit_code(), "interrupted: the pictures in {} are not all drawn",
                  options.directory);
    if (!paths)
      return fail(paths.error().code, "{}; the script is {}/{}.gp", paths.error().message,
                  options.directory, plot.name);
    for (const auto& path : *paths) show_path(path);
  }
  return ExitCode::kDone;
}

}  // namespace

Action define_plot(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_value(app, "--base", options->base, "RUN", "runs to draw ratios against (forest plot)");
  add_value(
      app, "--kinds", options->kinds, "LIST",
      fmt::format("{} (default: all that the rows have data for)", fmt::join(kind_names(), ", ")))
      ->delimiter(',')
      ->check(CLI::IsMember(kind_names()));
  add_value(app, "--formats", options->formats, "LIST", "svg, png, txt (ASCII, for mails)")
      ->delimiter(',')
      ->check(CLI::IsMember({"svg", "png", "txt"}));
  add_value(app, "--out", options->directory, "DIRECTORY", "for pictures and gnuplot scripts");
  add_value(app, "--cpu", options->cpu, "NAME",
            "add to `colours` what the prices of this CPU predict (zpanalyze model)");
  add_value(app, "--ghz", options->prediction.ghz, "GHZ", "its clock (default: the description's)")
      ->check(number_between(0.01, 100))
      ->needs("--cpu");
  add_metric_option(app, options->metric);
  app.add_flag("--dark", options->dark, "light text on dark paper");
  app.add_flag("--emulated-times", options->emulated_times, "draw an emulator's times as well");
  add_load_options(app, options->load);
  app.footer(
      "Example:\n  zpanalyze plot RUN --base OLD_RUN --out plots --formats svg,txt\n"
      "Prints the path of each picture; its gnuplot script (.gp) lies next to it.");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
