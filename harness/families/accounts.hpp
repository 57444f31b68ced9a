// SPDX-License-Identifier: MIT
// The machine's accounts of merged memory, to be compared before and after: what does not come back
// has leaked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

// What this kernel does not report is absent, and then not compared.
struct Accounts {
  // KSM's own counters: exact. ksm_zero_pages is signed, and was seen below zero.
  std::optional<std::uint64_t> pages_shared, pages_sharing;
  std::optional<std::int64_t> ksm_zero_pages;
  // Frames of the whole machine that are flagged as KSM's (/proc/kpageflags): exact. Absent where
  // the kernel flags all anonymous pages so.
  std::optional<std::uint64_t> ksm_frames;
  // By how many pages this process's counter of anonymous pages (RssAnon) exceeds those really
  // mapped (smaps_rollup): each merge to the zero page left it one too high before
  // Linux 4.17 (a38c015f3156).
  std::optional<std::int64_t> rss_excess_pages;
  // Memory that is neither free nor on any of the kernel's lists (/proc/meminfo, zoneinfo): where
  // frames go that nobody frees. Other processes' use does not change it, unlike MemFree.
  std::optional<std::int64_t> unaccounted_bytes;
  std::optional<std::int64_t> free_bytes;  // MemFree: informative only, everybody changes it
  // The zero page(s), each colour once.
  std::uint64_t zero_frames = 0;
  std::vector<std::uint64_t> zero_flags, zero_mappings;  // kpageflags but REFERENCED, kpagecount
  bool zero_page_is_zero = true;                         // every word of every colour

  static Outcome<Accounts> take(const Roots& roots);
};

// KSM's count of zero pages it has placed, as the kernel prints it: it counts wrongly where forks
// race ksmd (families/safety.hpp). Absent before Linux 6.6.
std::optional<std::int64_t> read_ksm_zero_pages(const Roots& roots);

// MemFree and the free pages that each CPU keeps for itself, which MemFree leaves out. Everybody on
// the machine changes it.
std::optional<std::int64_t> read_free_bytes(const Roots& roots);

// What the kernel has counted since it was booted (/proc/vmstat).
std::optional<std::uint64_t> read_vm_event(const Roots& roots, std::string_view key);

// The drift of `unaccounted_bytes` that means nothing: on a machine that compiles it stays within
// 0.3 MB.
inline constexpr std::int64_t kUnaccountedToleranceBytes = 4 << 20;

// How far RssAnon may be off without a leak: each CPU counts it in batches (lib/percpu_counter.c).
std::int64_t rss_tolerance_pages();

// What did not come back, a phrase with its size each: "ksm_zero_pages: 3 too many". Empty: all
// did.
std::vector<std::string> find_leaks(const Accounts& before, const Accounts& after);

}  // namespace zp
