// SPDX-License-Identifier: MIT
// What a placement writes into its table, so that the sum of every walk can be checked.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "harness/walk/walk.hpp"

namespace zp {

// Every word of every page holds `fill`, but the first word of each page holds the page's colour
// where `colours` is not 0: KSM then makes exactly `colours` frames, laid out by colour. The colour
// is written as a double: as an integer it would be denormal to programs that read doubles, which
// CPUs compute slowly.
struct Contents {
  std::uint64_t fill = 0;
  std::uint64_t colours = 0;

  // The first word of the page with this virtual page number.
  [[nodiscard]] std::uint64_t first_word(std::uint64_t vpn) const {
    return colours == 0 ? fill : std::bit_cast<std::uint64_t>(static_cast<double>(vpn % colours));
  }
};

// Writes one page; `page` is its whole extent and `vpn` its virtual page number.
void write_page(std::span<std::byte> page, std::uint64_t vpn, const Contents& contents);

// The sum (modulo 2^64) that run_walk must return over a table with these contents.
std::uint64_t expected_sum(const Walk& walk, const Contents& contents);

}  // namespace zp
