// SPDX-License-Identifier: MIT
// Where the probe takes its times from: the machine it runs on, or the model of a described CPU.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/support/error.hpp"

namespace zp::probe {

// One 8-byte read: of a frame, at an offset in it, through a page mapped at an address.
struct Read {
  std::uint32_t frame = 0;
  std::uint32_t offset_bytes = 0;
  std::uint64_t address =
      0;  // of the page, relative to the timer's base: bits can be flipped freely
};

// Reads done round and round. With chains, every address depends on the word read before it in its
// chain (read i belongs to chain i modulo chains), and no two reads share a word. Without chains
// they wait for nothing.
struct Loop {
  std::vector<Read> reads;
  unsigned chains = 1;
  bool spaced = false;  // without chains: with arithmetic between, as zpbench's random walk reads
  bool huge = false;    // in a region of huge pages, by address; the frames do not matter
  // Of a loop too long for one window: each window goes on where the one before ended. 0: a window
  // has all reads, once or more.
  std::uint64_t window_reads = 0;
};

// What can be asked.
struct Reach {
  unsigned page_shift = 12;
  std::vector<unsigned> bits;  // of the address, that can be flipped: ascending
  unsigned free_below = 63;    // every combination of lower bits can be mapped; of higher ones some
                               // may be taken
  std::uint32_t frames = 0;    // that there are
  std::uint64_t huge_bytes = 0;  // in huge pages; 0: none
  std::string why_no_huge;       // where there are none
  std::string why_not_held;      // the thread may be moved to another CPU; empty: it stays on one
  // As the system says; 0: it does not.
  std::uint32_t l1d_ways = 0;
  std::uint64_t l2_bytes = 0, l3_bytes = 0;
};

// Where a page's lines are read: within 4 KiB, as a TLB may enter larger pages in pieces of that.
inline std::uint32_t piece_of(const Reach& reach) {
  return ((1U << reach.page_shift) / 4) & ~4095U;
}

class Timer {
 public:
  virtual ~Timer() = default;
  [[nodiscard]] virtual const Reach& reach() const = 0;

  // Slots 0 and 1 hold a loop each, so that two can be timed in turns. A loop that puts another
  // frame at an address of the other slot's loop takes its place: that slot is then empty.
  // Errors: kCannotRun where an address can't be mapped.
  virtual Outcome<void> prepare(unsigned slot, const Loop& loop) = 0;

  // Nanoseconds per read, of one short window of at least that many reads; warmed up before.
  virtual double sample_ns(unsigned slot, std::uint64_t least_reads) = 0;

  // Nanoseconds of one addition that waits for another: a clock cycle. Of one short window.
  virtual double cycle_ns() = 0;

  // Since the timer was made.
  [[nodiscard]] virtual double seconds() const = 0;
};

}  // namespace zp::probe
