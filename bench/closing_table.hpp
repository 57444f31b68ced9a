// SPDX-License-Identifier: MIT
// What a run by hand ends with: the table that scripts/run-matrix.sh prints, made by the same
// program.
#pragma once

#include <string>

namespace zp {

// Of these results, to stdout. Without zpanalyze beside this program (in a guest, say) nothing:
// every figure was printed when it was measured.
void print_closing_table(const std::string& json);

}  // namespace zp
