// SPDX-License-Identifier: MIT
// What a walk that is repeated forever costs: passes over the table until the counts of a pass
// stay the same, then one pass's counts.
#pragma once

#include <utility>
#include <vector>

#include "harness/model/machine.hpp"

namespace zp::model {

struct SteadyState {
  Counts counts;                // of `counted_passes` passes over the table
  unsigned counted_passes = 1;  // more than one only where replacement is left to chance
  unsigned passes = 0;          // run in all
  bool steady = false;          // another pass would have the same counts

  double per_read(std::uint64_t events) const {
    return static_cast<double>(events) / static_cast<double>(counts.reads);
  }
};

// Under LRU a level settles one pass after the level above it did, so no comparison is made
// before that. What has not settled then (no shape tried so far) is given up at the limit.
inline constexpr unsigned kMostPasses = 16;
// Chance never settles: as many passes are counted together.
inline constexpr unsigned kChancePasses = 8;

// From so many reads per pass on, what the machine holds is compared as well: a pass that ends as
// it began is repeated forever, often the second. A shorter pass is run again in less time.
inline constexpr std::uint64_t kLeastCompared = 1 << 21;

// `one_pass(machine)` runs the walk once.
template <class Pass>
Outcome<SteadyState> settle(Machine& machine, Pass&& one_pass,
                            std::uint64_t least_compared = kLeastCompared) {
  const auto warm_passes = static_cast<unsigned>(machine.geometry().caches.size()) + 1;
  const bool chance = machine.geometry().has_chance();
  SteadyState state;
  std::vector<std::uint32_t> before;
  const unsigned most = chance ? warm_passes + kChancePasses : kMostPasses;
  while (state.passes < most && !state.steady) {
    const Counts previous = state.counts;
    if (!chance || state.passes <= warm_passes) machine.clear_counts();
    if (Outcome<void> ran = one_pass(machine); !ran) return fail(ran);
    state.counts = machine.counts();
    ++state.passes;
    state.steady = !chance && state.passes > warm_passes && state.counts == previous;
    if (chance || state.steady || state.counts.reads < least_compared) continue;
    auto after = machine.contents();
    state.steady = after == before;
    before = std::move(after);
  }
  if (chance) state.counted_passes = kChancePasses;
  return state;
}

// The sequential walk over the whole table: reads at 0, stride, 2 * stride, ...
//
// Where the stride fits the page, every page is read at the same offsets, and lines at different
// offsets of a page never meet in a set: all of them have the same history. Then one of them is
// simulated and its counts are multiplied, which is exact (tests compare it with every read run).
Outcome<SteadyState> settle_sequential(const Geometry& geometry, const MappedTable& table,
                                       std::uint64_t stride);

// As above, but every read is simulated: for tests and for timing.
Outcome<SteadyState> settle_every_read(const Geometry& geometry, const MappedTable& table,
                                       std::uint64_t stride);

// The walk in any order: generate(sink) calls sink(offset) for each read of one pass.
template <class Generate>
Outcome<SteadyState> settle_order(const Geometry& geometry, const MappedTable& table,
                                  Generate&& generate) {
  Outcome<Machine> machine = Machine::create(geometry, table.mapping_bytes());
  if (!machine) return fail(machine);
  return settle(*machine, [&](Machine& m) { return m.run_order(table, generate); });
}

}  // namespace zp::model
