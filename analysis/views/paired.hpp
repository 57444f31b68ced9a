// SPDX-License-Identifier: MIT
// Two placements compared pass by pass: what a pass draws and how fast it is cancels, and the
// unit of all intervals is the pass.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/stats/descriptive.hpp"

namespace zp::analysis {

// Logarithms of ns per read, one a pass (the median in it); NaN where the pass has none.
using Passes = std::vector<double>;

// What counts as no change: that of `compare`.
inline constexpr double kSameWithin = 0.02;
inline constexpr double kEffectAlpha = 0.05;
// Fewer passes say nothing about the spread between passes.
inline constexpr std::size_t kPassesForInterval = 3;

// Beyond doubt: p, corrected by Holm over all that is compared, is below kEffectAlpha, and the
// interval leaves out 1. The same: the interval lies within kSameWithin of 1.
enum class Effect { kSlower, kFaster, kSame, kUndecided };

struct PairedChange {
  double ratio = 1;                  // to / from
  std::optional<Interval> interval;  // 95 %; nothing with too few passes
  Effect effect = Effect::kUndecided;
};

struct CellPair {
  std::string name;   // of the cell, without its placement: "read/table:.../stride:64/..."
  Passes difference;  // to - from
};

Passes passes_of(const ResultSet& set, std::size_t cell);

// The mean over passes, as a time, and its 95 % interval (Student's t); nothing without a pass.
struct PassMean {
  double ns = 0;
  std::optional<Interval> interval;  // nothing with too few passes
};
std::optional<PassMean> mean_of(const Passes& passes);

// Read cells that some pass has of both placements.
std::vector<CellPair> cell_pairs(const ResultSet& set, std::string_view from, std::string_view to);

// One for each difference, in order.
std::vector<PairedChange> paired_changes(std::span<const Passes> differences);

}  // namespace zp::analysis
