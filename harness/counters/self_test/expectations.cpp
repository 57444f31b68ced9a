// SPDX-License-Identifier: MIT
#include "harness/counters/self_test/expectations.hpp"

#include "harness/counters/profile.hpp"

namespace zp {
namespace {

// The bounds are wide: they are to find a counter that stands still, that counts something else, or
// a multiple, and no CPU with a prefetcher, translations of several pages in one entry, or misses
// of the page walk among those of the reads. Instructions are exact; what surrounds a block of them
// is a fiftieth, and less than a quarter under a sanitizer.
constexpr auto kAmount = Measure::kAmount, kNanoseconds = Measure::kNanoseconds;
constexpr Expectation kExpectations[] = {
    {"instructions", Loop::kNops, kAmount, 1, 0.99, 1.25},
    {"cycles", Loop::kNops, kNanoseconds, 1, 0.1, 10},  // CPUs of 100 MHz to 10 GHz
    {"l1d_miss", Loop::kColdPages, kAmount, 1, 1.0 / 8, 8},
    {"l1d_miss", Loop::kOnePage, kAmount, 0, 0, 1.0 / 16},
    {"l2_miss", Loop::kColdPages, kAmount, 1, 1.0 / 8, 8},
    {"l2_miss", Loop::kOnePage, kAmount, 0, 0, 1.0 / 16},
    {"l3_miss", Loop::kColdPages, kAmount, 1, 1.0 / 8, 8},
    {"l3_miss", Loop::kOnePage, kAmount, 0, 0, 1.0 / 16},
    {"dtlb_miss", Loop::kColdPages, kAmount, 1, 1.0 / 8, 8},
    {"dtlb_miss", Loop::kOnePage, kAmount, 0, 0, 1.0 / 16},
    {"dtlb_walk", Loop::kColdPages, kAmount, 1, 1.0 / 8, 8},
    {"dtlb_walk", Loop::kOnePage, kAmount, 0, 0, 1.0 / 16},
    {"l1d_from_l2", Loop::kSecondLevel, kAmount, 1, 1.0 / 8, 8},
    {"l1d_from_l3", Loop::kThirdLevel, kAmount, 1, 1.0 / 8, 8},
    // A cycle at least each, and less than a slow memory's.
    {"l1d_penalty_cycles", Loop::kColdPages, kAmount, 100, 1, 10000},
    {"dtlb_penalty_cycles", Loop::kColdPages, kAmount, 100, 1, 10000},
    // The kernel's own, which are there without a PMU as well.
    {"perf::PAGE-FAULTS", Loop::kFreshPages, kAmount, 1, 0.99, 1.1},
    {"perf::TASK-CLOCK", Loop::kNops, kNanoseconds, 1, 0.5, 1.1},
    {"perf::CONTEXT-SWITCHES", Loop::kSleeps, kAmount, 1, 0.9, 4},
};

// The key that an event asked for by its name stands for. Raw numbers mean something else on every
// CPU.
std::string_view key_of(const Event& event) {
  if (event.key != event.expression || event.key.starts_with("perf_raw::")) return event.key;
  for (const ProfileEntry& entry : event_profiles())
    if (event.expression == entry.expression) return entry.key;
  return event.key;
}

}  // namespace

std::vector<Expectation> expectations_of(const Event& event) {
  std::vector<Expectation> found;
  const std::string_view key = key_of(event);
  for (const Expectation& candidate : kExpectations)
    if (candidate.key == key) found.push_back(candidate);
  return found;
}

}  // namespace zp
