// SPDX-License-Identifier: MIT
// How soon a walk comes back to a line, and to a set of the first level: what limits reads that
// wait for one another although no instruction makes them.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "harness/model/geometry.hpp"

namespace zp::model {

// Means over the look-ups of 1 / d, where d look-ups ago the same line (the same set) was looked
// up; 0 where that is more than kCloseLookups ago. One line over and over gives 1, sixteen lines
// in turn 1/16.
struct Closeness {
  double line = 0;
  double set = 0;
  double changes = 0;  // per look-up: a walk leaves lines it kept coming back to for others
};

inline constexpr std::uint64_t kCloseLookups = 256;

class ClosenessMeter {
 public:
  explicit ClosenessMeter(const CacheGeometry& first_level);

  // The next read. Reads of one line in a row, through one address, are one look-up.
  void read(std::uint64_t virtual_address, std::uint64_t physical_address);

  [[nodiscard]] std::uint64_t lookups() const { return lookups_; }
  [[nodiscard]] std::uint64_t lines() const { return line_seen_.size(); }  // each counted once
  [[nodiscard]] Closeness result() const;

 private:
  unsigned line_shift_;
  std::uint64_t lookups_ = 0;
  std::uint64_t last_virtual_line_ = ~std::uint64_t{0};
  std::vector<std::uint64_t> set_seen_;  // at which look-up; 0: never
  std::unordered_map<std::uint64_t, std::uint64_t> line_seen_;
  double line_sum_ = 0;
  double set_sum_ = 0;
  std::uint64_t changes_ = 0;
  bool came_back_ = false;  // the last look-up, to its line
};

}  // namespace zp::model
