// SPDX-License-Identifier: MIT
// The family `scan`: what ksmd pays for a scan, with use_zero_pages and without ("we are not doing
// any additional memops except when a candidate non-empty page has the same checksum as an empty
// page").
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/families/scan_contents.hpp"
#include "harness/support/error.hpp"

namespace zp {

enum class ScanMode {
  kPlain,
  kSmartScan,  // smart_scan=1
  kAdvisor,    // advisor_mode=scan-time
  kZeroOnly,   // redhat_only_zero_pages=1: zeros are merged, nothing else is looked for
};

struct ScanRequest {
  ScanContents contents;
  bool use_zero_pages = false;
  ScanMode mode = ScanMode::kPlain;
  std::uint64_t table_bytes = 64ULL << 20;
  double later_seconds = 0.3;  // at least, and at least three scans
};

// ksmd scans a table that was just registered, without pause. Figures, per page of the table and
// full scan (whether or not ksmd looks at the page: what it skips is part of the answer):
//   first_wall_ns_per_page, first_cpu_ns_per_page    remembers each page's checksum
//   second_...                                       merges
//   later_...                                        the fourth and those after it
// and merged_pages; cpu_ns_per_merged_page (first two scans over the pages merged by then);
// later_scans; scanned_per_page and skipped_per_page: what KSM itself counts in the later scans
// (pages_scanned, since Linux 6.6; pages_skipped, 6.7); faults_per_page_on_write: of writing to
// each page afterwards; ksmd_utilisation: its CPU time over wall time, of all scans. CPU figures
// are absent where the kernel does not report ksmd's time, and all times where it had less than
// 95 % of a CPU in each of three attempts: then something else ran. All attempts together take a
// minute at most.
//
// Errors: kCannotRun for what this kernel lacks; kInterrupted; kFailed when a census does not show
// just the pages merged that are alike, pages made to collide do not, or ksmd makes no progress.
Outcome<Figures> measure_scan(const ScanRequest& request, FamilyEnvironment& environment);

}  // namespace zp
