// SPDX-License-Identifier: MIT
// The pictures. Each function returns nothing drawn (empty) when the rows do not hold its data.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"
#include "analysis/load/result_set.hpp"
#include "analysis/plot/gnuplot.hpp"
#include "analysis/views/knob_table.hpp"
#include "analysis/views/loop_table.hpp"
#include "analysis/views/placement_table.hpp"
#include "harness/model/description.hpp"

namespace zp::analysis {

// With a CPU that has prices, and a clock, what they predict is added to `colours`, in ns.
struct PlotPrediction {
  std::optional<model::Description> cpu;
  double ghz = 0;
};

// What pictures are made of.
struct PlotInput {
  const ResultSet& set;
  const PlacementTable& table;  // of the figure that is drawn
  const KnobTable& knob;        // no rows where that figure is another one than ns per read
  const std::optional<LoopTable>& loops;   // absent where times are hidden
  const Comparison* comparison = nullptr;  // where there are two sides
  PlotPrediction prediction = {};
};

struct PlotKind {
  const char* name;
  bool shows_times;  // not of emulated runs
  std::vector<Plot> (*make)(const PlotInput& input);
};

// In the order of --help and of a report's pictures.
std::span<const PlotKind> plot_kinds();

// Those that others draw, too:

// ns per read against stride, one line per placement, with intervals; lines that nothing tells from
// another recede. One picture per block.
std::vector<Plot> plot_strides(const PlacementTable& table, const ResultSet& set);

// Repetitions over time, relative to the median of their cell.
std::vector<Plot> plot_stability(const ResultSet& set, const std::string& metric);

// How many times as fast each program gets through the table as through private memory: bars by
// placement. One picture.
std::vector<Plot> plot_programs(const LoopTable& table, const ResultSet& set);

// Ratios with their intervals, one line per cell.
std::vector<Plot> plot_forest(const Comparison& comparison);

}  // namespace zp::analysis
