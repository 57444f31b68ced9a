// SPDX-License-Identifier: MIT
// Decisions and figures from noisy short windows: each is repeated until it is clear, or said not
// to be.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/probe/timer.hpp"
#include "harness/support/median.hpp"

namespace zp::probe {

// With an interval that holds the median with about 95 %.
struct Figure {
  double middle = 0, low = 0, high = 0;
};

// Needs a value at least.
Figure figure_of(std::vector<double> values);

enum class Answer { kNo, kYes, kUnclear };

// How long to go on: the probe as a whole has a time to end at.
struct Patience {
  double deadline_s = 10;  // on the timer's clock
  unsigned most_samples = 400;
};

// Why something was not measured.
inline constexpr const char* kNoTimeLeft = "no time was left";

// Counts votes for and against until one side leads by enough: if votes are wrong with probability
// `error`, the answer is wrong with less than one in ten million.
class Votes {
 public:
  explicit Votes(double error);
  void add(bool yes) { lead_ += yes ? 1 : -1; }
  [[nodiscard]] std::optional<Answer> answer() const;
  // No answer can be had from votes that are nearly random.
  static constexpr double kMostError = 0.3;

 private:
  int lead_ = 0, needed_ = 0;
};

// Is a read of the loop in slot 1 slower than one of that in slot 0, by at least so many
// nanoseconds and that share of its time? Timed in turns. By the median's interval, which must lie
// clear of the threshold.
Answer costs_more(Timer& timer, double least_ns, double share, const Patience& patience);

// Nanoseconds per read of the loop in `slot`.
Figure price_ns(Timer& timer, unsigned slot, unsigned samples, std::uint64_t reads);

// The same of a loop that is prepared in `slot` first, unless the deadline has passed: that is an
// error then, and `out_of_time`.
Outcome<Figure> price_in_time(Timer& timer, const Patience& patience, unsigned slot,
                              const Loop& loop, unsigned samples, std::uint64_t reads,
                              bool& out_of_time);

// The lower two of a figure's tries, where they lie within 10 %: neighbours only add time.
std::optional<Figure> agreed(std::vector<Figure> tries);

// Nanoseconds per read of the loops in both slots, timed in turns, where nothing disturbed them:
// neighbours only add time, so the fast windows count.
struct Undisturbed {
  double plain_ns = 0, tried_ns = 0;
  // Of another time, when neighbours may be quieter.
  void merge(const Undisturbed& other);
  [[nodiscard]] double extra_ns() const { return tried_ns - plain_ns; }
};
Undisturbed undisturbed_ns(Timer& timer, unsigned samples, std::uint64_t reads);

// Of the clock, as additions show it.
Figure cycle_ns(Timer& timer, unsigned samples);

}  // namespace zp::probe
