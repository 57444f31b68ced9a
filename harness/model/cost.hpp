// SPDX-License-Identifier: MIT
// What the modelled misses would cost: an estimate from the latencies a description has, never a
// time that was measured.
#pragma once

#include <optional>
#include <string>

#include "harness/model/description.hpp"
#include "harness/model/steady.hpp"

namespace zp::model {

struct Cost {
  // CPU cycles a read when each read waits for the one before (walk `dependent`). Independent
  // reads overlap, so for them this is an upper bound.
  std::optional<Range> cycles_per_read;
  bool uncertain = false;  // a latency it is made of is marked uncertain
  std::string missing;     // why there is no estimate: the latencies that are needed and absent
};

Cost estimate_cost(const Description& cpu, const Counts& counts);

}  // namespace zp::model
