// SPDX-License-Identifier: MIT
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <new>
#include <optional>

#include "bench/context.hpp"
#include "bench/counting.hpp"
#include "bench/doctor.hpp"
#include "bench/environment.hpp"
#include "bench/family_run.hpp"
#include "bench/listing.hpp"
#include "bench/measure.hpp"
#include "bench/probing.hpp"
#include "bench/reporter.hpp"
#include "harness/host/threads.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/session.hpp"
#include "harness/process/examine.hpp"
#include "harness/process/report.hpp"
#include "harness/programs/facts.hpp"
#include "harness/support/descriptors.hpp"
#include "harness/support/file.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/terminal.hpp"
#include "harness/support/units.hpp"
#include "harness/trace/window.hpp"

namespace zp {
namespace {

// KSM may be undone as a whole (run=2) only when nobody else's pages are merged.
Outcome<void> refuse_foreign_merges(const Roots& roots, const std::vector<Cell>& cells,
                                    const std::vector<FamilyCell>& families) {
  const bool needs_ksm =
      std::any_of(cells.begin(), cells.end(),
                  [](const Cell& cell) { return cell.placement.entry().needs_ksm; }) ||
      std::any_of(families.begin(), families.end(),
                  [](const FamilyCell& cell) { return cell.placement.entry().needs_ksm; });
  if (!needs_ksm) return {};
  const auto foreign = find_foreign_merged(roots);
  if (foreign.empty()) return {};
  return fail(
      ExitCode::kCannotRun,
      "KSM has merged memory of {}, which measuring would undo: stop them, or leave out the "
      "ksm_ placements and the families that merge",
      describe(foreign));
}

Outcome<void> take_over_host(const Roots& roots) {
  const auto restored = restore_from_journal(roots);
  if (!restored) return tl::make_unexpected(restored.error());
  if (*restored != 0)
    print_to(stderr,
             fmt::format("zpbench: put back {} knobs that a killed run left changed\n", *restored));
  return {};
}

Outcome<void> restore(const Roots& roots) {
  const auto lock = HostLock::acquire(roots);
  if (!lock) return tl::make_unexpected(lock.error());
  catch_interrupts();  // half a restore helps nobody
  const auto restored = restore_from_journal(roots);
  if (!restored) return tl::make_unexpected(restored.error());
  print_to(stdout,
           *restored == 0 ? "nothing to restore\n" : fmt::format("restored {} knobs\n", *restored));
  return {};
}

// A thread that can't be had, memory that runs out where nobody catches it: the process will end,
// but not with knobs changed. The lock is held meanwhile, by this process.
void restore_where_all_else_fails() {
  std::set_terminate([] {
    print_to(stderr, "zpbench: out of memory or threads; knobs are put back\n");
    const auto restored = restore_from_journal(Roots{});
    if (!restored) print_to(stderr, fmt::format("zpbench: {}\n", restored.error().message));
    ::_exit(static_cast<int>(ExitCode::kCannotRun));
  });
}

struct Chosen {
  std::vector<Cell> cells;  // of reads
  std::vector<FamilyCell> families;

