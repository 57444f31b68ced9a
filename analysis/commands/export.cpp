// SPDX-License-Identifier: MIT
// zpanalyze export: rows for other programs.
#include <CLI/CLI.hpp>
#include <memory>

#include "analysis/commands/commands.hpp"
#include "analysis/export/export.hpp"
#include "analysis/load/inputs.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string sqlite;
  LoadOptions load;
};

Outcome<ExitCode> run(const Options& options) {
  auto loaded = load_sides({options.runs}, options.load);
  if (!loaded) return tl::make_unexpected(loaded.error());
  tell(*loaded);
  const auto& set = loaded->sides.front();
  if (options.sqlite.empty()) {
    show(export_csv(set));
    if (const auto errors = set.errors(); !errors.empty())
      warn(
          fmt::format("not in it, as they have a reason and no figures: rows of {} cells (first: "
                      "{}); 'zpanalyze report' and --sqlite have the reasons",
                      errors.size(), shorten(errors.front().name, 200)));
    return ExitCode::kDone;
  }
  // SQLite makes and removes files of these names itself.
  const Inputs inputs(loaded->sides);
  for (const char* ending : {"", "-journal", "-wal", "-shm"})
    if (auto free = inputs.check_output(options.sqlite + ending); !free)
      return tl::make_unexpected(free.error());
  const auto done = export_sqlite(set, options.sqlite);
  if (!done) return tl::make_unexpected(done.error());
  show_path(options.sqlite);
  return ExitCode::kDone;
}

}  // namespace

Action define_export(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  app.add_option("--sqlite", options->sqlite,
                 "add to this database (made when missing) instead of writing CSV to stdout")
      ->type_name("FILE");
  add_load_options(app, options->load);
  // What is in the database already is not looked at again: files go into it whole.
  app.get_option("--sqlite")->excludes("--filter");
  app.footer(
      "Examples:\n  zpanalyze export RUN > rows.csv\n"
      "  zpanalyze export results --sqlite fleet.db\n"
      "  sqlite3 fleet.db \"select kernel, placement, avg(value) from tidy\n"
      "    where metric='ns_per_read' and stride_bytes='1024' group by 1, 2\"");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
