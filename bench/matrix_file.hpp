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

// A matrix is one cross product of lists, or several: lines after a "[title]" are of that block
// alone, in the place of those before the first. Cells of several blocks are measured once. A list
// of the command line replaces that of every block; of --placements a block with a list of its own
// takes those that it names.
struct MatrixFile {
  std::vector<MatrixLine> lines;
  std::vector<std::vector<MatrixLine>> blocks;
};

// `passes` is how often run-matrix.sh starts a process, where it isn't told: checked, left out.
// Blank lines and lines that begin with # are left out. Errors: kUsage, naming the line, for what
// is neither "option = value" nor a title, an option that does not choose cells, one that is given
// twice, and one of a block that is not a list of reads.
Outcome<MatrixFile> parse_matrix(const std::string& name, const std::string& text);

}  // namespace zp
