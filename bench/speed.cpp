// SPDX-License-Identifier: MIT
// zpspeed: what the suite itself costs, each figure beside what it is to be compared with. Not a
// test: machines are noisy, people look. scripts/peers.sh runs it next to the peers.
#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include "harness/counters/papi_source.hpp"
#include "harness/counters/perf_source.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/memory/placement.hpp"
#include "harness/programs/measure.hpp"
#include "harness/programs/roofs.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/units.hpp"
#include "harness/walk/kernels.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kTableBytes = 1ULL << 30;
constexpr std::uint64_t kTriadBytes = 64ULL << 20;
constexpr int kTries = 7;

template <class Work>
double seconds_of(Work&& work) {
  const auto start = Clock::now();
  work();
  return seconds_since(start);
}

template <class Work>
double best_of(int tries, Work&& work) {
  double best = seconds_of(work);
  for (int i = 1; i < tries; ++i) best = std::min(best, seconds_of(work));
  return best;
}

Outcome<PlacedTable> make(const char* placement, KsmSession& session) {
  PlacementRequest request;
  request.id = *parse_placement(placement);
  request.table_bytes = kTableBytes;
  request.cancelled = interrupted;
  return place(request, session);
}

// The least that any census must do: read every entry of pagemap, and the flags of every frame.
void bare_read(const Table& table) {
  const auto pagemap = WordFile::open("/proc/self/pagemap"),
             kpageflags = WordFile::open("/proc/kpageflags");
  std::vector<std::uint64_t> entries(table.pages()), flags;
  if (!pagemap || !kpageflags || !pagemap->read(table.first_vpn(), entries)) return;
  for (std::size_t first = 0, end = 0; first < entries.size(); first = end) {
    const std::uint64_t pfn = PagemapEntry{entries[first]}.pfn();
    for (end = first + 1;
         end < entries.size() && PagemapEntry{entries[end]}.pfn() == pfn + (end - first);)
      ++end;
    flags.resize(end - first);
    if (!kpageflags->read(pfn, flags)) return;
  }
}

Outcome<void> print_merge(KsmSession& session) {
  const auto placed = make("ksm_single", session);
  if (!placed) return fail(placed);
  fmt::print("merge {}: {:.3f} s", human_size(kTableBytes), placed->merge->seconds);
  if (const auto cpu = placed->merge->ksmd_cpu_seconds)
    fmt::print("; ksmd's CPU time {:.3f} s; ratio {:.2f} (at most 1.1)", *cpu,
               placed->merge->seconds / *cpu);
  fmt::print("\n");
  return {};
}

Outcome<void> print_census(KsmSession& session) {
  const auto placed = make("private", session);
  if (!placed) return fail(placed);
  // In turns, so that what disturbs one disturbs the other.
  double bare = 1e9, census = 1e9;
  for (int i = 0; i < kTries; ++i) {
    bare = std::min(bare, seconds_of([&] { bare_read(placed->table); }));
    census = std::min(
        census, seconds_of([&] { static_cast<void>(take_census(Roots{}, placed->table, 128)); }));
  }
  fmt::print("census {}: {:.1f} ms; bare read {:.1f} ms; ratio {:.2f} (at most 1.3)\n",
             human_size(kTableBytes), census * 1e3, bare * 1e3, census / bare);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("memory beside the table: {:.1f} MiB at most (64 allowed)\n",
             static_cast<double>(usage.ru_maxrss) / 1024 - static_cast<double>(kTableBytes >> 20));
  return {};
}

Outcome<void> print_lines() {
  constexpr std::uint64_t kBytes = 16 << 10, kLine = 64, kRounds = 20000;
  const auto table = Table::map(kBytes, kBytes);
  if (!table) return fail(table);
  std::fill_n(table->base(), kBytes, std::byte{1});
  const Walk walk{table->base(),      kLine, kBytes / kLine, system_page_bytes(), 0,
                  Order::kSequential, 0};
  std::uint64_t sum = 0;
  const double seconds = best_of(100, [&] {
    for (std::uint64_t i = 0; i < kRounds; ++i) sum += run_walk(walk);
  });
  fmt::print("L1-resident lines ({}): {:.4f} ns a line\n", human_size(kBytes),
             sum == 0 ? 0 : seconds * 1e9 / static_cast<double>(kRounds * walk.reads));
  return {};
}

