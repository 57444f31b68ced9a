// SPDX-License-Identifier: MIT
// Prints how fast the model runs: million reads per second of CPU time, best of several passes over
// one table, in three ways of feeding it. Not a test: nothing depends on the figures.
//
//   every    run_strided: every read simulated
//   order    run_order: every read, offsets handed over in blocks
//   settled  settle_sequential: reads that were answered for, warm-up passes included
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <vector>

#include "harness/model/steady.hpp"

namespace {
using namespace zp::model;

constexpr std::uint64_t kPages = 65536;  // 256 MiB
constexpr int kPasses = 5;

// z13 (harness/model/cpus/z13.cpu).
Geometry z13() {
  Geometry geometry;
  geometry.caches = {{128 << 10, 8, 256, Replacement::kLru},
                     {2048 << 10, 8, 256, Replacement::kLru},
                     {65536 << 10, 16, 256, Replacement::kLru},
                     {491520ULL << 10, 30, 256, Replacement::kLru}};
  geometry.tlbs = {{512, 2, Replacement::kLru, 1, {4096}}};
  geometry.synonyms = SynonymRule::kExclusive;
  geometry.synonym_bits = {12, 18};
  return geometry;
}

// Of this thread, so that other work on the machine counts as little as possible.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Run>
double best_seconds(Run&& run) {
  double best = 1e9;
  for (int pass = 0; pass < kPasses; ++pass) {
    const double start = cpu_seconds();
    run();
    best = std::min(best, cpu_seconds() - start);
  }
  return best;
}
}  // namespace

int main() {
  fmt::print("million reads per second of CPU time, z13, table of 256 MiB, best of {}\n\n",
             kPasses);
  fmt::print("{:>8} {:>7} {:>10} {:>10} {:>10}\n", "frames", "stride", "every", "order", "settled");
  const Geometry geometry = z13();
  for (const std::uint64_t frames : {1ULL, 4ULL, 128ULL, kPages + 0ULL}) {
    std::vector<std::uint64_t> pfns(kPages);
    for (std::uint64_t page = 0; page < kPages; ++page) pfns[page] = 0x100000 + page % frames;
    const auto table = MappedTable::create(0x7f0000000000, pfns, 4096);
    for (const std::uint64_t stride : {8ULL, 64ULL, 256ULL, 1024ULL, 4096ULL}) {
      auto machine = Machine::create(geometry);
      if (!table || !machine) return 1;
      const std::uint64_t reads = table->bytes() / stride;
      const auto rate = [&](double seconds, std::uint64_t passes) {
        return 1e-6 * static_cast<double>(reads * passes) / seconds;
      };
      bool ok = true;
      std::uint64_t passes = 0;
      const double every =
          best_seconds([&] { ok &= machine->run_strided(*table, 0, stride, reads).has_value(); });
      const double order = best_seconds([&] {
        ok &= machine
                  ->run_order(*table,
                              [&](auto&& sink) {
                                for (std::uint64_t i = 0; i < reads; ++i) sink(i * stride);
                              })
                  .has_value();
      });
      const double settled = best_seconds([&] {
        const auto state = settle_sequential(geometry, *table, stride);
        ok &= state.has_value();
        if (state) passes = state->passes;
      });
      if (!ok) return 1;
      fmt::print("{:>8} {:>7} {:>10.0f} {:>10.0f} {:>10.0f}\n", frames, stride, rate(every, 1),
                 rate(order, 1), rate(settled, passes));
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("\nmost memory held: {} MiB\n", usage.ru_maxrss / 1024);
}
