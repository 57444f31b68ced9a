// SPDX-License-Identifier: MIT
// One figure of every row that no other table shows: other programs' benchmarks, by whole name.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/stats/descriptive.hpp"

namespace zp::analysis {

struct FigureRow {
  std::string name;
  Summary summary;
};

struct FigureTable {
  Metric metric;
  Scale scale;
  int decimals = 2;
  std::vector<FigureRow> rows;

  std::string value_text(const FigureRow& row) const;
  std::string spread_text(const FigureRow& row) const;  // "" of one value
};

// Without rows that placement_table() and family_tables() take.
FigureTable figure_table(const ResultSet& set, const std::string& metric);

// Unit, or what the figure is.
std::string figure_heading(const FigureTable& table);
// What the columns are.
std::string figure_note(const FigureTable& table);

std::string render_figure_table(const FigureTable& table, std::size_t width);

}  // namespace zp::analysis
