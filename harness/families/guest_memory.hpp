// SPDX-License-Identifier: MIT
// The census of another process's mergeable memory, page by page with its contents.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct AddressRange {
  std::uint64_t first = 0, end = 0;  // bytes
};

// The process's mappings that KSM may merge (VmFlags "mg" in smaps), in address order.
Outcome<std::vector<AddressRange>> mergeable_ranges(const Roots& roots, pid_t process);

struct GuestCensus {
  std::uint64_t present_pages = 0;
  std::uint64_t zero_pages = 0;  // that hold only zeros, of those present; and what backs them:
  std::uint64_t zero_on_zero_page = 0, zero_in_ksm_frames = 0, zero_in_own_frames = 0;
  std::uint64_t other_in_ksm_frames = 0;  // pages with contents that are merged
  std::uint64_t huge_pages = 0;           // 4 KiB (system) pages that lie in huge pages
  std::uint64_t frames = 0;               // distinct, the zero page's among them
};

// The process should be stopped meanwhile. Reads only what is present, so it changes nothing.
// Errors: kCannotRun where frames or memory can't be seen (needs CAP_SYS_ADMIN and ptrace access).
Outcome<GuestCensus> take_guest_census(const Roots& roots, pid_t process,
                                       const std::vector<AddressRange>& ranges);

}  // namespace zp
