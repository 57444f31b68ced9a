// SPDX-License-Identifier: MIT
// The family `toggle`: use_zero_pages is switched while zero pages are merged. What becomes of
// those, and of zero pages that are merged later?
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct ToggleRequest {
  bool to = true;                           // the knob's new value; before it is the other one
  std::uint64_t table_bytes = 64ULL << 20;  // of the table merged before, and of the one after
  std::uint64_t scans = 3;                  // of everything, after both are merged
};

// Figures: earlier_kept_share of the first table's pages that are backed after those scans as they
// were before the switch (1: they are not touched); later_followed_share of the second table's
// pages that are backed as the new value says. Up to Linux 6.10 the latter is below 1 towards
// use_zero_pages=1: the KSM frame of zeros that is there is found first (mm/ksm.c).
// Not a timing. Errors: kCannotRun without KSM, root, use_zero_pages or memory; those of
// run_merge(); kFailed when not all is merged, or frames of the first table are not as the first
// value says.
Outcome<Figures> measure_toggle(const ToggleRequest& request, FamilyEnvironment& environment);

}  // namespace zp
