// SPDX-License-Identifier: MIT
// What was not measured, one line per reason and not one per row.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace zp::analysis {

struct Gap {
  std::string what, placement, reason;
};

// (which, why): "siblings" where all placements have that gap in common, else "siblings on private,
// ksm_single"; several that share reason and placements in one: "4 cores, 8 cores".
// `measured`: the placements that have figures.
std::vector<std::pair<std::string, std::string>> gathered(const std::vector<Gap>& gaps,
                                                          const std::vector<std::string>& measured);

}  // namespace zp::analysis
