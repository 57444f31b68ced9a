// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "bench/current_table.hpp"
#include "bench/options.hpp"
#include "bench/row_model.hpp"
#include "harness/counters/counters.hpp"

namespace zp {

// What the cells are measured with.
struct Instruments {
  CurrentTable& current;
  const Counters& counters;
  RowModel& row_model;
  Progress& progress;
};

// Registers every cell with Google Benchmark. The cells and the instruments must outlive the run.
void register_cells(const std::vector<Cell>& cells, const Options& options,
                    Instruments instruments);

}  // namespace zp
