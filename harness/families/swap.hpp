// SPDX-License-Identifier: MIT
// The family `swap`: a table is swapped out (MADV_PAGEOUT) and read again. Since Linux 6.12 a page
// of zeros is noted in a bitmap (the zeromap) and reaches no swap device; what a read maps
// afterwards is not the zero page, from which it may once have come, but a frame of its own.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/families/family.hpp"
#include "harness/support/error.hpp"

namespace zp {

enum class SwapContents {
  kZero,
  kOneWord,  // zeros but for one word in the middle
  kNonzero,  // 0x5a in every byte
};

enum class SwapWay {
  kZram,  // to a swap area of our own in compressed memory, there for this row only
  kHost,  // to what swap the machine has
};

struct SwapRequest {
  SwapContents contents = SwapContents::kZero;
  SwapWay way = SwapWay::kZram;
  std::uint64_t table_bytes = 64ULL << 20;
};

std::string_view to_string(SwapContents contents);
std::string_view to_string(SwapWay way);

// Figures: pages (of the table); out_ns_per_page (MADV_PAGEOUT of the table), in_ns_per_page (one
// read of every page afterwards; absent where fewer than 99 % of the pages came from swap),
// zero_page_share, frames (census after reading); what the kernel counted meanwhile for the whole
// machine, where it counts it: swpout_zero, pswpout, zswpout, swpin_zero, pswpin, zswpin (pages);
// kZram: device_pages and device_bytes_per_page (what arrived on the device, and what it takes
// there). Errors: kCannotRun (no zram, no swap, no root, no MADV_PAGEOUT), kInterrupted; kFailed
// when a census shows that the pages were not private before, not all swapped out, or not all there
// after reading, when the kernel's counters do not account for them, or memory is not what was
// written.
Outcome<Figures> measure_swap(const SwapRequest& request, FamilyEnvironment& environment);

}  // namespace zp
