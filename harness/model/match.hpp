// SPDX-License-Identifier: MIT
// Where a 32-bit word stands in a row of them: the search through the ways of a set.
#pragma once

#include <bit>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace zp::model {

inline constexpr std::uint32_t kNotFound = 0xffffffff;

// The first of `count` words that equals `word`, or kNotFound; `count` is a multiple of 8.
inline std::uint32_t find_word(const std::uint32_t* words, std::uint32_t count,
                               std::uint32_t word) {
#ifdef __SSE2__  // part of every x86-64
  const __m128i wanted = _mm_set1_epi32(static_cast<int>(word));
  for (std::uint32_t at = 0; at < count; at += 8) {
    const auto* eight = reinterpret_cast<const __m128i*>(words + at);
    const __m128i low = _mm_cmpeq_epi32(_mm_loadu_si128(eight), wanted);
    const __m128i high = _mm_cmpeq_epi32(_mm_loadu_si128(eight + 1), wanted);
    const int mask = _mm_movemask_epi8(_mm_packs_epi32(low, high));  // two bits per word
    if (mask != 0)
      return at + static_cast<std::uint32_t>(std::countr_zero(static_cast<unsigned>(mask))) / 2;
  }
#else
  for (std::uint32_t at = 0; at < count; ++at)
    if (words[at] == word) return at;
#endif
  return kNotFound;
}

}  // namespace zp::model
