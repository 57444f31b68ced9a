// SPDX-License-Identifier: MIT
// The family `safety`: is merging zero pages safe? Not a timing. Tables of zeros are merged and
// then ended in every way the kernel offers (teardowns.hpp), thousands of times, and threads do the
// same while ksmd is at it, in one mode short of memory; afterwards every account of the machine
// (accounts.hpp) must be where it was, and the kernel must not have complained. Where the accounts
// are not, the difference is the failure.
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/support/error.hpp"

namespace zp {

enum class SafetyMode {
  kMerged,    // every table is merged, and proven to be, and ksmd stopped, before it is torn down
  kRacing,    // threads do it to tables that ksmd is merging just then, one kind of teardown after
              // the other
  kPressure,  // as kRacing, while the process swaps: its memory is limited, and it wants more
};

struct SafetyRequest {
  bool use_zero_pages = false;
  SafetyMode mode = SafetyMode::kMerged;
  std::uint64_t lives = 2000;         // of merged tables
  std::uint64_t pages_a_table = 128;  // a few MiB in all
  unsigned threads = 2;               // that race
  double race_seconds = 5;            // shared among the teardowns
  double limit_seconds = 40;          // of merged tables; fewer where ksmd is too slow
};

// Figures: lives, pages (of the tables torn down; in the mode kMerged each was proven to be merged
// by a census), leaks (0, as any other number is an error), seconds; rss_drift_pages,
// unaccounted_drift_bytes, mem_free_drift_bytes: what changed within tolerance; kernel_alarms where
// the log could be read; swapped_lives where there is swap; swapped_out_pages (of the machine,
// never 0) in the mode kPressure. Errors: kCannotRun (no KSM, no root, no use_zero_pages;
// kPressure: no swap, no cgroup v2), kInterrupted, kFailed: a leak with its size, memory that does
// not hold what was written, an alarm in the kernel's log.
//
// Known: ksm_zero_pages. Up to Linux 6.17 a forked child counts its copies of the parent's zero
// pages when they go, but not when they come (fixed by "mm/ksm: fix incorrect KSM counter handling
// in mm_struct during fork"). Since then what the child inherits is counted before its page tables
// are copied (kernel/fork.c, dup_mm; include/linux/ksm.h, ksm_fork), so that pages which are merged
// or unmapped in between are miscounted: seen on 6.18.44 and 7.2.13 where teardowns race. A kernel
// keeps the wrong number until it is booted again.
Outcome<Figures> measure_safety(const SafetyRequest& request, FamilyEnvironment& environment);

}  // namespace zp
