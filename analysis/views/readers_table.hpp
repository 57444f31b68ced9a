// SPDX-License-Identifier: MIT
// The family `readers`: which CPUs read at once as rows, placements as columns.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "analysis/views/program_grid.hpp"

namespace zp::analysis {

// Rows: "2 cores (0,1)", in the order of numbers.
struct ReadersTable : ProgramGrid {
  std::map<std::pair<std::string, std::string>, double> slowdowns;  // (row, placement), medians

  [[nodiscard]] bool empty() const { return slowdowns.empty() && unmeasured.empty(); }
};

ReadersTable readers_table(const ResultSet& set);

// With a sentence on shared frames, if `enough` passes were measured. "" of an empty table.
std::string render_readers_table(const ReadersTable& table, std::size_t width, bool enough);

}  // namespace zp::analysis
