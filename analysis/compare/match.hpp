// SPDX-License-Identifier: MIT
// Which cell of one side belongs to which cell of another. Internal to analysis/compare.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"

namespace zp::analysis {

struct MatchedCell {
  std::string name;
  // One per side. The base has it, and another side; of three, some may lack it.
  std::vector<std::optional<std::size_t>> cells;
};

struct Matching {
  std::vector<const ResultSet*> sets;  // one per side; the same one twice with `by`
  std::vector<MatchedCell> matched;
  std::vector<UnmatchedCell> unmatched;     // that the base lacks, or all but the base
  std::vector<std::string> without_figure;  // matched, but no side has the metric
};

Outcome<Matching> match_sides(std::span<const ResultSet> sides,
                              const std::vector<std::string>& ignore);
Outcome<Matching> match_by(const ResultSet& set, const std::string& key, const std::string& base,
                           const std::vector<std::string>& ignore);

// check_comparability() of the sides, and the census of their matched cells.
Comparability check_matched(const Matching& matching);

// Puts rows into blocks and gives them labels: placement and stride are columns, what all rows of
// a block share goes into its title. Foreign names are one column.
void arrange(Comparison& comparison, std::vector<ComparedRow> rows);

// From matched cells to rows with estimates, before verdicts.
struct MeasureOptions {
  std::string metric;
  VerdictRules rules;
  const BootDeviation* boots = nullptr;  // adds the boots' part to every change
};

// All rows that have the metric on the base and another side; the others are added to
// matching.unmatched or matching.without_figure.
std::vector<ComparedRow> measure_rows(Matching& matching, const UnitPlan& plan,
                                      const MeasureOptions& options);

}  // namespace zp::analysis
