// SPDX-License-Identifier: MIT
// The timed loops. They live in a translation unit of their own, compiled without link-time
// optimisation, so that no caller can hoist, fold or inline them; tests/unit/walk/kernels_asm_test.sh
// checks their machine code (loads there, no calls, no stores).
#pragma once

#include <cstdint>

#include "harness/walk/walk.hpp"

namespace zp {

// Reads every slot of the walk once, in its order, and returns the sum of the words (modulo 2^64):
// a sink for the loads that is also a check, since who filled the table knows what it must be.
std::uint64_t run_walk(const Walk& walk);

}  // namespace zp
