// SPDX-License-Identifier: MIT
// The family `cow`: what it costs to write to a page that is not this process's own, and to merge
// it again.
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct CowRequest {
  PlacementId placement{PlacementKind::kKsmSingle, 0};
  std::uint64_t table_bytes = 256ULL << 20;
};

// Zero is written to the first byte of every page: contents stay. Figures: ns_per_page, faults,
// ns_per_fault (absent without faults) of that write; huge_share after it. For KSM's placements,
// merged again with the same knobs: remerge_wall_ns_per_page, and remerge_cpu_ns_per_page of ksmd
// (absent where the kernel does not report its CPU time). Censuses: the placement before and after
// merging again; in between each page's own frame. A census every 20 ms says when it is merged
// again, and holds ksmd up: both are upper bounds. Errors: those of place() and run_merge();
// kCannotRun without memory; kFailed by a census.
Outcome<Figures> measure_cow(const CowRequest& request, FamilyEnvironment& environment);

}  // namespace zp
