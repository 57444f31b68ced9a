// SPDX-License-Identifier: MIT
// What the modelled misses would cost: an estimate from the latencies a description has, never a
// time that was measured.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/model/description.hpp"
#include "harness/model/steady.hpp"

namespace zp::model {

struct Cost {
  // CPU cycles per read when each read waits for the one before (walk `dependent`). Independent
  // reads overlap, so for them this is an upper bound.
  std::optional<Range> cycles_per_read;
  bool uncertain = false;           // a latency it is made of is marked uncertain
  std::vector<std::string> absent;  // why there is no estimate: latencies that are needed, by key
  std::string missing;              // the same in words
};

// "z13 has no figure for memory.latency_cycles, walk.latency_cycles"; "" without keys.
std::string no_figures(const Description& cpu, const std::vector<std::string>& keys);

Cost estimate_cost(const Description& cpu, const Counts& counts);

}  // namespace zp::model
