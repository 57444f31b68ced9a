// SPDX-License-Identifier: MIT
// The machine's own roofs: how fast one CPU reads private memory that lies in each of its caches,
// or in none, with the widest loads it has.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct Roof {
  int level = 0;                  // of the cache; kMemoryLevel: memory
  std::uint64_t cache_bytes = 0;  // what fits; of memory: without bound
  std::uint64_t read_bytes = 0;   // that were read over and over
  double bytes_per_second = 0;    // the best of several tries
};

inline constexpr int kMemoryLevel = 4;

class Roofs {
 public:
  // Half of a cache is read, of those below the first at most four times the one above. On the CPU
  // that this thread is pinned to; takes half a second. Levels that this machine does not report,
  // or that do not fit into memory, are left out. Errors: kCannotRun without a vector unit;
  // kInterrupted.
  static Outcome<Roofs> measure(const Roots& roots, const std::function<bool()>& cancelled);

  // From given ones, in the order of their levels.
  explicit Roofs(std::vector<Roof> roofs) : roofs_(std::move(roofs)) {}

  [[nodiscard]] const Roof* at_level(int level) const;
  // Of the first level that holds so many bytes; nullptr where that one was not measured.
  [[nodiscard]] const Roof* above(std::uint64_t bytes) const;

 private:
  std::vector<Roof> roofs_;
};

}  // namespace zp