  bool empty() const { return cells.empty() && families.empty(); }
};

// Of all its blocks, each once.
std::vector<PlacementId> placements_of(const Matrix& matrix) {
  std::vector<PlacementId> placements;
  const auto add = [&](const Matrix& block) {
    for (const PlacementId& placement : block.placements)
      if (std::find(placements.begin(), placements.end(), placement) == placements.end())
        placements.push_back(placement);
  };
  add(matrix);
  for (const Matrix& block : matrix.more) add(block);
  return placements;
}

FamilyChoice family_choice(const Options& options) {
  return {options.family_table_bytes,
          placements_of(options.matrix),
          options.guest_kernel,
          options.drop_caches,
          options.seed + static_cast<std::uint64_t>(options.pass),
          options.min_time_s};
}

Outcome<Chosen> choose_if(const Options& options,
                          const std::function<bool(const std::string& name)>& wanted) {
  auto families = family_cells(options.matrix.families, family_choice(options));
  if (!families) return tl::make_unexpected(families.error());
  std::erase_if(*families, [&](const FamilyCell& cell) { return !wanted(cell.name); });
  const auto& names = options.matrix.families;
  if (std::find(names.begin(), names.end(), kReadFamily) == names.end())
    return Chosen{{}, std::move(*families)};
  auto cells = expand(options.matrix, system_page_bytes(),
                      options.seed + static_cast<std::uint64_t>(options.pass), wanted);
  if (!cells) return tl::make_unexpected(cells.error());
  return Chosen{std::move(*cells), std::move(*families)};
}

// What --filter and --exclude leave in; in passes after the first without the cells of --once,
// unless that leaves none.
Outcome<Chosen> choose(const Options& options) {
  const auto wanted = [&](const std::string& name) {
    return (!options.filter || options.filter->fits(name)) &&
           !(options.exclude && options.exclude->fits(name));
  };
  if (options.once && options.pass > 1) {
    auto repeated = choose_if(options, [&](const std::string& name) {
      return wanted(name) && !options.once->fits(name);
    });
    if (!repeated || !repeated->empty()) return repeated;
  }
  return choose_if(options, wanted);
}

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
  return {};
}

// Before hours go into a file that may not grow to hold them.
Outcome<void> check_file_size_limit(const Options& options, std::size_t rows) {
  constexpr std::uint64_t kContextBytes = 4096, kRowBytes = 512;  // at least
  struct rlimit limit {};
  if (options.out.empty() || ::getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY)
    return {};
  const std::uint64_t needed = kContextBytes + rows * kRowBytes;
  if (limit.rlim_cur >= needed) return {};
  return fail(
      ExitCode::kUsage,
      "{} will take at least {} bytes, and the limit on the size of files (ulimit -f) is {}",
      options.out, needed, limit.rlim_cur);
}

// What the run will take is said first, and bounded.
Outcome<std::string> bounded(const Roots& roots, const std::vector<Cell>& cells,
                             const std::vector<FamilyCell>& families, const Options& options) {
  const Estimate whole = estimate(roots, cells, families, options);
  const std::string takes =
      fmt::format("{} cells, about {} and at most {} of memory", cells.size() + families.size(),
                  human_seconds(whole.seconds), human_size(whole.memory_bytes));
  if (whole.seconds > kMostUnaskedSeconds && !options.long_run)
    return fail(ExitCode::kUsage,
                "{}: more than an hour must be asked for with --long; or measure fewer cells "
                "(--filter), fewer --repetitions or smaller --tables",
                takes);
  const std::size_t rows =
      cells.size() * static_cast<std::size_t>(options.repetitions) + families.size();
  if (auto fits = check_file_size_limit(options, rows); !fits)
    return tl::make_unexpected(fits.error());
  return takes;
}

// Writes what was measured; an interrupted run under a name that nobody takes for a whole one.
Outcome<void> write_results(const Options& options, const Reporter& reporter) {
  if (options.json_to_stdout) print_to(stdout, reporter.json());
  if (options.out.empty() || reporter.measured_cells() + reporter.failed_cells() == 0) return {};
  // Who runs passes measures an interrupted one again, and has no use for a part.
  if (interrupted() && std::getenv("ZP_WHOLE_PASSES") != nullptr) return {};
  const std::string path = options.out + (interrupted() ? ".interrupted" : "");
  if (auto written = write_file_atomically(path, reporter.json(), interrupted()); !written) {
    // Hours may lie in it.
    if (options.json_to_stdout) return written;
    print_to(stdout, reporter.json());
    return fail(written.error().code, "{}; the JSON was printed to standard output instead",
                written.error().message);
  }
  print_to(stderr, fmt::format("zpbench: wrote {}\n", terminal_text(path)));
  return {};
}

Outcome<void> measure(const Options& options, const std::vector<Cell>& cells,
                      const std::vector<FamilyCell>& families) {
  const Roots roots;
  auto counters = choose_counters(roots, options.counters, options.counter_source);
  if (!counters) return tl::make_unexpected(counters.error());
  auto row_model = RowModel::create(roots, options.model);
  if (!row_model) return tl::make_unexpected(row_model.error());
  if (auto known = initialise_library(options); !known) return known;
  int most_threads = 1;
  for (const Cell& cell : cells) most_threads = std::max(most_threads, cell.threads);
  if (auto enough = check_threads(most_threads - 1); !enough) return enough;
  const auto takes = bounded(roots, cells, families, options);
  if (!takes) return tl::make_unexpected(takes.error());
  if (const auto why = why_no_row(roots)) return fail(ExitCode::kCannotRun, "{}", *why);
  if (!options.out.empty())
    if (auto possible = check_creatable(options.out); !possible) return possible;
  const auto lock = HostLock::acquire(roots);
  if (!lock) return tl::make_unexpected(lock.error());
  catch_interrupts();
  if (auto taken = take_over_host(roots); !taken) return taken;
  restore_where_all_else_fails();
  if (auto free = refuse_foreign_merges(roots, cells, families); !free) return free;
  if (!options.quiet) print_to(stderr, fmt::format("zpbench: {}\n", *takes));

  if (options.trace && !trace::Window::open())
    return fail(ExitCode::kCannotRun, "ZP_TRACE: the traced region's address is taken");

  const auto tested = test_counters(roots, counters->plan, kRoundsOfARun);
  withhold_failed(*counters, tested);

  Facts context = collect_context(roots, options);
  const auto loops = std::find_if(families.begin(), families.end(), [](const FamilyCell& cell) {
    return cell.family() == "kernels" && cell.table_bytes != 0;
  });
  for (Facts more : {counter_facts(*counters), self_test_facts(tested), row_model->facts(),
                     loops == families.end() ? Facts{} : program_facts(loops->table_bytes)})
    context.insert(context.end(), more.begin(), more.end());
  // The rule is wanted in every pass that reads pages chosen by it, the rest once.
  const bool pages_are_chosen = std::any_of(cells.begin(), cells.end(), [](const Cell& cell) {
    return cell.placement.reads_chosen_pages();
  });
  std::optional<ProbeInRun> probed;
  if (!options.no_probe && (options.pass == 1 || pages_are_chosen))
    probed = probe_in_run(roots, options.pass != 1);
  if (probed && options.pass == 1)
    context.insert(context.end(), probed->facts.begin(), probed->facts.end());
  if (const auto warning = too_few_repetitions(*counters, options.repetitions))
    context.emplace_back("warning.counters", *warning);
  for (const auto& [key, value] : context) {
    if (key.starts_with("warning."))
      print_to(stderr, fmt::format("zpbench: warning: {}\n", terminal_text(value)));
    benchmark::AddCustomContext(key, value);
  }
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
  if (interrupted())
    return fail(interrupt_exit_code(), "interrupted after {} of {} cells; knobs are as before",
                reporter.measured_cells(), count);
  if (reporter.failed_cells() != 0)
    return fail(ExitCode::kFailed, "{} of {} cells failed verification", reporter.failed_cells(),
                count);
  if (reporter.measured_cells() == 0)
    return fail(ExitCode::kCannotRun,
                "none of the cells can be measured here (see zpbench --doctor)");
  return {};
}

// PAPI and Google Benchmark read it to its end: where a FIFO or /dev/zero masks it there is none.
Outcome<void> check_cpuinfo() {
  constexpr const char* kPath = "/proc/cpuinfo";
  struct stat status {};
  const bool ends = ::stat(kPath, &status) != 0 || S_ISREG(status.st_mode) ||
                    (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));  // /dev/null
  if (ends) return {};
  return fail(ExitCode::kCannotRun, "{} is masked by something that can't be read to an end",
              kPath);
}

