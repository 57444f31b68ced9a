// SPDX-License-Identifier: MIT
// Holm's correction: with many cells in a table, some would look changed by chance alone.
#pragma once

#include <span>
#include <vector>

namespace zp::analysis {

// Adjusted p-values in the order given (Holm, Scand. J. Statist. 6 (1979) 65): the chance of even
// one false "changed" in the table stays below alpha.
std::vector<double> holm(std::span<const double> p_values);

}  // namespace zp::analysis
