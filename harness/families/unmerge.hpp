// SPDX-License-Identifier: MIT
// The family `unmerge`: giving merged pages back their own frames, both ways the kernel offers.
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

enum class UnmergeWay { kMadvise, kRun2 };  // MADV_UNMERGEABLE; 2 written to ksm/run

struct UnmergeRequest {
  PlacementId placement{PlacementKind::kKsmSingle, 0};
  UnmergeWay way = UnmergeWay::kMadvise;
  std::uint64_t table_bytes = 256ULL << 20;
};

// Figures: ns_per_page (of the table), seconds, unmerged_pages, unmerged_share of the pages, and
// pages_per_second (absent where none was unmerged); zero_page_share after it (above 0 on kernels
// that leave zero pages where KSM has put them, before Linux 6.6); needed_bytes_per_page: by how
// much free memory (accounts.hpp) fell, over the pages unmerged, absent where it rose.
// Errors: those of place(); kCannotRun without memory or without frames in sight; kFailed when a
// page stays in a KSM frame or does not hold zeros any more.
Outcome<Figures> measure_unmerge(const UnmergeRequest& request, FamilyEnvironment& environment);

}  // namespace zp
