// SPDX-License-Identifier: MIT
#pragma once

#include "harness/support/error.hpp"

namespace zp {

// Where the caller closed standard input, output or error, the next files opened would take their
// places, and output would go into them. From here on it goes nowhere, and flush_stdout() says so.
// To be called before any file is opened.
void keep_standard_descriptors();

// Whether as many files can be opened at once as any work here takes. With fewer, libraries end the
// program midway, with their own words.
Outcome<void> check_descriptors();

}  // namespace zp
