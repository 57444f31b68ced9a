// SPDX-License-Identifier: MIT
#include "harness/probe/bits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace zp::probe {

Mask mask_of(const std::vector<unsigned>& bits) {
  Mask mask = 0;
  for (const unsigned number : bits) mask |= bit(number);
  return mask;
}

std::vector<unsigned> bits_of(Mask mask) {
  std::vector<unsigned> bits;
  for (; mask != 0; mask &= mask - 1) bits.push_back(static_cast<unsigned>(std::countr_zero(mask)));
  return bits;
}

std::vector<Mask> combinations(const std::vector<Mask>& base, std::uint64_t most) {
  std::vector<Mask> sums;
  const auto all = std::min<std::size_t>(base.size(), 63);
  for (std::uint64_t i = 0; i < most && i >> all == 0; ++i) {
    Mask sum = 0;
    for (std::size_t k = 0; k < base.size(); ++k)
      if (i >> k & 1U) sum ^= base[k];
    sums.push_back(sum);
  }
  return sums;
}

std::vector<Mask> split_singles(Mask mask) {
  std::vector<Mask> rows;
  for (const unsigned number : bits_of(mask)) rows.push_back(bit(number));
  return rows;
}

std::vector<Mask> reduced(std::vector<Mask> rows) {
  std::vector<Mask> echelon;
  for (Mask row : rows) {
    for (const Mask other : echelon)
      if (row & (other & -other)) row ^= other;
    if (row == 0) continue;
    for (Mask& other : echelon)
      if (other & (row & -row)) other ^= row;
    echelon.push_back(row);
  }
  std::ranges::sort(echelon, {}, [](Mask row) { return std::countr_zero(row); });
  return echelon;
}

std::vector<Mask> shortened(std::vector<Mask> rows) {
  rows = reduced(std::move(rows));
  for (bool better = true; better;) {
    better = false;
    for (Mask& row : rows)
      for (const Mask other : rows)
        if (other != row && std::popcount(row ^ other) < std::popcount(row)) {
          row ^= other;
          better = true;
        }
  }
  std::ranges::sort(rows, {}, [](Mask row) { return std::countr_zero(row); });
  return rows;
}

bool is_neutral(const std::vector<Mask>& rows, Mask difference) {
  return std::ranges::none_of(rows, [&](Mask row) { return parity(row & difference); });
}

std::vector<Mask> null_space(const std::vector<Mask>& rows, Mask bits) {
  std::vector<Mask> inside;
  for (const Mask row : rows) inside.push_back(row & bits);
  const auto echelon = reduced(std::move(inside));
  Mask leading = 0;
  for (const Mask row : echelon) leading |= row & -row;
  std::vector<Mask> base;
  for (const unsigned free : bits_of(bits & ~leading)) {
    Mask difference = bit(free);
    for (const Mask row : echelon)
      if (row & bit(free)) difference |= row & -row;
    base.push_back(difference);
  }
  std::ranges::sort(base, {}, [](Mask difference) { return std::popcount(difference); });
  return base;
}

std::string text_of(const std::vector<Mask>& rows) {
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  for (const Mask row : rows)
    if (std::popcount(row) > 1) add(fmt::format("{}", fmt::join(bits_of(row), "^")));
  Mask singles = 0;
  for (const Mask row : rows)
    if (std::popcount(row) == 1) singles |= row;
  const auto bits = bits_of(singles);
  for (std::size_t first = 0, end = 0; first < bits.size(); first = end) {
    for (end = first + 1; end < bits.size() && bits[end] == bits[end - 1] + 1;) ++end;
    if (end - first > 2)
      add(fmt::format("{}-{}", bits[first], bits[end - 1]));
    else
      for (std::size_t i = first; i < end; ++i) add(std::to_string(bits[i]));
  }
  return text;
}

}  // namespace zp::probe
