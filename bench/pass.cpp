// SPDX-License-Identifier: MIT
#include "bench/pass.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include "bench/context.hpp"
#include "bench/counting.hpp"
#include "bench/family_run.hpp"
#include "bench/lists.hpp"
#include "bench/measure.hpp"
#include "bench/precautions.hpp"
#include "bench/probing.hpp"
#include "bench/reporter.hpp"
#include "harness/counters/self_test/self_test.hpp"
#include "harness/host/threads.hpp"
#include "harness/host/topology.hpp"
#include "harness/ksm/registration.hpp"
#include "harness/ksm/session.hpp"
#include "harness/programs/facts.hpp"
#include "harness/support/file.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/terminal.hpp"
#include "harness/trace/window.hpp"

extern "C" char** environ;

namespace zp {
namespace {

// Before anything is changed: the library may exit on what it does not like.
Outcome<void> initialise_library(const Options& options) {
  static char program[] = "zpbench";  // the library keeps the pointer, for the JSON context
  std::vector<std::string> flags = options.benchmark_flags;
  std::vector<char*> arguments{program};
  for (std::string& flag : flags) arguments.push_back(flag.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (count > 1)
    return fail(ExitCode::kUsage, "{}: Google Benchmark does not take it", arguments[1]);
  return let_library_look();
}

// All that is refused before the host's lock is taken. What the run will take, in words.
Outcome<std::string> check(const Roots& roots, const Chosen& chosen, const Options& options) {
  if (auto known = initialise_library(options); !known) return fail(known);
  int most_threads = 1;
  for (const Cell& cell : chosen.cells) most_threads = std::max(most_threads, cell.threads);
  if (auto enough = check_threads(most_threads - 1); !enough) return fail(enough);
  auto takes = bounded(roots, chosen, options);
  if (!takes) return takes;
  if (const auto why = why_no_row(roots)) return fail(ExitCode::kCannotRun, "{}", *why);
  if (!options.out.empty())
    if (auto possible = check_creatable(options.out); !possible) return fail(possible);
  return takes;
}

// The rule is wanted in every pass that reads pages chosen by it, the rest once.
std::optional<ProbeInRun> probe_where_wanted(const Roots& roots, const std::vector<Cell>& cells,
                                             const Options& options) {
  const bool pages_are_chosen = std::ranges::any_of(
      cells, [](const Cell& cell) { return cell.placement.reads_chosen_pages(); });
  if (options.no_probe || (options.pass != 1 && !pages_are_chosen)) return std::nullopt;
  return probe_in_run(roots, options.pass != 1);
}

void publish(const Facts& context) {
  for (const auto& [key, value] : context) {
    if (key.starts_with("warning."))
      print_to(stderr, fmt::format("zpbench: warning: {}\n", terminal_text(value)));
    benchmark::AddCustomContext(key, value);
  }
}

// The facts of the families that run programs; of libraries, so only where they are asked for.
Facts facts_of_programs(const std::vector<FamilyCell>& families) {
  const auto loops = std::ranges::find_if(families, [](const FamilyCell& cell) {
    return cell.family() == "kernels" && cell.table_bytes != 0;
  });
  return loops == families.end() ? Facts{} : program_facts(loops->table_bytes);
}

// Of the node where most of them want to run at once.
Facts warnings_of_threads(const Roots& roots, const std::vector<Cell>& cells) {
  const auto most = std::ranges::max_element(cells, {}, &Cell::threads);
  if (most == cells.end() || most->threads == 1) return {};
  const auto cpus = cpus_of_node(most->node.value_or(first_node()));
  Facts warnings;
  if (cpus) warnings = thread_warnings(roots, static_cast<std::size_t>(most->threads), *cpus);
  for (auto& [kind, text] : warnings) kind = "warning." + kind;
  return warnings;
}

// Whether run-matrix.sh, or who else runs passes, started this one: it shows all of them in one
// table, measures an interrupted one again, and has no use for a part.
bool is_of_a_run() {
  return std::getenv("ZP_WHOLE_PASSES") != nullptr;
}

// Hours may lie in it. Who runs passes throws away what they print.
std::string kept_elsewhere(const Reporter& reporter) {
  if (!is_of_a_run()) {
    print_to(stdout, reporter.json());
    return "; the JSON was printed to standard output instead";
  }
  std::error_code none;
  const std::string path =
      std::filesystem::temp_directory_path(none) / fmt::format("zpbench-{}.json", ::getpid());
  const bool kept = write_file_atomically(path, reporter.json(), false).has_value();
  return kept ? fmt::format("; the JSON is in {} instead", path) : "";
}

// Writes what was measured; an interrupted run under a name that nobody takes for a whole one.
Outcome<void> write_results(const Options& options, const Reporter& reporter) {
  if (options.json_to_stdout) print_to(stdout, reporter.json());
  if (options.out.empty() || reporter.measured_cells() + reporter.failed_cells() == 0) return {};
  if (interrupted() && is_of_a_run()) return {};
  const std::string path = options.out + (interrupted() ? ".interrupted" : "");
  if (auto written = write_file_atomically(path, reporter.json(), interrupted()); !written) {
    if (options.json_to_stdout) return written;
    return fail(written.error().code, "{}{}", written.error().message, kept_elsewhere(reporter));
  }
  print_to(stderr, fmt::format("zpbench: wrote {}\n", terminal_text(path)));
  return {};
}

Outcome<void> outcome_of(const Reporter& reporter, std::size_t cells) {
  if (interrupted())
    return fail(interrupt_exit_code(), "interrupted after {} of {} cells; knobs are as before",
                reporter.measured_cells(), cells);
  if (reporter.failed_cells() != 0)
    return fail(ExitCode::kFailed, "{} of {} cells failed verification", reporter.failed_cells(),
                cells);
  if (reporter.measured_cells() == 0)
    return fail(ExitCode::kCannotRun,
                "none of the cells can be measured here: {} (see zpbench "
                "--doctor)",
                reporter.why_skipped());
  return {};
}

// What a run by hand ends with: the table that scripts/run-matrix.sh prints, made by the same
// program, of these results. Without zpanalyze next to this program (in a guest, say) nothing:
// every figure was printed when it was measured.
void print_closing_table(const std::string& json) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  std::string program = (self.parent_path() / "zpanalyze").string();
  if (failed || ::access(program.c_str(), X_OK) != 0) return;
  const Fd results(::memfd_create("zpbench-results", MFD_CLOEXEC));
  if (results.get() < 0 ||
      ::pwrite(results.get(), json.data(), json.size(), 0) != static_cast<ssize_t>(json.size()))
    return;
  print_to(stdout, "\n");
  if (auto flushed = flush_stdout(); !flushed) return;  // main() says it
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, results.get(), STDIN_FILENO);
  // What it would warn of was said by this program.
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string command = "table", file = "/dev/stdin";
  char* arguments[] = {program.data(), command.data(), file.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  while (error == 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Outcome<void> measure_pass(const Options& options, const Chosen& chosen) {
  const std::vector<Cell>& cells = chosen.cells;
  const std::vector<FamilyCell>& families = chosen.families;
  const Roots roots;
  auto counters = choose_counters(roots, options.counters, options.counter_source);
  if (!counters) return fail(counters);
  auto row_model = RowModel::create(roots, options.model);
  if (!row_model) return fail(row_model);
  const auto takes = check(roots, chosen, options);
  if (!takes) return fail(takes);
  const auto lock = HostLock::acquire(roots);
  if (!lock) return fail(lock);
  catch_interrupts();
  if (auto taken = take_over_host(roots); !taken) return taken;
  restore_where_all_else_fails();
  const auto dropped = drop_inherited_registration(roots);
  if (!dropped) return fail(dropped);
  if (*dropped && !options.quiet)
    print_to(stderr,
             "zpbench: all memory of this process was registered with KSM by whoever started it "
             "(PR_SET_MEMORY_MERGE, as by MemoryKSM=yes): taken back, for figures of the table "
             "alone\n");
  if (auto free = refuse_foreign_merges(roots, chosen); !free) return free;
  if (!is_of_a_run()) say_left_out(chosen);  // run-matrix.sh has looked at the list
  if (!options.quiet) print_to(stderr, fmt::format("zpbench: {}\n", *takes));
  if (options.trace && !trace::Window::open())
    return fail(ExitCode::kCannotRun, "ZP_TRACE: the traced region's address is taken");

  const auto tested = test_counters(roots, counters->plan, kRoundsOfARun);
  withhold_failed(*counters, tested);
  Facts context = collect_context(roots, options);
  auto probed = probe_where_wanted(roots, cells, options);
  for (const Facts& more : {counter_facts(*counters), self_test_facts(tested), row_model->facts(),
                            facts_of_programs(families), warnings_of_threads(roots, cells),
                            probed && options.pass == 1 ? probed->facts : Facts{}})
    context.insert(context.end(), more.begin(), more.end());
  if (const auto warning = too_few_repetitions(*counters, options.repetitions))
    context.emplace_back("warning.counters", *warning);
  publish(context);
  // Of what was asked for by name, no more than the context's word would be seen.
  const auto asked = parts_of_list(options.counters);
  for (const MissingEvent& missing : counters->plan.missing)
    if (options.pass == 1 && std::ranges::find(asked, missing.key) != asked.end())
      print_to(stderr, terminal_text(fmt::format("zpbench: warning: {} is not counted: {}\n",
                                                 missing.key, missing.reason)));

  std::uint64_t most_colours = 1;
  for (const Cell& cell : cells) most_colours = std::max(most_colours, cell.placement.colours);
  const std::size_t count = cells.size() + families.size();
  Progress progress(count, options.quiet);
  Reporter reporter(progress, !options.json_to_stdout, options.colour);
  CurrentTable current(roots, most_colours * system_page_bytes(), progress);
  if (probed) current.choose_pages_by(std::move(probed->rule));
  const Instruments instruments{current, *counters, *row_model, progress};
  register_cells(cells, options, instruments);
  register_families(families, options, instruments);
  benchmark::RunSpecifiedBenchmarks(&reporter, ".");  // the cells are chosen already
  benchmark::Shutdown();
  progress.clear();
  if (const std::string text = reporter.disturbance(); !text.empty())
    print_to(stderr, fmt::format("zpbench: warning: {}\n", text));
  auto closed = current.close();
  if (auto written = write_results(options, reporter); !written) return written;
  if (!closed) return closed;
  const bool by_hand = !options.quiet && !options.json_to_stdout && !is_of_a_run();
  if (by_hand && !interrupted() && reporter.measured_cells() > 0)
    print_closing_table(reporter.json());
  return outcome_of(reporter, count);
}

}  // namespace zp
