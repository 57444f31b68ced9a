// SPDX-License-Identifier: MIT
// From what the user asked for to what is counted on this host.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/counters/plan.hpp"
#include "harness/host/roots.hpp"

namespace zp {

enum class SourceChoice { kAuto, kPapi, kPerf };

struct Counters {
  std::vector<std::unique_ptr<CounterSource>> sources;  // what plan.groups point to
  CounterPlan plan;
  std::string source;  // "papi", "perf", "cpuinfo", or "none"
};

// `set`: "auto" (all that the CPU's profile has), "none", or keys and events' names, separated by
// commas. kAuto takes PAPI where it is built in and sees a PMU, else perf. Errors: kUsage for a
// name that nobody knows, with the nearest ones; kCannotRun for a source that was asked for and is
// not there.
Outcome<Counters> choose_counters(const Roots& roots, const std::string& set, SourceChoice choice);

}  // namespace zp
