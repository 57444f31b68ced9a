// SPDX-License-Identifier: MIT
// From what the user asked for to what is counted on this host.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/counters/plan.hpp"
#include "harness/host/roots.hpp"

namespace zp {

// "auto", and the sources for all events.
std::vector<std::string_view> counter_source_choices();

struct Counters {
  std::vector<std::unique_ptr<CounterSource>> sources;  // what plan.groups point to
  CounterPlan plan;
  std::string source;  // "papi", "perf", "cpuinfo", or "none"
};

// `set`: "auto" (all that the CPU's profile has), "none", or keys and events' names, separated by
// commas. "auto" takes the first source that sees a PMU, else the last. Errors: kUsage for a name
// that nobody knows, with the nearest ones; kCannotRun for a source that was asked for and is
// missing.
Outcome<Counters> choose_counters(const Roots& roots, const std::string& set,
                                  std::string_view choice = "auto");

// The names of those sources that the plan counts with, or "none".
std::string sources_of(const Counters& counters);

}  // namespace zp
