// SPDX-License-Identifier: MIT
// The family `fault` with processes of its own: what the huge zero page costs the process that gets
// it first, and several that start using it at once. A process counts as one user of it, and the
// first user makes it (a kernel with CONFIG_PERSISTENT_HUGE_ZERO_FOLIO, 2025, keeps it).
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct FaultProcessesRequest {
  PlacementId placement{PlacementKind::kHugeZero, 0};  // or kReadFault: 4 KiB, which nobody counts
  std::size_t processes = 2;
  std::uint64_t table_bytes = 256ULL << 20;
};

// Every process, on a core of its own, first touches its own table, all from the same moment on;
// before that the first one alone. Median of several rounds of new processes. Figures:
// alone_ns_per_page, together_ns_per_page (mean over the processes), touch_slowdown (the first
// process's, together over alone), gib_per_second (of all), processes, thp_zero_page_alloc (times
// the kernel made the huge zero page meanwhile; absent where it does not say), cpu_share (of its
// CPU, for the process that had least). A census in each process shows the placement. Errors:
// kCannotRun (cores, huge pages), kFailed by a census, kInterrupted.
Outcome<Figures> measure_fault_processes(const FaultProcessesRequest& request,
                                         FamilyEnvironment& environment);

struct FaultDroppedRequest {
  std::uint64_t table_bytes = 256ULL << 20;
};

// Writes 2 to /proc/sys/vm/drop_caches, which takes the huge zero page from a kernel that keeps it
// only while it has users (and directory entries and inodes from everybody), and lets a new process
// touch a table; then another, without. Figures: first_huge_page_ns of the first touch of the one,
// kept_first_huge_page_ns of the other, dropped_ns_per_page of all of the first table,
// zero_page_allocs and kept_zero_page_allocs (times the kernel made the huge zero page), cpu_share.
// Errors: as above; kCannotRun where the page was not taken and is not known to be persistent:
// somebody uses it.
Outcome<Figures> measure_fault_dropped(const FaultDroppedRequest& request,
                                       FamilyEnvironment& environment);

}  // namespace zp
