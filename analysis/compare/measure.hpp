// SPDX-License-Identifier: MIT
// From matched cells to rows with estimates, before verdicts. Internal to analysis/compare.
#pragma once

#include "analysis/compare/match.hpp"

namespace zp::analysis {

struct MeasureOptions {
  std::string metric;
  VerdictRules rules;
  const BootDeviation* boots = nullptr;  // adds the boots' part to every change
};

// All rows that have the metric on every side; the others are added to matching.unmatched or
// matching.without_figure.
std::vector<ComparedRow> measure_rows(Matching& matching, const UnitPlan& plan,
                                      const MeasureOptions& options);

}  // namespace zp::analysis
