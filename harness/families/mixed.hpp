// SPDX-License-Identifier: MIT
// The family `mixed`: a table of which only a share are zero pages, as a sparse matrix is ("large
// sparse matrices backed by the zero page").
#pragma once

#include <cstdint>
#include <optional>

#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"
#include "harness/walk/walk.hpp"

namespace zp {

enum class MixOrder {
  kRandom,     // zero pages here and there, in an order fixed by a seed
  kClustered,  // all zero pages first, then the others
};

struct MixedRequest {
  // Of the zero pages: read_fault, ksm_single, ksm_default or ksm_zero_page. The other pages are
  // private, each with a content of its own.
  PlacementId placement{PlacementKind::kKsmSingle, 0};
  unsigned zero_percent = 50;
  MixOrder order = MixOrder::kRandom;
  std::uint64_t table_bytes = 64ULL << 20;
  std::uint64_t sparse_stride_bytes = 512, stream_stride_bytes = 64;
  double seconds_a_walk = 0.1;
};

// Figures: ns_per_read_sparse (shuffled reads, one in each 512 bytes), ns_per_read_stream (every
// line in address order), frames, zero_page_share, ksm_share. A census before and after shows that
// just the zero pages are merged, or on the zero page, and every other page has a frame of its own.
// Errors: kUsage for a table of fewer than 200 pages; kCannotRun, kInterrupted, those of
// run_merge(); kFailed by a census or a wrong sum.
Outcome<Figures> measure_mixed(const MixedRequest& request, FamilyEnvironment& environment);

// Whether page `page` of `pages` is to hold zeros.
class MixedPages {
 public:
  MixedPages(std::uint64_t pages, unsigned zero_percent, MixOrder order);

  [[nodiscard]] bool is_zero(std::uint64_t page) const {
    return (shuffled_ ? (*shuffled_)(page) : page) < zeros_;
  }
  [[nodiscard]] std::uint64_t zeros() const { return zeros_; }

 private:
  std::uint64_t zeros_;
  std::optional<Permutation> shuffled_;
};

}  // namespace zp
