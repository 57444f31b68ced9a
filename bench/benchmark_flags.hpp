// SPDX-License-Identifier: MIT
// Google Benchmark's own flags on our command line.
#pragma once

#include <string>
#include <vector>

#include "harness/support/error.hpp"

namespace zp {

struct CommandLine {
  std::vector<std::string> ours;       // in order, without the program's name
  std::vector<std::string> benchmark;  // for Google Benchmark itself
  bool json_to_stdout = false;
};

// Its spelling of what we decide ourselves becomes ours. Errors: kUsage for a flag that means
// nothing here; the library would print a page of usage and exit with 0.
Outcome<CommandLine> translate_benchmark_flags(int argc, const char* const* argv);

}  // namespace zp
