// SPDX-License-Identifier: MIT
// The family `mixed`: shares of zero pages as rows, placements as columns.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "analysis/views/program_grid.hpp"

namespace zp::analysis {

// Rows: "50 % random", in the order of shares.
struct MixedTable : ProgramGrid {
  struct Reads {
    double sparse_ns = 0, stream_ns = 0;  // medians, per read
  };
  std::map<std::pair<std::string, std::string>, Reads> reads;  // (row, placement)

  [[nodiscard]] bool empty() const { return reads.empty() && unmeasured.empty(); }
};

MixedTable mixed_table(const ResultSet& set);

// With a sentence of how the effect fades, if `enough` passes were measured. "" of an empty table.
std::string render_mixed_table(const MixedTable& table, std::size_t width, bool enough);

}  // namespace zp::analysis
