// SPDX-License-Identifier: MIT
// The family `mixed`: shares of zero pages as rows, placements as columns.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

struct MixedTable {
  struct Reads {
    double sparse_ns = 0, stream_ns = 0;  // medians, per read
  };
  std::string table_bytes;              // as in the names; of several the largest
  std::vector<std::string> rows;        // "50 % random", in the order of shares
  std::vector<std::string> placements;  // in the order of the catalogue
  std::map<std::pair<std::string, std::string>, Reads> reads;   // (row, placement)
  std::vector<std::pair<std::string, std::string>> unmeasured;  // which, and why

  [[nodiscard]] bool empty() const { return reads.empty() && unmeasured.empty(); }
};

MixedTable mixed_table(const ResultSet& set);

// With a sentence of how the effect fades, if `enough` passes were measured. "" of an empty table.
std::string render_mixed_table(const MixedTable& table, std::size_t width, bool enough);

}  // namespace zp::analysis
