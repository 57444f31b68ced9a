// SPDX-License-Identifier: MIT
// Two placements compared unit by unit: what a pass draws and how fast it is cancels. Units, test
// and verdicts are those of `compare`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/load/units.hpp"
#include "analysis/stats/moderated.hpp"

namespace zp::analysis {

// From here on a change that is not beyond doubt is called probable: in one of twenty tables
// without a change, some row is.
inline constexpr double kProbableAlpha = 0.05;

// Beyond doubt: p, corrected by Holm over all that is compared, is below kAlpha, and the interval
// leaves out 1. The same: the interval lies within kThreshold of 1.
enum class Effect { kSlower, kFaster, kSame, kUndecided };

struct PairedChange {
  double ratio = 1;                  // to / from
  std::optional<Interval> interval;  // 95 %; nothing with too few units
  double p_holm = 1;
  Effect effect = Effect::kUndecided;
  // Of a change that is undecided, with p below kProbableAlpha: where it points.
  Effect probable = Effect::kUndecided;
  Disturbed disturbed = {};  // where mostly so, both are undecided
};

// Of one cell less another, unit by unit.
struct UnitDifference {
  UnitValues values;
  Disturbed disturbed = {};  // of a time: disturbed_change()
};

struct CellPair {
  std::string name;           // of the cell, without its placement: "read/table:.../stride:64/..."
  UnitDifference difference;  // to - from
};

// Hosts or boots where there are several, else passes; of files that have the figure.
UnitPlan units_within(const ResultSet& set, std::string_view key = "");

// Logarithms of a figure, one per unit (the median in it); NaN where the unit has none.
UnitValues unit_logs(const ResultSet& set, std::size_t cell, std::string_view key,
                     const UnitPlan& plan);

// The same of one cell less those of another; no values where no unit has both.
UnitDifference unit_differences(const ResultSet& set, std::size_t from, std::size_t to,
                                std::string_view key, const UnitPlan& plan);

// The mean over units, as a time, and its 95 % interval.
struct UnitMean {
  double ns = 0;
  std::optional<Interval> interval;  // nothing with too few units
};

// One for each cell, in order: nothing without a unit. Variances are moderated over all cells.
std::vector<std::optional<UnitMean>> unit_means(std::span<const UnitValues> cells);

// Read cells that some unit has of both placements.
std::vector<CellPair> cell_pairs(const ResultSet& set, std::string_view from, std::string_view to);

// One for each difference, in order. Variances are moderated over all of them.
std::vector<PairedChange> paired_changes(std::span<const UnitValues> differences);
std::vector<PairedChange> paired_changes(std::span<const UnitDifference> differences);
std::vector<PairedChange> paired_changes(std::span<const CellPair> pairs);

}  // namespace zp::analysis
