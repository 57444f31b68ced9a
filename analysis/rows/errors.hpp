// SPDX-License-Identifier: MIT
// Rows that are not measurements, with their reasons.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

// "ksm_zero_page (4 cells): reason": what can't be made here fails in every cell.
std::vector<std::string> grouped_errors(const std::vector<ErrorRow>& errors);
// The same as lines of at most `width`, two blanks in front.
std::string error_list(const std::vector<ErrorRow>& errors, std::size_t width);

}  // namespace zp::analysis
