// SPDX-License-Identifier: MIT
// Which pages of a table the placements memfd_agreeing and memfd_differing read: one frame at
// addresses whose hashes agree, and at addresses whose hashes differ. Table, order and number of
// pages are the same; only bits of the addresses are not.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/probe/probe.hpp"

namespace zp {

// What the probe found, as it is used here: each member is a set of address bits (a mask) whose
// exclusive or is one bit of the hash. Errors: kCannotRun with why there is none.
Outcome<std::vector<std::uint64_t>> usable_rule(const probe::Findings& findings);

// As many pages as any TLB holds at its first level.
inline constexpr std::uint64_t kChosenPages = 32;

struct ChosenPages {
  std::vector<std::uint64_t> agreeing, differing;  // byte offsets, as many in both; a power of two
};

// For a table that is aligned to its size, rounded up to a power of two (chosen_alignment()): then
// offsets are address bits. Differing pages lie next to agreeing ones: bits that one entry of an
// upper page table spans are flipped first. Errors: kCannotRun where fewer than two pages of such a
// table agree.
Outcome<ChosenPages> choose_pages(const std::vector<std::uint64_t>& rule, std::uint64_t table_bytes,
                                  std::uint64_t page_bytes);

}  // namespace zp
