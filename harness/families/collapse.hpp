// SPDX-License-Identifier: MIT
// The family `collapse`: pages of zeros that were put where they cost nothing, and khugepaged, or
// MADV_COLLAPSE, which makes huge pages of them again. khugepaged takes a zero page for a page that
// is not there (mm/khugepaged.c: is_zero_pfn, none_or_zero), and max_ptes_none says how many of
// those a huge page may have; a KSM frame it leaves alone.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/families/family.hpp"
#include "harness/families/khugepaged.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {

// How many pages of each huge page hold zeros; the others hold what no other page does.
enum class CollapseZeros {
  kAllButOne,
  kHalf,
};

enum class CollapseWay {
  kKhugepaged,
  kMadvise,  // MADV_COLLAPSE (Linux 6.1), which max_ptes_none does not bind
};

struct CollapseRequest {
  PlacementId placement;  // of the pages of zeros: kKsmZeroPage, kKsmDefault or kReadFault
  CollapseZeros zeros = CollapseZeros::kAllButOne;
  PtesNone ptes_none = PtesNone::kAllButOne;
  CollapseWay way = CollapseWay::kKhugepaged;
  std::uint64_t table_bytes = 64ULL << 20;
};

std::string_view to_string(CollapseZeros zeros);
std::string_view to_string(CollapseWay way);

// Figures: pages_of_zeros and frames_before (census before; every page of zeros is in its
// placement then); max_ptes_none (the number written); lost_pages and lost_share (of the pages of
// zeros: in huge pages of this process's own afterwards); frames_after (census after; a
// huge page counts as the small frames it is made of); own_ksm_zero_pages (that KSM still says it
// has put on the zero page, where it says so). thp_collapse_alloc (huge pages that the kernel
// allocated to collapse into meanwhile, of the whole machine: also those it gave back).
// kKhugepaged: full_scans (of khugepaged, by its own count, that it was given), and
// lost_pages_per_scan (over those scans in which something was lost; absent where nothing was).
// kMadvise: refused_huge_pages (of calls that failed) and ns_per_huge_page (of the calls). Errors:
// kCannotRun (no huge pages, no KSM, no MADV_COLLAPSE, khugepaged gets no CPU), kInterrupted;
// kFailed when a census shows something other than the placement before, when pages are neither in
// their placement nor in huge pages afterwards, or when memory is not what was written.
Outcome<Figures> measure_collapse(const CollapseRequest& request, FamilyEnvironment& environment);

}  // namespace zp
