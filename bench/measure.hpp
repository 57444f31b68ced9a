// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <vector>

#include "bench/lab.hpp"
#include "bench/options.hpp"

namespace zp {

// Registers every cell with Google Benchmark. The cells and the lab must outlive the run.
void register_cells(const std::vector<Cell>& cells, const Options& options, Lab& lab);

}  // namespace zp
