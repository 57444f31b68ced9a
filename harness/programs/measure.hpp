// SPDX-License-Identifier: MIT
// A program timed on a placed table, and the figures of its row.
#pragma once

#include <functional>

#include "harness/memory/placement.hpp"
#include "harness/programs/program.hpp"
#include "harness/programs/roofs.hpp"
#include "harness/support/figures.hpp"

namespace zp {

// What is switched on and off right around the timed runs.
struct Meter {
  std::function<void()> start = [] {}, stop = [] {};
};

struct ProgramTiming {
  double seconds = 0;
  std::uint64_t elements = 0;  // of all timed runs
  double cpu_share = 1;        // of a CPU that this thread had meanwhile
};

// The table as a program sees it.
ProgramTable program_table(const PlacedTable& placed);

// Runs the program until `least_seconds` have passed, after a run that warms caches and TLB. Every
// result is checked. Errors: those of prepare(); kUsage for a table that does not hold zeros;
// kCannotRun without memory; kFailed for a wrong result; kInterrupted.
Outcome<ProgramTiming> time_program(const ProgramEntry& program, const ProgramTable& table,
                                    double least_seconds, const Meter& meter, const Roots& roots,
                                    const std::function<bool()>& cancelled);

// Figures: ns_per_element; bytes_per_second of the table; cpu_share; and, for a program that only
// reads, roof_bytes_per_second and roof_share: of the read roof above the table's frames (absent
// without).
Figures program_figures(const ProgramEntry& program, const ProgramTiming& timing,
                        const Census& census, const Roofs* roofs);

}  // namespace zp
