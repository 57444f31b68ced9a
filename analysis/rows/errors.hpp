// SPDX-License-Identifier: MIT
// Rows that are not measurements, with their reasons.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

// Those of the set; a reason says it where other repetitions of the cell were measured.
std::vector<ErrorRow> marked_errors(const ResultSet& set);

// "ksm_zero_page (4 cells): reason": what can't be made here fails in every cell. Where it does
// not, by the cells of `set`, it is said where: "ksm_zero_page at stride 1024: reason".
std::vector<std::string> grouped_errors(const std::vector<ErrorRow>& errors,
                                        const ResultSet* set = nullptr);
// The same as lines of at most `width`, two blanks in front.
std::string error_list(const std::vector<ErrorRow>& errors, std::size_t width,
                       const ResultSet* set = nullptr);

}  // namespace zp::analysis
