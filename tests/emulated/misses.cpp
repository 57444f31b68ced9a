// SPDX-License-Identifier: MIT
// Counts DTLB read misses of walks of which they are known, in each placement: a read of each page
// after the kernel forgot the table's translations, and what the same again adds. One line each:
//
//   PLACEMENT pages P cold C warm W
//
// Both passes are between switching on and off: a system call flushes the TLB of QEMU 7.2 (it does
// so whenever the kernel opens user memory to itself).
//
// It changes KSM's knobs, so it runs in a guest only.
#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <vector>

#include "harness/counters/perf_source.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/median.hpp"

namespace {

constexpr std::uint64_t kPages = 256;
// An emulator's own TLB may grow with each flush, until the table fits.
constexpr int kRoundsBefore = 8, kRounds = 5;

void read_each_page(const zp::Table& table) {
  for (std::uint64_t at = 0; at < table.bytes(); at += zp::system_page_bytes())
    static_cast<void>(*reinterpret_cast<const volatile std::uint64_t*>(table.base() + at));
}

// The placement stays, which the census after it proves.
void flush_translations(const zp::Table& table) {
  ::mprotect(table.base(), table.bytes(), PROT_NONE);
  ::mprotect(table.base(), table.bytes(), PROT_READ | PROT_WRITE);
}

zp::Outcome<double> misses(zp::EventGroup& group, const zp::Table& table, int passes) {
  flush_translations(table);
  if (auto started = group.start(); !started) return fail(started);
  for (int pass = 0; pass < passes; ++pass) read_each_page(table);
  if (auto stopped = group.stop(); !stopped) return fail(stopped);
  auto counts = group.read();
  if (!counts) return fail(counts);
  return static_cast<double>(counts->front());
}

zp::Outcome<void> count(const char* placement, zp::EventGroup& group, zp::KsmSession& session) {
  zp::PlacementRequest request{*zp::parse_placement(placement)};
  request.table_bytes = kPages * zp::system_page_bytes();
  request.alignment_bytes = 64 * zp::system_page_bytes();
  const auto placed = zp::place(request, session);
  if (!placed) return fail(placed);
  const zp::Table& table = placed->table;
  std::vector<double> once, twice;
  for (int round = 0; round < kRoundsBefore + kRounds; ++round) {
    for (int passes : {1, 2}) {
      const auto counted = misses(group, table, passes);
      if (!counted) return fail(counted);
      if (round >= kRoundsBefore) (passes == 1 ? once : twice).push_back(*counted);
    }
  }
  const auto proven = zp::proven_census(request.id, table, session.roots(), "after the walks");
  if (!proven) return fail(proven);
  fmt::print("{} pages {} cold {:.0f} warm {:.0f}\n", placement, kPages, zp::median(once),
             zp::median(twice) - zp::median(once));
  return {};
}

int count_all() {
  const zp::Roots roots;
  zp::KsmSession session(roots);
  zp::PerfSource perf(roots);
  const std::vector<std::string> events{"perf::DTLB-LOAD-MISSES"};
  const auto group = perf.open(events);
  if (!group) {
    fmt::print(stderr, "misses: {}\n", group.error().message);
    return 4;
  }
  for (const char* placement : {"private", "read_fault", "ksm_single", "ksm_default",
                                "ksm_zero_page", "ksm_coloured:8", "memfd_coloured:8"})
    if (const auto counted = count(placement, **group, session); !counted) {
      fmt::print(stderr, "misses: {}: {}\n", placement, counted.error().message);
      return 1;
    }
  return 0;
}

}  // namespace

int main() {
  if (std::getenv("ZP_EMULATOR") == nullptr) {
    fmt::print(stderr, "misses: only for a guest of scripts/emulate.sh: it changes KSM's knobs\n");
    return 2;
  }
  return count_all();
}
