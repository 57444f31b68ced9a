// SPDX-License-Identifier: MIT
// What the family `scan` lets ksmd scan.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/memory/table.hpp"

namespace zp {

enum class ScanKind {
  kZero,            // a share of zero pages, spread evenly among unique ones
  kUnique,          // no two pages are alike, from the first word on
  kIdentical,       // all alike, not zero
  kVolatile,        // unique, and changed between any two scans
  kCollisionEarly,  // unique, not zero, but with the checksum of a zero page; first words differ
  kCollisionLate,   // the same with the last words: all of a page is compared
};

struct ScanContents {
  ScanKind kind = ScanKind::kZero;
  std::uint64_t zero_percent = 0;  // of kZero

  // Page number `page` of a table is zero.
  [[nodiscard]] bool is_zero(std::uint64_t page) const;
};

// "zero:50", "unique", "collision_late"
std::string to_string(const ScanContents& contents);

void write_contents(const Table& table, const ScanContents& contents);

// KSM's checksum of a page on 64-bit kernels since Linux 5.0: XXH64 with seed 0 (of which it keeps
// 32 bits; mm/ksm.c, calc_checksum). `page` is a multiple of 32 bytes, at least one.
std::uint64_t ksm_hash(std::span<const std::byte> page);

// Makes a zero-filled page one that is not zero but hashes as if it were. XXH64 keeps four sums,
// and each step of one is invertible: `seed` (not 0) goes in at one step, and what takes it out
// again at the next. `at` is where: a multiple of 32, two steps before the end at most.
void collide_with_zero(std::span<std::byte> page, std::size_t at, std::uint64_t seed);

}  // namespace zp
