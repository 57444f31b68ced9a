// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/families.hpp"
#include "bench/options.hpp"
#include "harness/host/roots.hpp"

namespace zp {

// --list: a name per line, or an array of objects with the cell's parts.
std::string list_cells(const std::vector<Cell>& cells, const std::vector<FamilyCell>& families,
                       bool json);

// --dry-run: tables, memory, knobs that would be written (with their values now), time.
std::string dry_run(const Roots& roots, const std::vector<Cell>& cells,
                    const std::vector<FamilyCell>& families, const Options& options);

// What measuring will take, about. Printed before it begins; more than kMostUnaskedSeconds is
// measured only where it is asked for (--long). Cells that memory has no room for take no time.
struct Estimate {
  std::size_t tables = 0;
  std::uint64_t memory_bytes = 0;  // at a time, with page tables and the records of mappings
  double seconds = 0;
};
inline constexpr double kMostUnaskedSeconds = 3600;

Estimate estimate(const Roots& roots, const std::vector<Cell>& cells,
                  const std::vector<FamilyCell>& families, const Options& options);

}  // namespace zp
