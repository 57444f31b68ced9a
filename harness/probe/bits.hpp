// SPDX-License-Identifier: MIT
// Sets of address bits as masks, and linear algebra over them: a hash is a list of masks, each of
// which gives the exclusive or of its bits.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace zp::probe {

using Mask = std::uint64_t;

inline Mask bit(unsigned number) {
  return Mask{1} << number;
}
inline bool parity(Mask mask) {
  return std::popcount(mask) % 2 == 1;
}
Mask mask_of(const std::vector<unsigned>& bits);
std::vector<unsigned> bits_of(Mask mask);

// Sums (exclusive or) of the base's members: none, the first, the second, both, the third, ... At
// most `most`, and no more than there are.
std::vector<Mask> combinations(const std::vector<Mask>& base, std::uint64_t most);

// Each bit on its own.
std::vector<Mask> split_singles(Mask mask);

// The rows in echelon form, without those that follow from others: equal for equal hashes.
std::vector<Mask> reduced(std::vector<Mask> rows);

// The same hash, written with as few bits as a greedy search finds, lowest bits first.
std::vector<Mask> shortened(std::vector<Mask> rows);

// Do two addresses that differ in these bits have one hash?
bool is_neutral(const std::vector<Mask>& rows, Mask difference);

// A base of the differences within `bits` that leave the hash alone.
std::vector<Mask> null_space(const std::vector<Mask>& rows, Mask bits);

// "12^27 13^26 28", ranges of single bits as "12-18".
std::string text_of(const std::vector<Mask>& rows);

}  // namespace zp::probe
