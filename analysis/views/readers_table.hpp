// SPDX-License-Identifier: MIT
// The family `readers`: which CPUs read at once as rows, placements as columns.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

struct ReadersTable {
  std::string table_bytes;              // as in the names; of several the largest
  std::vector<std::string> rows;        // "2 cores (0,1)"
  std::vector<std::string> placements;  // in the order of the catalogue
  std::map<std::pair<std::string, std::string>, double> slowdowns;  // (row, placement), medians
  std::vector<std::pair<std::string, std::string>> unmeasured;      // which, and why

  [[nodiscard]] bool empty() const { return slowdowns.empty() && unmeasured.empty(); }
};

ReadersTable readers_table(const ResultSet& set);

// With a sentence on shared frames, if `enough` passes were measured. "" of an empty table.
std::string render_readers_table(const ReadersTable& table, std::size_t width, bool enough);

}  // namespace zp::analysis
