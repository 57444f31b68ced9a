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
// What a change of a time from one cell to another rests on: of the side that is mostly disturbed,
// if there is one. Where mostly() says so, there is no verdict.
Disturbed disturbed_change(const ResultSet& base, std::size_t from, const ResultSet& other,
                           std::size_t to);

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
