// SPDX-License-Identifier: MIT
#pragma once

#include "harness/support/error.hpp"

namespace zp {

// Starts that many threads besides this one, all at once, and ends them: where the library can't
// make one it ends the process, which leaves knobs changed. Errors: kCannotRun, with how many there
// can be.
Outcome<void> check_threads(int count);

}  // namespace zp
