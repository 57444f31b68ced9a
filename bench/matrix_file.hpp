// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/support/error.hpp"

namespace zp {

// One "option = value" of a matrix, and where it stands ("FILE:7"), for error messages.
struct MatrixLine {
  std::string where, option, value;
};

// Blank lines and lines that begin with # are left out. Errors: kUsage, naming the line, for what
// is no "option = value", an option that does not choose cells, and one that is there twice.
Outcome<std::vector<MatrixLine>> parse_matrix(const std::string& name, const std::string& text);

}  // namespace zp
