// SPDX-License-Identifier: MIT
// What a miss costs on the machine a run was made on. Internal to analysis/attribute.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "analysis/attribute/pair_prices.hpp"

namespace zp::analysis {

// Of an access served by L1, L2, L3, memory.
inline constexpr std::array kServers{"L1", "L2", "L3", "memory"};

struct Penalties {
  Prices of;            // one more event: of the levels, from this one to the next one down
  bool overlap = true;  // reads are independent, so that misses can overlap
  std::string source;

  // A synonym in the place of a hit: an ordinary miss of L1d and what a synonym costs more.
  std::optional<Interval> whole_synonym() const;
};

// What the run's latency walks over the placement `private` say of the levels: the time of a table
// that the next level serves minus that of one that this level serves. The larger table misses
// more in the TLB, too, or its page walks go further: that is not part of the price, so the lower
// bound is 0 wherever it misses there at all. Rotated offsets say nothing: they spread a table's
// few lines over all sets, so that its size no longer tells the level. Walks of fewer than
// kLeastReadsPerWalk reads say nothing either: what each call takes would be in the price.
Prices latency_prices(const ResultSet& set, const PlacementTable& times, EventCounts& counts);

// Prices of the `wanted` events and of all levels that are at hand. In order of trust:
// - cells of the same walk and stride with other table sizes, placement `private`, whose reads are
//   served by the level its table fits: both bounds from the cells, the lower one less what the
//   larger table's TLB misses cost at most (0 where that is not known);
// - latency_prices(), as `pairs` knows them: the cost when nothing overlaps, so only the upper
//   bound (and the lower one too where the walk is dependent itself);
// - pairs of placements in the latency walks: likewise;
// - the latencies of the CPU description times 1 / ghz: likewise.
Penalties find_penalties(const ResultSet& set, const PlacementTable& times, EventCounts& counts,
                         PairPrices& pairs, const PlacementBlock& block, const std::string& stride,
                         const AttributeOptions& options, const std::vector<std::size_t>& wanted);

// Which of kServers serves a table of that size, by `times` of the same walk and stride over other
// tables: one that takes over two thirds of the time of a table four times as large or larger is
// not served by the level it would fit.
std::optional<std::size_t> server_of(const Context& context, const PlacementTable& times,
                                     const PlacementBlock& block, const std::string& stride);

// Which of kServers serves a table of that size, judged by the sizes in the context with room to
// spare on both sides; nullopt in between and where a size is unknown.
std::optional<std::size_t> server_of(const Context& context, double table_bytes);

}  // namespace zp::analysis
