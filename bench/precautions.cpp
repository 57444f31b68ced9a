// SPDX-License-Identifier: MIT
#include "bench/precautions.hpp"

#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>

#include "bench/listing.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/ksm/session.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/library_exit.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

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

}  // namespace

Outcome<void> check_cpuinfo() {
  constexpr const char* kPath = "/proc/cpuinfo";
  struct stat status {};
  const bool ends = ::stat(kPath, &status) != 0 || S_ISREG(status.st_mode) ||
                    (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));  // /dev/null
  if (ends) return {};
  return fail(ExitCode::kCannotRun, "{} is masked by something that can't be read to an end",
              kPath);
}

Outcome<void> let_library_look() {
  constexpr const char* kWhat =
      "Google Benchmark can't read what this machine says of its CPUs "
      "(/sys/devices/system/cpu, /proc/cpuinfo), so nothing can be measured";
  const LibraryLooks looks(kWhat);
  try {
    static_cast<void>(benchmark::CPUInfo::Get());
  } catch (const std::exception& error) {
    return fail(ExitCode::kCannotRun, "{}: {}", kWhat, error.what());
  }
  return {};
}

Outcome<std::string> bounded(const Roots& roots, const Chosen& chosen, const Options& options) {
  const std::vector<Cell>& cells = chosen.cells;
  const std::vector<FamilyCell>& families = chosen.families;
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
  if (auto fits = check_file_size_limit(options, rows); !fits) return fail(fits);
  return takes;
}

Outcome<void> refuse_foreign_merges(const Roots& roots, const Chosen& chosen) {
  const bool needs_ksm =
      std::ranges::any_of(chosen.cells,
                          [](const Cell& cell) { return cell.placement.entry().needs_ksm; }) ||
      std::ranges::any_of(chosen.families,
                          [](const FamilyCell& cell) { return cell.placement.entry().needs_ksm; });
  if (!needs_ksm) return {};
  const auto foreign = find_foreign_merged(roots);
  if (foreign.empty()) return {};
  return fail(
      ExitCode::kCannotRun,
      "KSM has merged memory of {}, which measuring would undo: stop them, or leave out the "
      "ksm_ placements and the families that merge",
      process_names(foreign));
}

Outcome<void> take_over_host(const Roots& roots) {
  const auto restored = restore_from_journal(roots);
  if (!restored) return fail(restored);
  if (*restored != 0)
    print_to(stderr,
             fmt::format("zpbench: put back {} knobs that a killed run left changed\n", *restored));
  // Neither its lock nor its journal is seen where another container has its own sysfs and /run.
  if (read_knob(roots, *find_knob("ksm.max_page_sharing")) == std::to_string(kMaxSharers))
    print_to(stderr,
             fmt::format("zpbench: max_page_sharing is {}, as zpbench sets it: one in another "
                         "container may be measuring, or was killed there (the kernel ships {})\n",
                         kMaxSharers, kShippedPageSharing));
  return {};
}

Outcome<void> restore(const Roots& roots) {
  const auto lock = HostLock::acquire(roots);
  if (!lock) return fail(lock);
  catch_interrupts();  // half a restore helps nobody
  const auto restored = restore_from_journal(roots);
  if (!restored) return fail(restored);
  print_to(stdout,
           *restored == 0 ? "nothing to restore\n" : fmt::format("restored {} knobs\n", *restored));
  return {};
}

void restore_where_all_else_fails() {
  std::set_terminate([] {
    print_to(stderr, "zpbench: out of memory or threads; knobs are put back\n");
    const auto restored = restore_from_journal(Roots{});
    if (!restored) print_to(stderr, fmt::format("zpbench: {}\n", restored.error().message));
    ::_exit(static_cast<int>(ExitCode::kCannotRun));
  });
}

}  // namespace zp