Outcome<void> run(int argc, char** argv) {
  auto options = parse_options(argc, argv);
  if (!options) return tl::make_unexpected(options.error());
  if (options->action == Action::kRestore) return restore(Roots{});
  if (auto readable = check_cpuinfo(); !readable) return readable;
  if (options->action == Action::kProbe) return run_probe(*options);
  if (options->action == Action::kDoctor) {
    const auto counters = choose_counters(Roots{}, options->counters, options->counter_source);
    if (!counters) return tl::make_unexpected(counters.error());
    SelfTest tested;
    if (options->self_test) tested = test_counters(Roots{}, counters->plan, kRoundsOfDoctor);
    print_to(stdout, options->json_to_stdout ? doctor_json(Roots{}, *counters, tested)
                                             : doctor_report(Roots{}, *counters, tested));
    return {};
  }
  if (options->action == Action::kDoctorOfProcess) {
    const auto examined = examine(Roots{}, options->doctor);
    if (!examined) return tl::make_unexpected(examined.error());
    print_to(stdout, options->json_to_stdout ? process_json(*examined) : process_report(*examined));
    return {};
  }
  if (options->action == Action::kListCounters) {
    const auto counters = choose_counters(Roots{}, "auto", options->counter_source);
    if (!counters) return tl::make_unexpected(counters.error());
    print_to(stdout, describe(*counters));
    return {};
  }
  const auto chosen = choose(*options);
  if (!chosen) return tl::make_unexpected(chosen.error());
  const auto& [cells, families] = *chosen;
  if (chosen->empty())
    return fail(ExitCode::kUsage, "--filter and --exclude leave no cell (see zpbench --list)");
  // What is wrong with the rest of the command line is said by these two as well.
  if (options->action == Action::kList || options->action == Action::kDryRun) {
    if (auto row_model = RowModel::create(Roots{}, options->model); !row_model)
      return tl::make_unexpected(row_model.error());
    if (auto counters = choose_counters(Roots{}, options->counters, options->counter_source);
        !counters)
      return tl::make_unexpected(counters.error());
  }
  if (options->action == Action::kList) {
    print_to(stdout, list_cells(cells, families, options->json_to_stdout));
    return {};
  }
  if (options->action == Action::kDryRun) {
    print_to(stdout, dry_run(Roots{}, cells, families, *options));
    return {};
  }
  return measure(*options, cells, families);
}

}  // namespace
}  // namespace zp

int main(int argc, char** argv) {
  zp::keep_standard_descriptors();
  zp::ignore_file_size_signal();
  zp::Outcome<void> outcome = zp::shed_library_environment(argv);
  try {
    if (outcome) outcome = zp::run(argc, argv);
  } catch (const std::bad_alloc&) {
    outcome = zp::fail(zp::ExitCode::kCannotRun, "out of memory");
  } catch (const std::exception& error) {  // a library's; what was changed is put back by now
    outcome = zp::fail(zp::ExitCode::kFailed, "{}", error.what());
  }
  if (!outcome && outcome.error().code == zp::ExitCode::kDone) {
    zp::print_to(stdout, outcome.error().message);
    outcome = {};
  }
  if (auto printed = zp::flush_stdout(); outcome && !printed) outcome = std::move(printed);
  if (outcome) return 0;
  zp::print_to(stderr, fmt::format("zpbench: {}\n", zp::terminal_text(outcome.error().message)));
  return static_cast<int>(outcome.error().code);
}
