// SPDX-License-Identifier: MIT
// The family `metadata`: the bookkeeping the kernel keeps for merged pages ("one page more or less
// in the metadata won't change much").
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct MetadataRequest {
  PlacementId placement{PlacementKind::kKsmSingle, 0};  // or ksm_default, ksm_zero_page
  std::uint64_t table_bytes = 256ULL << 20;
};

// After merging a table of zeros and three more full scans, in which ksmd forgets what it needs no
// longer. Figures, all but the first two per page of the table:
//   merged_pages
//   stable_nodes                        frames and chains in KSM's stable tree, of the machine
//   rmap_items_per_page                 records of this process (since Linux 6.1)
//   computed_rmap_bytes_per_page        the same times the size of a record
//   computed_stable_node_bytes_per_page stable_nodes times the size of a node
//   slab_rmap_bytes_per_page            /proc/slabinfo, where the kernel keeps them apart
//   unreclaimable_change_bytes_per_page SUnreclaim of the whole machine: holds both, and more
//   page_table_change_bytes_per_page    VmPTE of this process
//   free_change_bytes_per_page          free memory of the machine (accounts.hpp)
//   mem_available_change_bytes_per_page MemAvailable, which lags: CPUs keep freed pages
// "computed" is arithmetic: the size of a record is the slab's where the kernel reports it (then
// also exact), else that of mm/ksm.c. A change is after merging less before. Errors: kCannotRun,
// kInterrupted, those of run_merge(), kFailed by a census.
Outcome<Figures> measure_metadata(const MetadataRequest& request, FamilyEnvironment& environment);

}  // namespace zp
