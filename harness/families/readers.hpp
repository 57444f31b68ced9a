// SPDX-License-Identifier: MIT
// The family `readers`: several CPUs that read the same frames at once. Is one shared frame a hot
// spot?
#pragma once

#include <functional>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/figures.hpp"

namespace zp {

enum class ReaderCpus {
  kCores,      // one CPU on each core of the table's node
  kSiblings,   // two that share a core (SMT)
  kOtherNode,  // one on the table's node, one on another
};

struct ReadersRequest {
  ReaderCpus cpus = ReaderCpus::kCores;
  std::size_t readers = 2;
  std::uint64_t stride_bytes = 64;
  double seconds = 0.1;  // of the first reader alone, and of all together
};

// The CPUs that will read, the first one also alone. `cpus`: of the table's node.
// Errors: kCannotRun, with what this machine has instead.
Outcome<std::vector<int>> choose_readers(const ReadersRequest& request, const Roots& roots,
                                         const std::vector<int>& cpus);

// Every reader walks the whole table, again and again. Figures: alone_ns_per_read of the first CPU;
// ns_per_read_cpuN of each while all read; ns_per_read (the mean of these); slowdown (the first
// CPU's, together over alone); readers; cpu_share (of its CPU, for the reader that had least).
// Errors: those of choose_readers(); kFailed for a wrong sum; kInterrupted.
Outcome<Figures> measure_readers(const ReadersRequest& request, const PlacedTable& placed,
                                 const Roots& roots, const std::vector<int>& cpus,
                                 const std::function<bool()>& cancelled);

}  // namespace zp
