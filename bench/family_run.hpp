// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "bench/families.hpp"
#include "bench/measure.hpp"

namespace zp {

// Registers the cells with Google Benchmark, to be measured after the reads. Cells and instruments
// must outlive the run.
void register_families(const std::vector<FamilyCell>& cells, const Options& options,
                       Instruments instruments);

}  // namespace zp
