// SPDX-License-Identifier: MIT
// One pass: from the cells to the file of their rows.
#pragma once

#include "bench/choice.hpp"

namespace zp {

// Measures every cell once and writes what was asked for; knobs are as before when it returns.
// Errors: kUsage, kCannotRun before anything was changed; kFailed where a cell failed its
// verification; the signal's where one came.
Outcome<void> measure_pass(const Options& options, const Chosen& chosen);

}  // namespace zp
