// SPDX-License-Identifier: MIT
// Loops that are known to do so much: so many instructions, so many misses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/counters/source.hpp"
#include "harness/host/roots.hpp"

namespace zp {

enum class Loop {
  kNops,         // instructions that do nothing
  kColdPages,    // one read of each page, which no cache and no TLB holds
  kOnePage,      // many reads of one page, all of it in L1D
  kSecondLevel,  // each line of twice L1D, which L2 holds
  kThirdLevel,   // each line of twice L2, which L3 holds
  kFreshPages,   // the first touch of each page
  kSleeps,       // short sleeps
};

struct LoopRun {
  std::vector<std::uint64_t> counts;  // in the order of the group's names
  double cpu_ns = 0;                  // of this thread
};

class Loops {
 public:
  explicit Loops(const Roots& roots);

  // Why it can't be run here.
  [[nodiscard]] std::optional<std::string> why_not(Loop loop) const;

  // What it does: instructions, pages, reads, lines, sleeps; and the same in words.
  [[nodiscard]] std::uint64_t amount(Loop loop) const;
  [[nodiscard]] std::string describe(Loop loop) const;

  // Makes everything ready, and counts the loop alone. REQUIRES: !why_not(loop). Errors: the
  // group's, and kCannotRun where there is no memory.
  Outcome<LoopRun> run(Loop loop, EventGroup& group) const;

 private:
  [[nodiscard]] std::uint64_t resident_bytes(Loop loop) const;

  std::uint64_t level_bytes_[3] = {};  // 0: there is none, or nobody says
  std::uint64_t line_bytes_ = 64;
  std::uint64_t displacing_bytes_ = 0;  // twice the last level: what leaves nothing else in it
  std::uint64_t available_bytes_ = 0;
};

}  // namespace zp
