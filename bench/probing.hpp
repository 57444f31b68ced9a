// SPDX-License-Identifier: MIT
// zpbench --probe, and the short form that every run carries.
#pragma once

#include <vector>

#include "bench/options.hpp"
#include "harness/host/facts.hpp"

namespace zp {

// Measures, prints the block, writes what was asked for (--out, --json, --cpu-file).
// Errors: kCannotRun where nothing can be said here.
Outcome<void> run_probe(const Options& options);

struct ProbeInRun {
  Facts facts;  // "probe.rule" and so on, for the context; or "probe.missing" with the reason
  Outcome<std::vector<std::uint64_t>> rule;  // usable_rule() of it
};

// Takes at most about 2 s; half of that where only the rule is wanted.
ProbeInRun probe_in_run(const Roots& roots, bool rule_only);

}  // namespace zp
