// SPDX-License-Identifier: MIT
// The family `pin`: what becomes of pages that share a frame when they are registered, locked or
// lent to the kernel, and whether ksmd merges them again.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

enum class PinWay {
  kIoUring,       // fixed buffers: IORING_REGISTER_BUFFERS, a long-term pin for writing, as RDMA's
  kMlock,         // mlock: faults every page in, for writing where it is writable
  kMlockOnfault,  // mlock2(MLOCK_ONFAULT): pages that are there already stay what they are
  kVmsplice,      // pipes hold every page: a reference for reading
};

struct PinRequest {
  PlacementId placement{PlacementKind::kKsmSingle, 0};
  PinWay way = PinWay::kIoUring;
  std::uint64_t table_bytes = 32ULL << 20;
};

std::string_view to_string(PinWay way);

// Figures: pages; unshared_pages and unshared_share (on the zero page or in a KSM frame before, by
// census, and not while they are held); zero_page_share, ksm_share and frames then; ns_per_page of
// the calls. For KSM's placements, by census again: held_merged_share once ksmd has scanned
// everything three times while they are held, released_merged_share three scans after they were
// given back. Errors: those of place(); kCannotRun with the call and errno; kFailed when a census
// before does not show the placement, a page is gone, or memory does not hold zeros afterwards.
Outcome<Figures> measure_pin(const PinRequest& request, FamilyEnvironment& environment);

}  // namespace zp
