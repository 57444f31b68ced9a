// SPDX-License-Identifier: MIT
// What the tables of programs have in common: placements as columns, and of several sizes of tables
// the largest.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

// Where a cell stands.
struct ProgramCell {
  std::string row, placement, table;  // table: its bytes, as in the name
};

struct ProgramGrid {
  std::string table_bytes;              // as in the names; of several the largest
  std::vector<std::string> rows;        // in the order of the file
  std::vector<std::string> placements;  // in the order of the catalogue
  std::vector<std::pair<std::string, std::string>> unmeasured;  // which, and why

  [[nodiscard]] std::string table_size() const;  // "64 MiB"
};

// By its name; nothing for cells of other tables.
using PlaceOf = std::optional<ProgramCell> (*)(const std::string& name);

// Takes the cell's figures; says in which row they stand, "" where it has none.
using TakeFigures = std::function<std::string(const ProgramCell& place, std::size_t cell)>;

void fill_grid(ProgramGrid& grid, const ResultSet& set, PlaceOf place_of, const TakeFigures& take);

// A figure for each row and placement, below the placements' names over two lines. `corner` is the
// head of the rows, whose names take `label_width` columns at most.
std::string render_grid(
    const ProgramGrid& grid, const std::string& corner, std::size_t label_width,
    const std::function<std::string(const std::string& row, const std::string& placement)>& figure);

// What is missing, and why.
std::string render_unmeasured(const ProgramGrid& grid, std::size_t width);

}  // namespace zp::analysis
