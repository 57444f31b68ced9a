// SPDX-License-Identifier: MIT
// What a miss costs on the machine a run was made on. Internal to analysis/attribute.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "analysis/attribute/attribution.hpp"

namespace zp::analysis {

// Of an access served by L1, L2, L3, memory.
inline constexpr std::array kServers{"L1", "L2", "L3", "memory"};

struct Penalties {
  // From this level to the next one down: one more miss of L1, L2, L3.
  std::array<std::optional<Interval>, 3> level;
  bool overlap = true;  // reads are independent, so that misses can overlap
  std::string source;
};

// In order of trust, all from the placement `private`, whose reads are served by the level its
// table fits:
// - cells of the same walk and stride with other table sizes: both bounds from the cells;
// - the run's latency walks: the cost when nothing overlaps, so only the upper bound (and the
//   lower one too where the walk is dependent itself);
// - the latencies of the CPU description times 1 / ghz: likewise.
Penalties find_penalties(const ResultSet& set, const PlacementTable& times,
                         const PlacementBlock& block, const std::string& stride,
                         const AttributeOptions& options);

// Which of kServers serves a table of that size, judged by the sizes in the context with room to
// spare on both sides; nullopt in between and where a size is unknown.
std::optional<std::size_t> server_of(const Context& context, double table_bytes);

// The value of a part of the block's common name, "" without it.
std::string part_of(const PlacementBlock& block, std::string_view key);

}  // namespace zp::analysis
