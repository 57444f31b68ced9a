// SPDX-License-Identifier: MIT
#pragma once

#include "harness/support/error.hpp"

namespace zp {

// Google Benchmark takes every flag of its own from the environment, too (BENCHMARK_OUT, ...),
// before main() begins: also those that are refused on the command line. Where there are any, they
// are named and this program is started anew without them. Errors: kUsage where that can't be done.
Outcome<void> shed_library_environment(char** argv);

}  // namespace zp
