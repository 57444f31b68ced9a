// SPDX-License-Identifier: MIT
// The merge driver: makes ksmd merge memory that is registered (MADV_MERGEABLE), as fast as it can,
// and waits, with bounds, until it has.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "harness/ksm/session.hpp"
#include "harness/names/placement_id.hpp"

namespace zp {

struct MergeRules {
  bool use_zero_pages = false;
  std::uint64_t max_page_sharing = kShippedPageSharing;  // pages per frame
};

// Sets every knob for the next merge: undoes old merges, switches off what would slow or skew it
// (smart_scan, advisor, redhat_only_zero_pages), lets ksmd scan without pause. Call before memory
// is registered.
Outcome<void> prepare_merge(KsmSession& session, const MergeRules& rules);

struct MergeProgress {
  std::uint64_t merged_pages = 0, pages = 0;
  double seconds = 0;                 // since ksmd was started
  std::optional<double> eta_seconds;  // once the rate is known
};

struct MergeWatch {
  std::uint64_t pages = 0;                      // to be merged
  std::function<std::uint64_t()> merged_pages;  // how many are, cheaply; polled every few ms
  std::function<void(const MergeProgress&)> report = [](const MergeProgress&) {};
  std::function<bool()> cancelled = [] { return false; };
};

struct MergeResult {
  double seconds = 0;                      // ksmd started to all merged
  std::optional<double> ksmd_cpu_seconds;  // absent where /proc/PID/schedstat is
};

// Runs ksmd until `pages` are merged, then stops it (run=0 keeps what is merged).
// Errors: kInterrupted; kFailed when merging stalls, with KSM's figures and the likely causes.
Outcome<MergeResult> run_merge(KsmSession& session, const MergeWatch& watch);

}  // namespace zp
