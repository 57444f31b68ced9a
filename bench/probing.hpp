// SPDX-License-Identifier: MIT
// zpbench --probe, and the short form that every run carries.
#pragma once

#include <string>

#include "bench/options.hpp"
#include "harness/host/facts.hpp"

namespace zp {

// Measures, prints the block, writes what was asked for (--out, --json, --cpu-file).
// Errors: kCannotRun where nothing can be said here.
Outcome<void> run_probe(const Options& options);

// "probe.rule" and so on, for the context; or "probe.missing" with the reason. Takes at most about
// 2 s.
Facts probe_facts(const Roots& roots);

}  // namespace zp
