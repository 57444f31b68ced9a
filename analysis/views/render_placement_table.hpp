// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/views/placement_table.hpp"

namespace zp::analysis {

struct PlacementTableStyle {
  std::size_t width = 75;
  // Placements that ratios are taken to; those that are not in a block are left out.
  std::vector<std::string> bases{"private", "ksm_single"};
  bool show_times = true;  // false for emulated runs: placements and frames only
};

// Plain ASCII, no line longer than `width`; blocks that have too many strides are continued below.
std::string render_placement_table(const PlacementTable& table, const ResultSet& set,
                                   const PlacementTableStyle& style);

}  // namespace zp::analysis
