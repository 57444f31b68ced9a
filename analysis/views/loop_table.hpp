// SPDX-License-Identifier: MIT
// What programs feel, on one screen: the family `kernels` with programs as rows and placements as
// columns, and in sentences which programs care; below it the families `mixed` and `readers`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/views/mixed_table.hpp"
#include "analysis/views/program_grid.hpp"
#include "analysis/views/readers_table.hpp"

namespace zp::analysis {

// Bytes of the table per second.
struct LoopSpeed {
  double median = 0, least = 0, most = 0;
  std::optional<double> roof_share;  // median; of programs that only read
};

// Rows: the loops.
struct LoopTable : ProgramGrid {
  std::map<std::pair<std::string, std::string>, LoopSpeed> speeds;  // (loop, placement)
  std::vector<std::pair<std::string, double>> roofs;                // "L1", bytes per second
  std::size_t fewest = 0;                                           // samples of a figure
  std::size_t passes = 0;  // files: each has the placements in another order
  MixedTable mixed;
  ReadersTable readers;

  [[nodiscard]] const LoopSpeed* find(const std::string& loop, const std::string& placement) const;
};

// Whether a family's rows are shown by it, and not in a table of their own.
bool is_program_family(std::string_view family);

// Absent without rows of these families. Of several sizes of tables the largest.
std::optional<LoopTable> loop_table(const ResultSet& set);

// Two placements program by program: by how much `other` is faster than `base`. Counted as a
// difference where every sample of one is above every sample of the other, and the medians differ
// by 5 % or more.
struct LoopContrast {
  std::vector<std::pair<std::string, double>> faster, slower;  // median ratios, largest first
  std::vector<std::string> alike;
};
LoopContrast contrast(const LoopTable& table, const std::string& base, const std::string& other);

// In a sentence or two: the knob, and the zero page. "" where too few passes say nothing.
std::string program_finding(const LoopTable& table);

// Plain text of at most `width` columns; "" of an empty table.
std::string render_loop_table(const LoopTable& table, std::size_t width);

}  // namespace zp::analysis
