// SPDX-License-Identifier: MIT
// The family `split`: huge pages are split, each of which holds zeros in all its pages but the
// last. Since Linux 6.12 the pages of zeros go to the zero page then, whatever use_zero_pages and
// shrink_underused say (mm/migrate.c, try_to_map_unused_to_zeropage): which ways of splitting do
// that, to how many pages, and what looking for zeros costs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "harness/families/family.hpp"
#include "harness/families/khugepaged.hpp"
#include "harness/support/error.hpp"

namespace zp {

// What all pages of a huge page but the last hold; that one never holds zeros.
enum class SplitContents {
  kZero,
  kFirstWord,  // zeros, but for their first word: the first look tells
  kLastWord,   // zeros, but for their last word: only the last look tells
};

enum class SplitWay {
  kDebugfs,            // split_huge_pages of debugfs
  kPageout,            // MADV_PAGEOUT of the last page
  kFree,               // MADV_FREE of the last page
  kKsm,                // MADV_MERGEABLE: ksmd splits what it is about to merge a page of
  kDontneed,           // MADV_DONTNEED of the last page: the mapping is split, the huge page is not
  kMovePages,          // move_pages(2) of the first page to another node: the huge page goes whole
  kDontneedMovePages,  // the same after kDontneed: it is split first (Linux 6.10)
  // Reclaim in a control group of its own, without swap: huge pages go to the shrinker, which
  // splits those with more than max_ptes_none pages of zeros where shrink_underused is on
  // (Linux 6.12).
  kReclaim,
  kDontneedReclaim,  // the same after kDontneed: the shrinker splits what is mapped in part
};

struct SplitRequest {
  SplitContents contents = SplitContents::kZero;
  SplitWay way = SplitWay::kDebugfs;
  bool use_zero_pages = false;
  bool shrink_underused = false;           // the shrinker of huge pages that are mostly zeros
  std::optional<PtesNone> ptes_none = {};  // to be set; else as it is
  std::uint64_t table_bytes = 64ULL << 20;
};

std::string_view to_string(SplitContents contents);
std::string_view to_string(SplitWay way);

constexpr bool moves(SplitWay way) {
  return way == SplitWay::kMovePages || way == SplitWay::kDontneedMovePages;
}
constexpr bool reclaims(SplitWay way) {
  return way == SplitWay::kReclaim || way == SplitWay::kDontneedReclaim;
}

// Figures: huge_pages and pages_of_zeros (before); huge_share, zero_page_share, ksm_share,
// zero_pages, frames (census after); thp_split_page and thp_underused_split_page (huge pages that
// the kernel split meanwhile, of the whole machine, and those of them that the shrinker found to be
// zeros for the most part); ns_per_page and ns_per_huge_page of the calls that split (not kKsm), or
// of those that might have; moved_pages (ways that move: on the other node afterwards);
// max_ptes_none (where it is set: the number written); own_ksm_zero_pages (pages of this process
// that KSM says it has put on the zero page, where it says so, less those before). kKsm only:
// scanned_pages, by ksmd in its second scan, in which it splits, zero_pages_per_scanned_page, and
// third_scan_pages, scanned in the next. Errors: kCannotRun (no huge pages to be had, no debugfs,
// no KSM, kKsm: others use it, no such knob where it is to be on, one NUMA node, no control group
// of memory), kInterrupted; kFailed when a census shows something other than huge pages before,
// when pages that held no zeros are on the zero page afterwards, when a way that asks KSM for
// nothing moves its counter, when a huge page neither moves nor is split, or when memory is not
// what was written.
Outcome<Figures> measure_split(const SplitRequest& request, FamilyEnvironment& environment);

}  // namespace zp
