// SPDX-License-Identifier: MIT
// Rows of the families beside reads as plain text: a row a cell, a column a figure.
#pragma once

#include <string>

#include "analysis/load/name.hpp"
#include "analysis/load/result_set.hpp"

namespace zp::analysis {

// Medians of the repetitions, in blocks of columns that fit into `width`; rows without figures
// with their reason. `show_times`: also figures that depend on a clock (emulated runs hide them).
// Empty where the set has only reads.
std::string family_tables(const ResultSet& set, std::size_t width, bool show_times);

}  // namespace zp::analysis
