// SPDX-License-Identifier: MIT
// Emulated runs side by side: frames, colours and modelled misses, which do not depend on a clock
// and are either the same or not.
#pragma once

#include <span>
#include <string>

#include "analysis/load/result_set.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

// Errors: kNotComparable with the differing fields, unless `force`. REQUIRES: at least two sides.
Outcome<std::string> compare_emulated(std::span<const ResultSet> sides, bool force,
                                      std::size_t width);

}  // namespace zp::analysis
