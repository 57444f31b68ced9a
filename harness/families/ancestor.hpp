// SPDX-License-Identifier: MIT
// The family `ancestor`: the two microbenchmarks that decided in October 2012 how the huge zero
// page was to be made (docs/2012-huge-zero-page.md).
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct AncestorRequest {
  PlacementId placement{PlacementKind::kHugeZero, 0};
  bool seek = false;  // one byte per page; else memcmp of everything
  std::uint64_t table_bytes = 8ULL << 30;
  double least_seconds = 1;  // of timed passes; at least three are made
};

// Figures: pass_s (one comparison of the halves, the median), passes, ns_per_page (pass_s over the
// pages of the table), frames, zero_page_share, huge_share (census after timing).
// Errors: those of place(); kFailed when the census does not show the placement; kInterrupted.
Outcome<Figures> measure_ancestor(const AncestorRequest& request, FamilyEnvironment& environment);

}  // namespace zp
