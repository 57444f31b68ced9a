// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/families.hpp"
#include "bench/options.hpp"
#include "harness/host/roots.hpp"

namespace zp {

// --list: a name a line, or an array of objects with the cell's parts.
std::string list_cells(const std::vector<Cell>& cells, const std::vector<FamilyCell>& families,
                       bool json);

// --dry-run: tables, memory, knobs that would be written (with their values now), time.
std::string dry_run(const Roots& roots, const std::vector<Cell>& cells,
                    const std::vector<FamilyCell>& families, const Options& options);

}  // namespace zp
