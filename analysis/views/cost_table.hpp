// SPDX-License-Identifier: MIT
// What a placement costs and what it gives: the rows of metadata, scan, cow and read, or of kernels
// where no reads were measured, in one line per placement.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/views/loop_table.hpp"

namespace zp::analysis {

// Medians; absent where the run has no such row. Per page where nothing else is said.
struct CostRow {
  std::string placement;
  std::optional<double> freed_bytes;     // free memory of the machine, after merging less before
  std::optional<double> rmap_items;      // KSM's records
  std::optional<double> record_bytes;    // of these and of the stable tree's nodes
  std::optional<double> ksmd_cpu_ns;     // of the two scans that merge it
  std::optional<double> first_write_ns;  // afterwards
  std::optional<double> line_read_ns;    // per read, every line of the table
  std::optional<double> page_read_ns;    // per read, one line of each page
  std::optional<double> sum_speed;       // bytes of the table per second, loops of `kernels`
  std::optional<double> gather_speed;
};

struct CostTable {
  std::vector<CostRow> rows;
  std::string sizes;  // "read 1 GiB": what was measured in tables of several sizes, and the largest
};

// In the order of placements. No rows where no placement has both a cost and another figure.
// `show_times`: without it (emulated runs) times are absent. `loops`: of the same set.
CostTable cost_table(const ResultSet& set, bool show_times, const std::optional<LoopTable>& loops);

// Plain text of at most `width` columns; "" without rows.
std::string render_cost_table(const CostTable& costs, std::size_t width);

}  // namespace zp::analysis
