// SPDX-License-Identifier: MIT
// `zpbench --doctor PID`: what KSM does and could do with the memory of one process. Only reads;
// the process is neither stopped nor held up.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/ksm/knobs.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/process/mappings.hpp"
#include "harness/process/page_counts.hpp"
#include "harness/process/scan_price.hpp"
#include "harness/process/zeros.hpp"

namespace zp {

struct ExaminedMapping {
  Mapping mapping;
  Mergeable mergeable = Mergeable::kUnknown;
  PageCounts counts;
};

// Of all mappings that KSM may or may not merge for one and the same reason.
struct Group {
  std::uint64_t mappings = 0, bytes = 0;
  std::uint64_t in_use = 0, private_pages = 0;  // pages; private: `huge` and `others`
};

struct Examination {
  int pid = 0;
  std::string command;                   // printable
  std::vector<ExaminedMapping> largest;  // by pages in use, then by size
  std::array<Group, kMergeableKinds> groups;
  std::array<Group, kMergeableKinds> rest;  // of those not in `largest`
  PageCounts total;                         // without ranges
  std::uint64_t mappings = 0, mapped_bytes = 0, pages_to_look_at = 0;
  bool all_mappings = true;
  std::string why_no_flags;
  PageCounter::Source source = PageCounter::Source::kPagemap;
  ProcessKsmCounters ksm;
  std::optional<bool> merge_any;  // PR_SET_MEMORY_MERGE; since Linux 6.17
  std::optional<std::int64_t> profit_bytes;
  KnobValues knobs;  // of the host
  std::optional<std::uint64_t> full_scans, pages_unshared, pages_volatile, pages_skipped;
  ScanPrice price;
  std::uint64_t sampled_pages = 0;  // that the sample of zeros stands for
  ZeroSample zeros;

  [[nodiscard]] const Group& group(Mergeable mergeable) const {
    return groups.at(static_cast<std::size_t>(mergeable));
  }
  // Absent where this kernel has no such knob.
  [[nodiscard]] std::optional<std::string> knob(std::string_view name) const;
  // In the registered mappings and those that could be.
  [[nodiscard]] std::uint64_t candidate_pages() const;
};

inline constexpr std::size_t kLargestMappings = 12;

// `pid` is what the user wrote. Errors: kUsage where that is no process with memory of its own;
// kCannotRun without the right to look at it.
Outcome<Examination> examine(const Roots& roots, const std::string& pid);

}  // namespace zp
