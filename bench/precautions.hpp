// SPDX-License-Identifier: MIT
// What is refused before anything is measured, and what a killed run left.
#pragma once

#include <string>

#include "bench/choice.hpp"

namespace zp {

// PAPI and Google Benchmark read /proc/cpuinfo to its end: where a FIFO or /dev/zero masks it, it
// has none.
Outcome<void> check_cpuinfo();

// Google Benchmark reads what the machine says of its CPUs, and keeps it. Where it does not
// understand that, it ends the program; so this is called before anything is changed. Errors:
// kCannotRun.
Outcome<void> let_library_look();

// What the run will take, in words. Refuses more than an hour that nobody asked for, and a file
// that may not grow to hold the rows.
Outcome<std::string> bounded(const Roots& roots, const Chosen& chosen, const Options& options);

// KSM may be undone as a whole (run=2) only when nobody else's pages are merged.
Outcome<void> refuse_foreign_merges(const Roots& roots, const Chosen& chosen);

// Puts back what a killed run left changed, and says so. REQUIRES: the host's lock is held.
Outcome<void> take_over_host(const Roots& roots);

// --restore.
Outcome<void> restore(const Roots& roots);

// A thread that can't be had, memory that runs out where nobody catches it: the process will end,
// but not with knobs changed. The lock is held meanwhile, by this process.
void restore_where_all_else_fails();

}  // namespace zp
