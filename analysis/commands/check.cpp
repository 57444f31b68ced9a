// SPDX-License-Identifier: MIT
// zpanalyze check: whether a run can be taken into results/.
#include <CLI/CLI.hpp>
#include <memory>

#include "analysis/commands/commands.hpp"
#include "analysis/load/load.hpp"
#include "analysis/submission/check.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string anonymous;
};

Outcome<ExitCode> check(const std::vector<std::string>& paths) {
  const auto set = load_set(paths, {.take_all = true});
  if (!set) return fail(set);
  bool bad = false;
  for (const auto& run : set->runs()) {
    const auto faults = faults_of(run);
    bad = bad || !faults.empty();
    for (const auto& fault : faults) show_about(run.path, fault);
    if (faults.empty()) show_about(run.path, "can be taken");
  }
  return bad ? ExitCode::kFailed : ExitCode::kDone;
}

Outcome<ExitCode> run(const Options& options) {
  if (options.anonymous.empty()) return check(options.runs);
  auto loaded = load_sides({options.runs}, {.take_all = true});
  if (!loaded) return fail(loaded);
  const auto& runs = loaded->sides.front().runs();
  if (runs.size() != 1)
    return fail(ExitCode::kUsage, "--anonymous copies one run, and {} are named", runs.size());
  const auto left = write_anonymous(runs.front(), options.anonymous);
  if (!left) return fail(left);
  if (!left->empty()) warn(fmt::format("not in the copy: {}", fmt::join(*left, ", ")));
  return check({options.anonymous});
}

}  // namespace

Action define_check(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_value(app, "--anonymous", options->anonymous, "DIR",
            "write a copy of manifest and passes to this new directory, without hosts' names "
            "and private folders, and check that");
  app.footer(
      "Exit codes: 0 each run can be taken; 1 what is wrong, fault by fault.\n\n"
      "Examples:\n  zpanalyze check RUN\n"
      "  zpanalyze check RUN --anonymous results/submitted/zen3/6.18/first");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
