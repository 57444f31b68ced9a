// SPDX-License-Identifier: MIT
// zpanalyze report: a page, a mail or Markdown.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "analysis/claims/claims.hpp"
#include "analysis/commands/commands.hpp"
#include "analysis/load/inputs.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/report/page.hpp"
#include "analysis/report/report.hpp"
#include "harness/support/interrupt.hpp"

namespace zp::analysis {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> runs, base;
  std::string out = "report.html";
  LoadOptions load;
  ReportOptions report;
  std::size_t width = 75;
  bool cover = false;
  bool markdown = false;
  bool claims = false, debates = false;
};

Outcome<void> check_not_interrupted() {
  if (interrupted()) return fail(interrupt_exit_code(), "interrupted: no page is written");
  return {};
}

// A directory that goes away with its owner, also when a signal is what ends it.
class TemporaryDirectory {
 public:
  static Outcome<TemporaryDirectory> make() {
    catch_interrupts();
    std::error_code failed;
    auto pattern = (fs::temp_directory_path(failed) / "zpanalyze-XXXXXX").string();
    if (failed || mkdtemp(pattern.data()) == nullptr)
      return fail(ExitCode::kUsage, "{}: no temporary directory can be made (see TMPDIR)", pattern);
    return TemporaryDirectory(pattern);
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Plot> plots_of(const Report& report) {
  std::vector<Plot> plots;
  // What changed comes first.
  if (report.comparison) plots = plot_forest(*report.comparison);
  const PlotInput input{*report.set, report.table, report.knob, report.loops};
  for (const PlotKind& kind : plot_kinds())
    if (report.show_times || !kind.shows_times)
      for (auto& plot : kind.make(input)) plots.push_back(std::move(plot));
  if (report.comparison || report.knob.blocks.empty()) return plots;
  // The picture of the size that the headline is about.
  for (const auto effect : {Effect::kSlower, Effect::kFaster})
    if (const auto* block = largest_change(report.knob, effect, &PairedChange::effect).block) {
      const auto at = plots.begin() + (block - report.knob.blocks.data());
      std::rotate(plots.begin(), at, at + 1);
      break;
    }
  return plots;
}

Outcome<std::vector<PagePicture>> draw_all(const Report& report) {
  const auto directory = TemporaryDirectory::make();
  if (!directory) return fail(directory);
  std::vector<PagePicture> pictures;
  for (auto& plot : plots_of(report)) {
    std::vector<std::string> svgs;
    for (const Picture& wanted : {Picture{.extension = "svg"}, narrow_svg()}) {
      const auto paths = draw(plot, {wanted}, directory->path());
      // A signal of the terminal's ends gnuplot as well.
      if (auto going = check_not_interrupted(); !going) return fail(going);
      if (!paths && paths.error().code == ExitCode::kCannotRun) {
        warn("no pictures: " + paths.error().message);
        return std::vector<PagePicture>{};
      }
      if (!paths) return fail(paths);
      svgs.push_back(follow_colour_scheme(slurp(paths->front())));
    }
    pictures.push_back({std::move(plot), std::move(svgs[0]), std::move(svgs[1])});
  }
  return pictures;
}

// Each argument is a run of its own: kernels stand side by side.
Outcome<ExitCode> print_claims(const Options& options) {
  std::vector<std::vector<std::string>> arguments;
  for (const auto& argument : options.runs) arguments.push_back({argument});
  const auto loaded = load_sides(arguments, options.load);
  if (!loaded) return fail(loaded);
  tell(*loaded);
  std::vector<FamilyRun> runs;
  for (const auto& side : loaded->sides) {
    if (auto pooled = tell_pooled(side); !pooled) return fail(pooled);
    runs.push_back(of_largest_tables(family_run(side)));
  }
  tell_apart(runs);
  show(options.debates ? render_debates(runs) : render_claims(runs));
  return ExitCode::kDone;
}

Outcome<ExitCode> run(const Options& options) {
  if (options.claims || options.debates) return print_claims(options);
  std::vector<std::vector<std::string>> arguments;
  if (!options.base.empty()) arguments.push_back(options.base);
  arguments.push_back(options.runs);
  const auto loaded = load_sides(arguments, options.load);
  if (!loaded) return fail(loaded);
  const auto report = make_report(*loaded, options.report);
  if (!report) {
    tell(*loaded);  // there is no page to say it
    return fail(report);
  }
  if (options.cover) show(render_cover(*report, options.width));
  if (options.markdown) show(render_markdown_report(*report, options.width));
  if (options.cover || options.markdown) return ExitCode::kDone;
  const Inputs inputs(loaded->sides);
  if (auto free = inputs.check_output(options.out); !free) return fail(free);
  if (auto ours = check_replaceable(options.out, kPageStart, "a page"); !ours) return fail(ours);
  const auto pictures = draw_all(*report);
  if (!pictures) return fail(pictures);
  if (auto written = write_output(options.out, render_html(*report, *pictures)); !written)
    return fail(written);
  show_path(options.out);
  return ExitCode::kDone;
}

}  // namespace

Action define_report(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_value(app, "--base", options->base, "RUN", "runs to compare with");
  auto* out = add_value(app, "--out", options->out, "FILE", "the page");
  auto* cover =
      app.add_flag("--cover", options->cover, "text for a mail, to stdout")->excludes(out);
  auto* markdown = app.add_flag("--md", options->markdown, "Markdown, to stdout")
                       ->excludes(cover)
                       ->excludes(out);
  auto* claims =
      app.add_flag("--claims", options->claims,
                   "the claims of the 2017 thread with a verdict each (Markdown, to stdout)")
          ->excludes(cover)
          ->excludes(markdown)
          ->excludes(out)
          ->excludes("--base");
  app.add_flag("--debates", options->debates,
               "the debates since 2024 with a verdict each (Markdown, to stdout)")
      ->excludes(claims)
      ->excludes(cover)
      ->excludes(markdown)
      ->excludes(out)
      ->excludes("--base");
  add_metric_option(app, options->report.metric);
  app.add_flag("--force", options->report.compare.force,
               "compare what is not comparable; differences are listed under the table")
      ->needs("--base");
  app.add_flag("--emulated-times", options->report.emulated_times,
               "show an emulator's times as well");
  add_load_options(app, options->load);
  auto* width = add_width_option(app, options->width)->excludes(out);
  for (const char* judged : {"--claims", "--debates"})
    for (const char* other : {"--metric", "--emulated-times", "--width"})
      app.get_option(judged)->excludes(other);
  app.footer(
      "Examples:\n  zpanalyze report RUN --out report.html\n"
      "  zpanalyze report NEW --base OLD --cover\n"
      "  zpanalyze report --claims RUN S390X-RUN >claims.md");
  return [options, width]() -> Outcome<ExitCode> {
    if (width->count() > 0 && !options->cover && !options->markdown)
      return fail(ExitCode::kUsage, "--width is of --cover and --md: a page has the reader's");
    options->report.compare.emulated_times = options->report.emulated_times;
    return run(*options);
  };
}

}  // namespace zp::analysis
