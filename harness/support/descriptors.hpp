// SPDX-License-Identifier: MIT
#pragma once

#include "harness/support/error.hpp"

namespace zp {

// Where standard input, output or error were closed by who started this, the next files opened
// would take their places, and what is printed would go into them. From here on it goes nowhere,
// and flush_stdout() says so. To be called before any file is opened.
void keep_standard_descriptors();

// Whether as many files can be opened at once as any work here takes. Below that libraries end the
// program in the middle, with words of their own.
Outcome<void> check_descriptors();

}  // namespace zp
