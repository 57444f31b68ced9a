// SPDX-License-Identifier: MIT
// What a table shows of an emulated run instead of times: which frames were proven, and what the
// modelled CPUs make of them.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/views/placement_table.hpp"

namespace zp::analysis {

// One modelled CPU's figures in the rows.
struct ModelledCpu {
  std::string name;
  std::string prefix;  // of its figures: "model_", or "model_NAME_" where there are several
};
std::vector<ModelledCpu> modelled_cpus(const ResultSet& set);

// Frames, colours and shares of each placement, then a table per CPU: L1D and synonym misses by
// stride. Plain ASCII, no line longer than `width` where the strides' names allow it.
std::string render_emulated_block(const PlacementBlock& block, const ResultSet& set,
                                  std::size_t width);

// What those figures are, for the end of the table.
std::string emulated_footnote(const ResultSet& set);

// The row of the block's placement in the table of another figure of the same set; nullptr: none
// has it.
const PlacementRow* row_of(const PlacementTable& table, const PlacementBlock& block,
                           const std::string& placement);

// The row's figure, the same whatever the stride; "-" where it is in no row.
std::string one_figure(const PlacementRow* row);

}  // namespace zp::analysis
