// SPDX-License-Identifier: MIT
// What KSM says it did for one process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/host/roots.hpp"

namespace zp {

// Absent where this kernel has no such figure: merging_pages since 5.19, zero_pages since 6.6,
// mergeable since 6.17.
struct ProcessKsmCounters {
  std::optional<std::uint64_t> merging_pages;  // mapped to KSM frames
  std::optional<std::uint64_t> zero_pages;     // mapped to the zero page by KSM
  std::optional<std::uint64_t> rmap_items;     // pages KSM keeps a record of
  std::optional<bool> mergeable;               // some of its memory is registered
};

// `process` is a PID or "self". Source: /proc/PID/ksm_stat, /proc/PID/ksm_merging_pages.
ProcessKsmCounters read_ksm_counters(const Roots& roots, const std::string& process);
inline ProcessKsmCounters read_own_ksm_counters(const Roots& roots) {
  return read_ksm_counters(roots, "self");
}

}  // namespace zp
