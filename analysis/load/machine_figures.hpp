// SPDX-License-Identifier: MIT
// Sizes and counts in a context that no machine has. Internal to analysis/load.
#pragma once

#include "analysis/load/result_file.hpp"

namespace zp::analysis {

// Takes them out, so that everything after sees what a context says of a machine, or nothing. A
// clock that Google Benchmark could not measure is no loss.
void drop_impossible(Context& context, Lost& lost);

}  // namespace zp::analysis
