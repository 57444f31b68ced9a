// SPDX-License-Identifier: MIT
// What the ways of the family `split` do.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/families/split_table.hpp"
#include "harness/host/memory_group.hpp"

namespace zp {

// By a call for each huge page (kDebugfs, kPageout, kFree, kDontneed); again where one could not be
// split just then, because somebody held a reference to it. Gives the seconds that the calls took.
Outcome<double> split_by_calls(const SplitRequest& request, const SplitTable& split,
                               FamilyEnvironment& environment);

// By ksmd, where KSM says so.
struct ScannedPages {
  std::optional<std::uint64_t> second, third;  // scan
};

// In its first scan ksmd takes checksums, in the second it merges, and splits what it is about to
// merge a page of (kKsm).
Outcome<ScannedPages> split_by_ksmd(const SplitTable& split, FamilyEnvironment& environment);

// kDontneedMovePages, kDontneedReclaim: gives the last page of each huge page up (MADV_DONTNEED).
// The mapping is split then, and the huge page, of which a part is mapped, waits to be.
Outcome<void> give_last_pages_up(const SplitTable& split);

struct Moves {
  double seconds = 0;       // that the calls took
  std::uint64_t pages = 0;  // of the table that lie on the other node
};

// Moves the first page of each huge page there (kMovePages, kDontneedMovePages). Errors: kFailed
// where there are huge pages that neither go nor are split.
Outcome<Moves> split_by_moves(const SplitTable& split, int node, FamilyEnvironment& environment);

// Reclaims the group that the table was filled in (kReclaim, kDontneedReclaim); again where some
// huge pages were split, and not all. Gives the seconds that it took.
Outcome<double> split_by_reclaim(const SplitTable& split, const MemoryGroup& group,
                                 FamilyEnvironment& environment);

}  // namespace zp
