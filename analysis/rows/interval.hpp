// SPDX-License-Identifier: MIT
// How intervals are written. They are seldom symmetric, and are not made so.
#pragma once

#include <string>

#include "analysis/stats/descriptive.hpp"

namespace zp::analysis {

// Next to a figure, in percent of it: "+-2%" where both ends round to the same, else "-0+4%".
// Percentages above 999 are written as ">999"; next to a figure of 0 stands interval_text().
std::string spread_text(double middle, const Interval& interval);

// "[3.115, 3.246]", with as many decimals as tell its ends from each other.
std::string interval_text(const Interval& interval);

}  // namespace zp::analysis
