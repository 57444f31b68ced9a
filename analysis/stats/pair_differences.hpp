// SPDX-License-Identifier: MIT
// Order statistics of all differences between two samples, without making them.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace zp::analysis {

// The `rank`-th smallest (from 0) of all to[j] - from[i]. The differences of sorted values form a
// matrix with sorted rows and columns, in which those up to a bound are counted in one walk along
// its edge; the bound is found bit by bit, so the result is one of the differences, exactly.
// REQUIRES: both sorted and finite, rank < from.size() * to.size().
inline double nth_difference(std::span<const double> from, std::span<const double> to,
                             std::size_t rank) {
  const auto more_than_rank = [&](double bound) {
    std::size_t count = 0;
    std::size_t i = 0;  // from[i..] are near enough to to[j]; of larger to[j] fewer are
    for (const double value : to) {
      while (i < from.size() && !(value - from[i] <= bound)) ++i;
      count += from.size() - i;
      if (count > rank) return true;
    }
    return false;
  };
  // Doubles in their order as unsigned numbers.
  const auto to_double = [](std::uint64_t key) {
    constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
    return std::bit_cast<double>(key & kSign ? key ^ kSign : ~key);
  };
  constexpr std::uint64_t kLowest = 0x0010000000000000ULL;   // the lowest finite one
  constexpr std::uint64_t kHighest = 0xfff0000000000000ULL;  // infinity
  std::uint64_t low = kLowest, high = kHighest;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (more_than_rank(to_double(middle)))
      high = middle;
    else
      low = middle + 1;
  }
  return to_double(low);
}

}  // namespace zp::analysis
