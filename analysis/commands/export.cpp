// SPDX-License-Identifier: MIT
// zpanalyze export: rows for other programs, and a run for a CI.
#include <CLI/CLI.hpp>
#include <memory>

#include "analysis/ci/formats.hpp"
#include "analysis/commands/commands.hpp"
#include "analysis/export/export.hpp"
#include "analysis/load/inputs.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  std::string sqlite;
  std::string format;
  std::string metric;
  KcidbOptions kcidb;
  LoadOptions load;
};

// As test programs end: 4 where nothing ran, which is kselftest's code for that.
Outcome<ExitCode> run_as_tests(const Options& options) {
  if (options.format != "kcidb" && options.kcidb != KcidbOptions{})
    return fail(ExitCode::kUsage,
                "only for --format kcidb: --origin, --build-id, --commit, --tree");
  auto load = options.load;
  load.take_empty_runs = true;  // of a kernel that died of the first pass, too
  const auto set = load_pooled(options.runs, load);
  if (!set) return fail(set);
  // Its figures' limits are those of passes, and its words of one machine.
  if (const auto boots = boots_of(*set), hosts = hosts_of(*set);
      set->runs().size() > 1 && (boots > 1 || hosts > 1))
    return fail(
        ExitCode::kUsage,
        "--format {} reports one run as tests, and these are of {} {}: export each by itself",
        options.format, hosts > 1 ? hosts : boots, hosts > 1 ? "hosts" : "boots");
  if (!options.metric.empty() && !set->has_metric(options.metric))
    return fail(ExitCode::kUsage, "no row has the figure '{}'", options.metric);
  if (is_emulated(*set) && metric_of(options.metric).depends_on_clock)
    return fail(ExitCode::kNotComparable, "{} of an emulated run says nothing about a CPU",
                options.metric);
  const auto tests = test_run(*set, options.metric);
  const auto text = find_test_format(options.format)->write(tests, options.kcidb);
  if (!text) return fail(text);
  show(*text);
  if (tests.nothing_ran()) return ExitCode::kCannotRun;
  return tests.bad() > 0 ? ExitCode::kFailed : ExitCode::kDone;
}

Outcome<ExitCode> run(const Options& options) {
  if (!options.format.empty() && options.format != "csv") return run_as_tests(options);
  if (options.kcidb != KcidbOptions{} || !options.metric.empty())
    return fail(
        ExitCode::kUsage,
        "only for tests (--format ktap, ...): --metric, --origin, --build-id, --commit, --tree");
  const auto loaded = load_set(options.runs, options.load);
  if (!loaded) return fail(loaded);
  const ResultSet& set = *loaded;
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
  const Inputs inputs({&set, 1});
  for (const char* ending : {"", "-journal", "-wal", "-shm"})
    if (auto free = inputs.check_output(options.sqlite + ending); !free) return fail(free);
  const auto done = export_sqlite(set, options.sqlite);
  if (!done) return fail(done);
  for (const auto& remark : *done) warn(remark);
  show_path(options.sqlite);
  return ExitCode::kDone;
}

void add_format_options(CLI::App& app, Options& options) {
  std::vector<std::string> names{"csv"};
  std::string list = "csv (default): all rows; one run as tests:";
  for (const auto& format : test_formats()) {
    names.emplace_back(format.name);
    list += fmt::format(" {} ({}),", format.name, format.summary);
  }
  list.back() = ';';
  add_value(
      app, "--format", options.format, "FORMAT",
      list + " a row passes when its placement was proven (or none claimed), whatever its speed")
      ->check(CLI::IsMember(names))
      ->excludes("--sqlite");
  add_value(app, "--metric", options.metric, "NAME",
            "the one figure of a test that has one (default: what the row is about)");
  add_value(app, "--origin", options.kcidb.origin, "NAME", "kcidb: the CI system that reports");
  add_value(app, "--build-id", options.kcidb.build_id, "ID",
            "kcidb: the kernel's build, if reported");
  add_value(app, "--commit", options.kcidb.commit, "SHA1", "kcidb: else the kernel's commit");
  add_value(app, "--tree", options.kcidb.tree, "URL", "kcidb: and its repository");
}

}  // namespace

Action define_export(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_value(app, "--sqlite", options->sqlite, "FILE",
            "add to this database (made when missing) instead of writing CSV to stdout");
  add_format_options(app, *options);
  add_load_options(app, options->load);
  // What is in the database already is not looked at again: files go into it whole.
  app.get_option("--sqlite")->excludes("--filter");
  app.footer(
      "With a test format: exit 0 all passed, or some were skipped; 1 some failed;\n"
      "4 all were skipped.\n\n"
      "Examples:\n  zpanalyze export RUN > rows.csv\n"
      "  zpanalyze export RUN --format ktap\n"
      "  zpanalyze export RUN --format kcidb --origin lab --build-id maestro:1\n"
      "  zpanalyze export results --sqlite fleet.db\n"
      "  sqlite3 fleet.db \"select cpu, cpu_family, kernel, name, avg(value)\n"
      "    from tidy where metric='ns_per_read' and stride_bytes='1024'\n"
      "    and emulated is not 'true' group by 1, 2, 3, 4\"");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