// For peers.sh, which has likwid-bench read the same sizes.
Outcome<void> print_roofs(const Roots& roots) {
  const auto measured = Roofs::measure(roots, interrupted);
  if (!measured) return fail(measured);
  for (int level = 1; level <= kMemoryLevel; ++level)
    if (const Roof* const roof = measured->at_level(level))
      fmt::print("read roof {} {} bytes: {:.1f} GB/s\n",
                 level == kMemoryLevel ? "memory" : fmt::format("L{}", level), roof->read_bytes,
                 roof->bytes_per_second / 1e9);
  return {};
}

// STREAM's triad over private memory that fits no cache, for peers.sh: likwid-bench has the same
// loop.
Outcome<void> print_triad(KsmSession& session) {
  constexpr double kSeconds = 1;
  constexpr double kArrays = 3;  // STREAM counts the bytes of all
  PlacementRequest request;
  request.id = *parse_placement("private");
  request.table_bytes = kTriadBytes;
  request.cancelled = interrupted;
  const auto table = place(request, session);
  if (!table) return fail(table);
  for (const ProgramEntry& program : program_catalogue()) {
    if (program.name != "triad") continue;
    const auto timing =
        time_program(program, program_table(*table), kSeconds, {}, session.roots(), interrupted);
    if (!timing) return fail(timing);
    fmt::print(
        "triad of {} bytes an array: {:.1f} GB/s\n", kTriadBytes,
        static_cast<double>(timing->elements * sizeof(double)) * kArrays / timing->seconds / 1e9);
  }
  return {};
}

// What switching counters on and off costs beside the timed walk. A PMU's event where there is one;
// the kernel's own are switched by the same calls.
void print_counter_switch(CounterSource& source) {
  constexpr int kPairs = 2000;
  for (const char* name : {"perf::CYCLES", "perf::PAGE-FAULTS"}) {
    const std::vector<std::string> names = {name};
    const auto group = source.open(names);
    if (!group) continue;
    bool counted = true;
    const double seconds = best_of(kTries, [&] {
      for (int i = 0; i < kPairs; ++i) counted &= (*group)->start() && (*group)->stop();
    });
    if (counted)
      fmt::print("counters on and off ({}, {}): {:.2f} us (at most 2)\n", source.name(), name,
                 seconds * 1e6 / kPairs);
    return;
  }
}

void print_counter_switches(const Roots& roots) {
  PerfSource perf(roots);
  print_counter_switch(perf);
  if (const auto papi = make_papi_source(roots)) print_counter_switch(**papi);
}

Outcome<void> run() {
  const Roots roots;
  const auto lock = HostLock::acquire(roots);
  if (!lock) return fail(lock);
  catch_interrupts();
  if (auto restored = restore_from_journal(roots); !restored) return fail(restored);
  KsmSession session(roots);
  if (auto done = print_merge(session); !done) return done;
  // ksmd runs on another CPU than this thread, which must not move while it times itself.
  if (auto pinned = pin_thread_to_cpu(nodes().front().cpus.front()); !pinned) return pinned;
  print_counter_switches(roots);
  if (auto done = print_census(session); !done) return done;
  if (auto done = print_lines(); !done) return done;
  if (auto done = print_roofs(roots); !done && done.error().code != ExitCode::kCannotRun)
    return done;
  if (auto done = print_triad(session); !done) return done;
  return interrupted() ? fail(interrupt_exit_code(), "interrupted; knobs are as before")
                       : Outcome<void>{};
}

}  // namespace
}  // namespace zp

int main() {
  const auto outcome = zp::run();
  if (!outcome) fmt::print(stderr, "zpspeed: {}\n", outcome.error().message);
  return outcome ? 0 : static_cast<int>(outcome.error().code);
}
