// SPDX-License-Identifier: MIT
// zpanalyze atlas: pages over all CPUs and kernels that were measured.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "analysis/atlas/atlas.hpp"
#include "analysis/commands/commands.hpp"
#include "analysis/load/inputs.hpp"
#include "analysis/report/page.hpp"
#include "harness/support/file.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string out = "atlas";
  LoadOptions load;
};

Outcome<ExitCode> run(const Options& options) {
  auto set = load_set(options.runs, options.load);
  if (!set) return fail(set);
  const Inputs inputs({&*set, 1});
  const auto atlas = make_atlas(std::move(*set));
  if (atlas.cpus.empty())
    return fail(ExitCode::kUsage, "{}",
                atlas.mixed > 0 ? "no run is of one machine and kernel"
                                : "no run says on what CPU and kernel it was made");
  if (atlas.mixed > 0)
    warn(fmt::format("left out, as their passes are of several machines or kernels: runs: {}",
                     atlas.mixed));
  for (const auto& cpu : atlas.cpus)
    for (const auto& entry : cpu.kernels)
      if (!entry.differs.empty())
        warn(fmt::format("{}, {}: {}", cpu.cpu, entry.kernel, entry.differs));
  const auto pages = render_atlas(atlas);
  std::error_code failed;
  std::filesystem::create_directories(options.out, failed);
  if (failed) return fail(ExitCode::kUsage, "{}: {}", options.out, failed.message());
  const auto path_of = [&](const AtlasPage& page) { return options.out + "/" + page.file; };
  // Nothing is written unless everything may be.
  for (const auto& page : pages) {
    if (auto free = inputs.check_output(path_of(page)); !free) return fail(free);
    if (auto ours = check_replaceable(path_of(page), kPageStart, "a page"); !ours)
      return fail(ours);
  }
  for (const auto& page : pages)
    if (auto written = write_file_atomically(path_of(page), page.html, true); !written)
      return fail(written);
  show_path(path_of(pages.front()));
  return ExitCode::kDone;
}

}  // namespace

Action define_atlas(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_value(app, "--out", options->out, "DIR", "directory of the pages; index.html is the first");
  add_load_options(app, options->load);
  app.remove_option(app.get_option("--filter"));  // a row of it is a whole run
  app.footer(
      "Runs of one kernel on one kind of machine make a row; what compare refuses\n"
      "is never pooled, and times of emulated machines are not shown.\n\n"
      "Example:\n  zpanalyze atlas results/reference --out atlas");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
