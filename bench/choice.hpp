// SPDX-License-Identifier: MIT
// The cells that a command line asks for.
#pragma once

#include <string>
#include <vector>

#include "bench/cell.hpp"
#include "bench/families.hpp"
#include "bench/options.hpp"

namespace zp {

struct Chosen {
  std::vector<Cell> cells;  // of reads
  std::vector<FamilyCell> families;
  std::string left_out;  // what the matrix asks for and can't be, in words

  bool empty() const { return cells.empty() && families.empty(); }
};

// Of all its blocks, each once.
std::vector<PlacementId> placements_of(const Matrix& matrix);

// What --filter and --exclude leave in; in passes after the first without the cells of --once,
// unless that leaves none.
Outcome<Chosen> choose(const Options& options);

// On stderr, where there is something.
void say_left_out(const Chosen& chosen);

}  // namespace zp
