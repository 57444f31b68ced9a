// SPDX-License-Identifier: MIT
#include "harness/programs/roofs.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <limits>

#include "harness/host/available_memory.hpp"
#include "harness/host/facts.hpp"
#include "harness/memory/table.hpp"
#include "harness/programs/vector_loads.hpp"
#include "harness/support/clock.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kHugeBytes = 2 << 20;
constexpr int kTries = 12;
constexpr double kSecondsOfTry = 0.005;

// The best of several tries: what disturbs a try only makes it slower.
Outcome<double> bytes_per_second(std::uint64_t bytes, const std::function<bool()>& cancelled) {
  const programs::VectorLoads& loads = *programs::widest_vector_loads();
  auto memory = Table::map(bytes, std::max(kHugeBytes, system_page_bytes()));
  if (!memory) return fail(memory);
  // So that the TLB is not a bound; a kernel without huge pages says no, and the roof is that of
  // small ones.
  static_cast<void>(::madvise(memory->base(), bytes, MADV_HUGEPAGE));
  std::fill_n(memory->base(), bytes, std::byte{1});
  double best = 0;
  bool right = true;
  for (int i = 0; i < kTries && !cancelled(); ++i) {
    const auto start = Clock::now();
    std::uint64_t reads = 0;
    double seconds = 0;
    while (seconds < kSecondsOfTry) {
      // Small memory many times for one look at the clock.
      const std::uint64_t rounds = std::max<std::uint64_t>(1, (1 << 20) / bytes);
      for (std::uint64_t round = 0; round < rounds; ++round)
        right &= loads.read(memory->base(), bytes) == 0x0101010101010101;
      reads += rounds;
      seconds = seconds_since(start);
    }
    best = std::max(best, static_cast<double>(reads * bytes) / seconds);
  }
  if (cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
  if (!right) return fail(ExitCode::kFailed, "the words read are not those that were written");
  return best;
}

}  // namespace

Outcome<Roofs> Roofs::measure(const Roots& roots, const std::function<bool()>& cancelled) {
  if (programs::widest_vector_loads() == nullptr)
    return fail(ExitCode::kCannotRun, "this build knows no vector unit of this CPU");
  std::vector<Roof> roofs;
  std::uint64_t largest = 0;
  const std::uint64_t page = system_page_bytes();
  for (int level = 1; level < kMemoryLevel; ++level)
    if (const auto cache = data_cache(roots, level); cache && cache->size_bytes != 0) {
      // Well inside: others may use the same cache, and what a guest sees of it need not be its
      // own.
      const std::uint64_t half = cache->size_bytes / 2;
      const std::uint64_t read = largest == 0 ? half : std::min(half, 4 * largest);
      largest = cache->size_bytes;
      roofs.push_back({level, largest, std::max(page, read / page * page), 0});
    }
  // Four times what any cache holds.
  if (largest != 0)
    roofs.push_back({kMemoryLevel, std::numeric_limits<std::uint64_t>::max(),
                     4 * largest / kHugeBytes * kHugeBytes + kHugeBytes, 0});
  for (Roof& roof : roofs) {
    if (!check_memory(roots, roof.read_bytes)) continue;
    const auto speed = bytes_per_second(roof.read_bytes, cancelled);
    if (!speed) return fail(speed);
    roof.bytes_per_second = *speed;
  }
  return Roofs(std::move(roofs));
}

const Roof* Roofs::at_level(int level) const {
  const auto found = std::ranges::find(roofs_, level, &Roof::level);
  return found == roofs_.end() || found->bytes_per_second <= 0 ? nullptr : &*found;
}

const Roof* Roofs::above(std::uint64_t bytes) const {
  const auto found =
      std::ranges::find_if(roofs_, [&](const Roof& roof) { return bytes <= roof.cache_bytes; });
  return found == roofs_.end() || found->bytes_per_second <= 0 ? nullptr : &*found;
}

}  // namespace zp
