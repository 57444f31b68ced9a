// SPDX-License-Identifier: MIT
// The one table object behind every format of `zpanalyze compare`.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/compare/boots.hpp"
#include "analysis/compare/comparability.hpp"
#include "analysis/compare/verdict.hpp"
#include "analysis/load/result_set.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/stats/descriptive.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {

struct ComparedRow {
  std::string name;                 // of the cell, whole
  std::vector<std::string> labels;  // what tells it from the other rows: one per label column
  std::vector<Summary> sides;       // one per side, of no value where it lacks the row
  std::vector<Change> changes;      // one per side but the base

  bool lacks(std::size_t side) const { return sides[side].n == 0; }
};

// Rows that share everything the label columns do not show.
struct ComparedBlock {
  std::vector<NamePart> common;
  std::vector<ComparedRow> rows;

  bool lacks(std::size_t side) const {
    return std::ranges::all_of(rows, [side](const ComparedRow& row) { return row.lacks(side); });
  }
};

struct ComparedSide {
  std::string label;
  std::vector<std::string> paths;
  std::size_t files = 0;
  std::string host_line;
  std::size_t geomean_rows = 0;  // that it is the mean of
  // To the base, over matched cells that have a ratio of enough values; 0: there is none.
  double geomean_ratio = 0;
};

struct UnmatchedCell {
  std::size_t side;  // one that has it
  std::string name;
};

struct SideError {
  std::size_t side;
  ErrorRow row;
  bool partly = false;  // other repetitions of the cell were measured
};

struct Comparison {
  Metric metric;
  Scale scale;
  VerdictRules rules;  // as applied: min_n is what the unit needs
  std::vector<std::string> label_columns;
  bool rotated = false;  // so are the offsets of all rows that have one: their labels don't say it
  std::vector<ComparedSide> sides;
  std::vector<ComparedBlock> blocks;
  std::vector<UnmatchedCell> unmatched;
  std::vector<std::string> without_figure;  // cells of all sides in which none has the metric
  std::vector<SideError> errors;
  Comparability differences;         // `refused` is only filled when --force let it pass
  UnitPlan units;                    // what one value of a sample is, and what is known of boots
  bool boots_from_file = false;      // the boots' part of a change comes from a stored deviation
  bool within_one_run = false;       // `--by`: the "sides" are values of one part of the name
  std::vector<std::string> dropped;  // what was left out of the sides, e.g. copies
  std::string unproven;              // unproven_in() of the first side of which it says something

  bool moderated() const { return units.unit != Unit::kRepetition && !rules.counts; }
  std::size_t row_count() const;
  std::size_t change_count() const;  // of a row one per side that has it: the tests that were made
  // Rows with the verdict, over all sides.
  std::size_t count(Verdict verdict) const;
};

struct CompareOptions {
  std::string metric = {};  // "" takes the default
  VerdictRules rules = {};
  std::vector<std::string> labels = {};  // of the sides; empty: found from the contexts
  std::vector<std::string> ignore = {};  // parts of the name that need not agree
  std::string by = {};                   // compare inside one set, over this part of the name ...
  std::string by_base = {};              // ... against this value of it
  std::optional<BootDeviation> boots = {};  // measured before: what a boot changes
  std::vector<std::string> dropped = {};    // to be said under the table
  bool one_boot = false;                    // conclude from one boot per side all the same
  std::optional<Better> better = {};        // for figures of which nobody says it
  bool force = false;
  bool emulated_times = false;
};

// Errors: kNotComparable with the differing fields; kUsage when nothing matches or no row has the
// metric. REQUIRES: at least two sides, or one and `by`.
Outcome<Comparison> compare(std::span<const ResultSet> sides, const CompareOptions& options);

// Whether `which` holds of a change of some row.
template <class Which>
bool any_change(const Comparison& comparison, const Which& which) {
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows)
      if (std::ranges::any_of(row.changes, which)) return true;
  return false;
}

}  // namespace zp::analysis
