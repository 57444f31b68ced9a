// SPDX-License-Identifier: MIT
#pragma once

#include "harness/support/error.hpp"

namespace zp {

// Starts that many threads besides this one, all at a time, and ends them: the library ends the
// process where one can't be made, which leaves knobs changed. Errors: kCannotRun, with how many
// there can be.
Outcome<void> check_threads(int count);

}  // namespace zp
