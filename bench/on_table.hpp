// SPDX-License-Identifier: MIT
// Cells of families that are measured on the current table, which cells of the same placement
// share: making it takes longer than measuring.
#pragma once

#include "bench/current_table.hpp"
#include "harness/programs/measure.hpp"

namespace zp {

struct TableBench {
  const PlacedTable& table;
  const std::vector<int>& cpus;  // of the table's node; this thread is on the first
  const Roots& roots;
  Meter meter;                              // around what is timed
  std::function<Outcome<Census>()> finish;  // the census after timing
  std::function<bool()> cancelled;
  std::uint64_t counted = 0;  // what the meter was on for, to divide its counts by
};

using MeasureOnTable = std::function<Outcome<Figures>(TableBench&)>;

}  // namespace zp
