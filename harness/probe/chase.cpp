// SPDX-License-Identifier: MIT
#include "harness/probe/chase.hpp"

#include <array>
#include <bit>

namespace zp::probe {
namespace {

Head next(Head word) {
  return *static_cast<const volatile Head*>(word);
}

// The heads live in registers; eight steps a turn keep the loop's own instructions out of the way.
template <unsigned kChains>
void chase_chains(std::span<Head> heads, std::uint64_t steps) {
  std::array<Head, kChains> at{};
  for (unsigned chain = 0; chain < kChains; ++chain) at[chain] = heads[chain];
  constexpr unsigned kUnrolled = kChains == 1 ? 8 : 2;
  for (std::uint64_t step = 0; step < steps; step += kUnrolled)
#pragma GCC unroll 8
    for (unsigned turn = 0; turn < kUnrolled; ++turn)
#pragma GCC unroll 8
      for (unsigned chain = 0; chain < kChains; ++chain) at[chain] = next(at[chain]);
  for (unsigned chain = 0; chain < kChains; ++chain) heads[chain] = at[chain];
}

}  // namespace

void chase(std::span<Head> heads, std::uint64_t steps) {
  switch (heads.size()) {
    case 1:
      return chase_chains<1>(heads, steps);
    case 2:
      return chase_chains<2>(heads, steps);
    case 3:
      return chase_chains<3>(heads, steps);
    case 4:
      return chase_chains<4>(heads, steps);
    case 5:
      return chase_chains<5>(heads, steps);
    case 6:
      return chase_chains<6>(heads, steps);
    case 7:
      return chase_chains<7>(heads, steps);
    default:
      return chase_chains<8>(heads, steps);
  }
}

std::uint64_t read_all(std::span<const Head> words, std::uint64_t rounds) {
  std::uint64_t sum = 0;
  for (std::uint64_t round = 0; round < rounds; ++round)
    for (Head word : words) sum += *static_cast<const volatile std::uint64_t*>(word);
  return sum;
}

std::uint64_t read_all_spaced(std::span<const Head> words, std::uint64_t rounds) {
  const std::uint64_t mask = std::bit_ceil(words.size()) - 1;
  const auto shift = static_cast<unsigned>(std::bit_width(mask)) / 2;
  std::uint64_t sum = 0, place = 0;
  for (std::uint64_t round = 0; round < rounds; ++round)
    for (Head word : words) {
      std::uint64_t slot = (place++ * 0xaefbed2383975233) & mask;
      slot ^= slot >> shift;
      slot = (slot * 0x78283e51284cbcb7) & mask;
      slot ^= slot >> shift;
      slot = (slot * 0xeca8173ffd69482b) & mask;
      asm volatile("" : : "r"(slot));  // else the compiler leaves it out
      sum += *static_cast<const volatile std::uint64_t*>(word);
    }
  return sum;
}

std::uint64_t add_up(std::uint64_t additions) {
  std::uint64_t sum = 1, term = additions;
  for (std::uint64_t done = 0; done < additions; done += 16)
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      sum += term;
      asm volatile("" : "+r"(sum));  // else the compiler multiplies
    }
  return sum;
}

}  // namespace zp::probe
