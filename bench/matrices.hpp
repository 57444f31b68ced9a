// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/support/error.hpp"

namespace zp {

// Those that are built in, separated by ", ".
std::string matrix_names();

// The text of a matrix: "quick", "full", ... are built in (bench/matrices/), else `name` is a file.
Outcome<std::string> matrix_text(const std::string& name);

}  // namespace zp
