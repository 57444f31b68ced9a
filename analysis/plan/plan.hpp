// SPDX-License-Identifier: MIT
// How many passes and boots a comparison needs, from the variance that a run shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/compare/boots.hpp"
#include "analysis/load/result_set.hpp"

namespace zp::analysis {

struct PlanOptions {
  std::string metric;
  double effect = 0.05;
  double alpha = kAlpha;  // over the table, as compare's
  double power = 0.9;     // chance that one cell's change is shown
  std::optional<BootDeviation> boots = {};
};

struct Plan {
  std::size_t cells = 0, passes = 0;  // of the run
  std::size_t cells_with_zeros = 0;   // or less in some pass, which has no logarithm
  bool ours = true;         // else the unit is another program's run, whose boot is not known
  std::size_t groups = 1;   // boots, or runs that don't record theirs
  double pass_seconds = 0;  // of one pass, of each matrix where there are several; 0: not recorded
  std::vector<double> deviations;  // between passes of one group, per cell, sorted
  double common = 0;               // of them, of what a pass does to all cells alike
  // Units per side that show the effect in half, 90 % and all of the cells; 0: more than kMost.
  struct Needs {
    std::size_t half = 0, most = 0, all = 0;
  };
  static constexpr std::size_t kMost = 1000;
  Needs passes_needed;  // paired where they are ours, as by compare --by; else runs
  std::optional<Needs> boots_needed;  // where the deviation between boots is known
  std::size_t boots_measured = 0;     // behind it
};

// Errors: kUsage where fewer than two passes hold the figure.
Outcome<Plan> make_plan(const ResultSet& set, const PlanOptions& options);

std::string render_plan(const Plan& plan, const PlanOptions& options, std::size_t width);

}  // namespace zp::analysis
