// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <vector>

#include "bench/lab.hpp"
#include "bench/modelled.hpp"
#include "bench/options.hpp"
#include "harness/counters/counters.hpp"

namespace zp {

// What the cells are measured with.
struct Instruments {
  Lab& lab;
  const Counters& counters;
  Modelled& modelled;
  Progress& progress;
};

// Registers every cell with Google Benchmark. The cells and the instruments must outlive the run.
void register_cells(const std::vector<Cell>& cells, const Options& options,
                    Instruments instruments);

}  // namespace zp
