// SPDX-License-Identifier: MIT
// From two samples of one cell to a verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "analysis/load/result_set.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/stats/moderated.hpp"
#include "analysis/stats/ratio.hpp"

namespace zp::analysis {

enum class Verdict { kFaster, kSlower, kSame, kUndecided };

// Why a cell is undecided; kNone for the other verdicts. kOneBoot: what one boot of each side shows
// is in Change::shown, and whether another boot would show it isn't known. kOtherHosts: as much of
// what sides of different hosts show. kDisturbed: of what disturbed repetitions show. kNoFigure:
// the side lacks the cell, so there is no change.
enum class Doubt {
  kNone,
  kFewValues,
  kWideInterval,
  kNotSignificant,
  kNoRatio,
  kOneBoot,
  kOtherHosts,
  kDisturbed,
  kNoFigure
};

struct VerdictRules {
  double threshold = kThreshold;  // an interval within it is not a change
  double alpha = kAlpha;
  std::size_t min_n = 0;       // units per side, below which nothing is decided; 0: least_n()
  bool bootstrap = false;      // of repetitions: intervals by bootstrap, not Hodges-Lehmann
  std::uint64_t seed = 1;      // of the bootstrap
  bool counts = false;         // figures are exact, as those of an emulated run: no statistics
  bool hold_one_boot = false;  // one boot per side, and what a boot changes isn't known
  bool hold_hosts = false;     // the sides are of different hosts: a change may be theirs
};

// Of repetitions that are taken as independent; kLeastUnits of hosts, boots, runs and passes.
inline constexpr std::size_t kLeastRepetitions = 5;

// Smallest and largest count of each side.
struct CountRanges {
  Interval base, other;
};

// One side against the base. `ratio` is new/base of the figures as stored.
struct Change {
  std::optional<RatioEstimate> ratio;  // absent when a figure is zero or negative
  double p = 1;                        // two-sided; of which test, Comparison says
  double p_holm = 1;                   // corrected over the table; set by the caller
  bool p_exact = false;
  std::optional<CountRanges> counts;  // under VerdictRules::counts
  bool all_equal = false;             // every value of both sides is the same figure
  Disturbed disturbed = {};           // of a time: of the side that is mostly so, if there is one
  std::size_t base_n = 0;
  std::size_t new_n = 0;
  Verdict verdict = Verdict::kUndecided;
  Doubt doubt = Doubt::kNone;
  // Of one value on either side there is no interval, whatever the arithmetic gives, and of few
  // none that could be called one of 95 %.
  bool has_interval() const { return ratio && ratio->decides() && base_n > 1 && new_n > 1; }
  // Standard deviation between hosts of the change's logarithm, where each host has both sides.
  std::optional<double> between_hosts = std::nullopt;
  // The verdict that there would be, where `doubt` is kOneBoot, kOtherHosts or kDisturbed.
  Verdict shown = Verdict::kUndecided;
};

// Fills counts, sizes and all_equal. REQUIRES: both not empty.
Change describe_values(std::span<const double> base, std::span<const double> other,
                       const VerdictRules& rules);

// The same with ratio and p by Hodges-Lehmann and Mann-Whitney: for values that are independent.
Change measure_change(std::span<const double> base, std::span<const double> other,
                      const VerdictRules& rules);

// same:   the interval lies inside the threshold: equivalence is shown.
// faster, slower: the interval excludes 1, reaches past the threshold and p_holm < alpha.
// undecided: everything else, and fewer than min_n values, and whatever disturbed times show.
// Counts: one per side will do; faster or slower when no count of one side is within the threshold
// of one of the other (from 0, any count is a change), undecided when some are and some are not.
void decide(Change& change, Better better, const VerdictRules& rules);

// "few values", "disturbed"; "" where there is none.
std::string_view doubt_word(Doubt doubt);
// "[1]", "[h]", "[d]" of what is shown and held; "" of other doubts.
std::string_view held_mark(Doubt doubt);

// "faster", "slower", "same", "undecided"; "better" and "worse" for what is not a time.
std::string_view verdict_word(Verdict verdict, const Metric& metric);

// What git bisect is to be told about one cell: only what is beyond doubt. The whole interval
// must lie on one side of the threshold. Counts without a better direction are bad when they
// differ.
enum class BisectAnswer { kGood, kBad, kSkip };
BisectAnswer bisect_answer(const Change& change, Better better, const VerdictRules& rules);

}  // namespace zp::analysis
