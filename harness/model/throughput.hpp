// SPDX-License-Identifier: MIT
// How long a read takes by the prices of a description: an estimate, never a time that was
// measured.
//
// Independent reads take what the tightest of their limits allows, each computed as if it were the
// only one: the loop, the fills (and where they go into few sets, those sets), the turn-around of
// one line that is read through one address after another, the page walks. A read that waits for
// the one before takes the sum of its latencies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/model/closeness.hpp"
#include "harness/model/cost.hpp"
#include "harness/model/steady.hpp"

namespace zp::model {

struct WalkShape {
  enum class Order { kSequential, kRandom, kDependent };
  Order order = Order::kSequential;
  std::uint64_t mappings = 0;  // entries of the page table under the walk
  Closeness closeness;
  std::uint64_t lines = 0;                 // that are read, each counted once
  std::uint64_t frame_bytes = 0;           // of the frames behind the table, each counted once
  std::uint64_t frame_distance_bytes = 0;  // from one of them to the next
};

enum class Bound {
  kLoop,       // what the loop itself allows
  kFills,      // fills from the second level
  kOneSet,     // ... that go into one set, or into few
  kDeepFills,  // fills from below the second level
  kOneLine,    // the turn-around of one line that is read through one address after another
  kWalks,      // page walks
  kLatency,    // each read waits for the one before
};
std::string_view name_of(Bound bound);        // "fills into one set"
std::string_view short_name_of(Bound bound);  // "set", for the columns of a table

struct Limit {
  Bound bound;
  Range cycles_per_read;
};

inline double middle(const Range& range) {
  return (range.low + range.high) / 2;
}

struct Throughput {
  std::vector<Limit> limits;        // the tightest first; empty when there is no prediction
  bool uncertain = false;           // a price it is made of is marked uncertain
  std::vector<std::string> absent;  // prices that are needed, by key
  std::string missing;              // why there is no prediction: those, or what else forbids it
  double from_third = 0;            // lines and page-table entries a read from a third level

  // REQUIRES: there is a prediction.
  [[nodiscard]] Range cycles_per_read() const { return limits.front().cycles_per_read; }
};

Throughput predict_throughput(const Description& cpu, const SteadyState& state,
                              const WalkShape& walk);

}  // namespace zp::model
