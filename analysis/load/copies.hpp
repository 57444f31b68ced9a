// SPDX-License-Identifier: MIT
// What is there twice counts once. A run that has one of its passes twice lacks another, which its
// Missing says then. Internal to analysis/load.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/load/sources.hpp"

namespace zp::analysis {

// The same file named twice (by globs that overlap, say) would count as two measurements.
void drop_repeated(std::vector<RunSource>& runs, std::vector<std::string>& warnings);

// Copies of a file hold the same measurement, not a second one. What runs lack that are dropped
// whole is added to `missing`.
void drop_copies(std::vector<Run>& runs, std::vector<std::string>& dropped, Missing& missing);

}  // namespace zp::analysis
