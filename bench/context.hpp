// SPDX-License-Identifier: MIT
#pragma once

#include "bench/options.hpp"
#include "harness/host/facts.hpp"

namespace zp {

// What goes into the JSON context (results/README.md, "Context keys"), as found before anything is
// changed.
Facts collect_context(const Roots& roots, const Options& options);

// What may disturb the figures on this host, with advice: "KIND" -> text. Processes are named on
// the terminal, and only counted in results, which are published.
enum class Processes { kNamed, kCounted };
Facts host_warnings(const Roots& roots, Processes processes);

// What affects rows of so many threads on these CPUs: cores that are shared, caches that differ.
Facts thread_warnings(const Roots& roots, std::size_t threads, const std::vector<int>& cpus);

}  // namespace zp
