// SPDX-License-Identifier: MIT
// The family `guest`: a real guest's memory, merged by the host: what becomes of the zero pages
// that the guest's own kernel made.
#pragma once

#include <cstdint>
#include <string>

#include "harness/families/family.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct GuestRequest {
  bool use_zero_pages = false;
  bool huge_pages = false;  // QEMU's default; KSM then splits them, which from Linux 6.12 on maps
                            // every zero page among them to the zero page, whatever the knob
  std::string kernel;       // empty: find_guest_kernel()
  std::uint64_t memory_bytes = 256ULL << 20;
  double boot_seconds = 90;
  double merge_seconds = 20;  // splitting huge pages takes minutes
};

// Figures, in pages of the guest's memory that the host has given it: present_pages, and of these
// huge_pages_before (in huge pages before merging); zero_pages (that hold only zeros), and of these
// zero_on_zero_page, zero_in_ksm_frames, zero_in_own_frames; other_in_ksm_frames;
// zero_on_zero_page_before (never written: not KSM's work); frames_before and frames (distinct,
// behind all of them); boot_s; merge_s (to the last page that was merged) or, where ksmd was still
// at it when the time was up, unfinished_after_s. Errors: kCannotRun without QEMU, kernel, root or
// KSM; kFailed when the guest does not come up or nothing of it is merged; kInterrupted. The guest
// is gone in every case.
Outcome<Figures> measure_guest(const GuestRequest& request, FamilyEnvironment& environment);

}  // namespace zp
