// SPDX-License-Identifier: MIT
// A t test for few units: the variance of each cell is moderated by those of the whole table.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "analysis/stats/descriptive.hpp"

namespace zp::analysis {

// What is beyond doubt, in every command: p corrected by Holm over the table, below which at most
// 1 % of the tables are false (docs/comparing.md); a ratio that is not a change; units per side,
// below which nothing is decided.
inline constexpr double kAlpha = 0.0065;
inline constexpr double kThreshold = 0.02;
inline constexpr std::size_t kLeastUnits = 3;

// Values of one cell, one per unit (boot, pass), in the same order in every cell; NaN where a unit
// doesn't have the cell.
using UnitValues = std::vector<double>;

// A variance and how many degrees of freedom stand behind it.
struct Variance {
  double value = 0;
  double df = 0;       // 0: nothing is known
  double lent_df = 0;  // of them, those that the other cells of the table lend
};

// The distribution that the true variances of a table's cells were drawn from: scaled inverse
// chi-square, variance * df / chi2(df). Many degrees of freedom: the cells are alike.
struct VariancePrior {
  double variance = 0;
  double df = 0;
};

// Degrees of freedom that stand for "no limit".
inline constexpr double kManyDf = 1e6;

// The prior of sample variances, scaled inverse chi-square (Smyth, Stat. Appl. Genet. Mol. Biol. 3
// (2004) 3), averaged over its posterior, for which nothing is assumed of how much a cell takes from
// the table. Variances of 0 count as far below the rest. df 0 when fewer than three cells have a
// variance.
VariancePrior fit_prior(std::span<const Variance> cells);

// Means and variances of one side, or of the differences between paired units.
struct ModeratedSide {
  struct Cell {
    std::size_t n = 0;  // units that have it
    double mean = 0;
    Variance own;  // what the cell has of its own, apart from `common`; moderated
  };
  std::vector<Cell> cells;
  // What a unit does to all cells alike: a boot that is slower everywhere is one event, however
  // many cells show it.
  Variance common;
  VariancePrior prior;
};

// A unit that has none of the cells, or only such as no other has, changes nothing in the rest.
ModeratedSide moderate(std::span<const UnitValues> cells);

// Few units mostly show less than there is: the median of chi2(df) in parts of df (Wilson and
// Hilferty).
double median_share(double df);

// The variance of a cell's mean, as a sum of terms that were estimated apart.
void append_terms(const ModeratedSide& side, std::size_t cell, std::vector<Variance>& terms);

struct TTest {
  double p = 1;
  double df = 0;
  Interval interval;  // 95 %, of the difference
};

// Degrees of freedom by Satterthwaite. What the table lends counts once, however many terms hold
// it: a cell that is noisier than its table says is so on both sides.
Variance sum_of(std::span<const Variance> terms);

// A difference without any variance has p 0, or 1 where it is 0.
TTest t_test(double difference, std::span<const Variance> terms);

}  // namespace zp::analysis
