// SPDX-License-Identifier: MIT
// The family `rmap`: what the kernel pays to find every page that is mapped to one frame (the
// reverse map), where it takes the frame away. For a KSM frame it goes, for each page that was
// merged into it, through all mappings (VMAs) of the memory that the page was once part of
// (mm/ksm.c, rmap_walk_ksm); for a frame of one page it looks up the one mapping; the zero page has
// no reverse map, and is neither swapped out nor moved.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

enum class RmapWay {
  // MADV_PAGEOUT, which takes no frame that several pages are mapped to: all but one of the pages
  // that KSM has merged are given up before (MADV_DONTNEED). KSM's records of them stay until ksmd
  // scans again, and the reverse map goes through them all.
  kPageout,
  kMigrate,  // move_pages(2) to another NUMA node: all pages stay mapped
};

struct RmapRequest {
  PlacementId placement;      // kKsmNonzero, kPrivate or kReadFault
  std::uint64_t sharers = 1;  // pages of one frame
  std::uint64_t vmas = 1;     // that the table is cut into
  RmapWay way = RmapWay::kPageout;
};

std::string_view to_string(RmapWay way);

// Pages of the table that such a request takes.
std::uint64_t rmap_table_pages(const RmapRequest& request);

// Figures: walked_frames (of which each was taken away by a call of its own), vmas_seen (mappings
// of the table, by /proc/self/maps), ns_per_frame (of the calls), taken_frames (census after:
// swapped out, or on the other node; none of the zero page). Errors: kCannotRun (no KSM, no swap
// and no zram, one NUMA node, too many mappings for this process), kInterrupted; kFailed when a
// census shows something other than the placement before, when a frame that has a reverse map stays
// or one that has none goes, or when memory is not what was written.
Outcome<Figures> measure_rmap(const RmapRequest& request, FamilyEnvironment& environment);

}  // namespace zp
