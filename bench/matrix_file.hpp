// SPDX-License-Identifier: MIT
// A matrix under a command line: it says what the command line does not.
#pragma once

#include <string>
#include <vector>

#include "bench/lists.hpp"

namespace CLI {
class App;
}

namespace zp {

// One "option = value" of a matrix, and where it stands ("FILE:7"), for error messages.
struct MatrixLine {
  std::string where, option, value;
};

struct AppliedMatrix {
  Origins origins;
  std::vector<std::vector<MatrixLine>> blocks;  // without what the command line says
};

// Gives options of `app` that nobody wrote their values from the matrix. Errors: kUsage, naming the
// matrix's line.
Outcome<AppliedMatrix> apply_matrix(CLI::App& app, const std::string& name);

// The cross product of the lists, or of those of each block.
Outcome<Matrix> parse_blocks(const ListTexts& lists, const AppliedMatrix& applied);

}  // namespace zp
