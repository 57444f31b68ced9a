// SPDX-License-Identifier: MIT
// The family `fault`: what the first touch of untouched memory costs, next to touching memory that
// is merged already ("number crunching with uninitialized tables ... the zero page read speed
// matters").
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct FaultRequest {
  // What the touch makes of untouched memory: read_fault, shmem_hole and huge_zero by reading,
  // private and huge_private by writing, populate_read and uffd_zero by their own calls. A
  // placement of KSM is merged before, and read.
  PlacementId placement{PlacementKind::kReadFault, 0};
  std::uint64_t table_bytes = 256ULL << 20;
};

// Figures: ns_per_page, faults, ns_per_fault (absent without faults) of the first touch of every
// page, and gib_per_second, as `perf bench mem mmap` prints it (its "GB" are 2^30 bytes);
// again_ns_per_page, again_faults of the second. A census after each of the two shows the
// placement; one before them shows untouched memory, or the placement where it is KSM's.
// Errors: those of place(); kCannotRun without memory; kFailed when a census shows something else.
Outcome<Figures> measure_fault(const FaultRequest& request, FamilyEnvironment& environment);

}  // namespace zp
