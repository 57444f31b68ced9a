// SPDX-License-Identifier: MIT
// The census: which frames really back a table, and what they are. Linear in the table's pages,
// with streaming reads and one byte per frame; nothing is sorted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/memory/table.hpp"

namespace zp {

struct Census {
  std::uint64_t pages = 0;
  std::uint64_t present = 0;
  std::uint64_t exclusive_pages = 0;  // mapped here and nowhere else (pagemap bit 56)
  std::uint64_t file_pages = 0;       // of a file or shared memory (pagemap bit 61)
  std::uint64_t swapped_pages = 0;    // not present, but in swap (pagemap bit 62)

  // Strong evidence: every page's frame and its flags were read. Without the privilege to see them
  // `why_weak` says why, and the figures below, up to the next remark, are unknown (0).
  bool strong = false;
  std::string why_weak;
  std::uint64_t frames = 0;                     // distinct
  std::vector<std::uint32_t> frames_by_number;  // those of each number modulo kMaxColours
  std::uint64_t ksm_pages = 0, zero_pages = 0, huge_pages = 0;
  std::uint64_t large_pages = 0;  // in folios of several pages that are less than a huge page
  // Pages whose frame is not that of their colour (the first page of that colour names the frame),
  // for the colours the census was asked about; 0 when asked about none.
  std::uint64_t off_colour_pages = 0;
  // The smallest power of two N for which every page has the frame of its colour, VPN modulo N.
  // Absent when there is none up to kMaxColours, or the table holds no colour twice.
  std::optional<std::uint64_t> colours_seen;

  // Weak evidence of merging: this process's own counters (/proc/self/ksm_stat), where they exist.
  std::optional<std::uint64_t> own_ksm_pages, own_zero_pages;
};

// Takes the census of `table`, asking whether it is laid out in `colours` colours (0: don't ask).
// Errors: kCannotRun when pagemap itself can't be read. Source: pagemap.hpp.
Outcome<Census> take_census(const Roots& roots, const Table& table, std::uint64_t colours);

// A census of strong evidence. Errors: also kCannotRun, "no proof OF_WHAT: why".
Outcome<Census> strong_census(const Roots& roots, const Table& table, const char* of_what);

// Why a census by this process is weak evidence only; nothing where it is strong.
std::optional<std::string> why_census_is_weak(const Roots& roots);

// The PFN of every page of the table, for a cache model; empty where PFNs are hidden.
Outcome<std::vector<std::uint64_t>> read_frames(const Roots& roots, const Table& table);

// How many zero pages this kernel has, seen by read faults on untouched memory: up to 128 on s390x,
// 8 on MIPS with virtual coherency exceptions, else 1. Absent where frames are hidden.
std::optional<std::uint64_t> zero_page_colours(const Roots& roots);

// Some kernels (6.12.107 was seen to) set KPF_KSM on every anonymous page. A page of our own that
// nobody was asked to merge shows it; there a merged page is told from others by being mapped more
// than once.
bool ksm_flag_is_on_all(const WordFile& pagemap, const WordFile& kpageflags);

}  // namespace zp
