// SPDX-License-Identifier: MIT
// One value per unit: repetitions inside a unit are no evidence of their own.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/load/units.hpp"

namespace zp::analysis {

// The median in each unit of `units`; NaN where a unit doesn't have the cell.
std::vector<double> unit_medians(const ResultSet& set, std::size_t cell, const std::string& metric,
                                 const Grouping& units);
// Unit by unit; NaN where one of them is, no further than the shorter.
std::vector<double> subtract(std::vector<double> from, const std::vector<double>& what);

// The rows of a cell that a change is made of: those of units whose value here isn't NaN.
struct UsedRows {
  const ResultSet& set;
  std::size_t cell;
  const Grouping& units;
  const std::vector<double>& values;
};
// What a change of a time rests on: of the side that is mostly disturbed, if there is one. Where
// mostly() says so, there is no verdict.
Disturbed disturbed_change(const std::string& metric, const UsedRows& from, const UsedRows& to);

// NaN where there is no logarithm.
std::vector<double> logs_of(std::vector<double> values);

// What is not NaN, and how many that are.
std::vector<double> present(std::vector<double> values);
std::size_t count_present(const std::vector<double>& values);

// How many files, each a pass, have a row of one of the cells, and of how many runs they are.
struct Held {
  std::size_t passes = 0, runs = 0;
};
Held held(const ResultSet& set, std::span<const std::size_t> cells);

}  // namespace zp::analysis
