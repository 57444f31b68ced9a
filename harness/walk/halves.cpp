// SPDX-License-Identifier: MIT
#include "harness/walk/halves.hpp"

#include <cstring>

namespace zp {

bool compare_halves(const std::byte* base, std::uint64_t half_bytes) {
  asm volatile("" : : : "memory");
  return std::memcmp(base, base + half_bytes, half_bytes) == 0;
}

bool seek_halves(const std::byte* base, std::uint64_t half_bytes, std::uint64_t page_bytes) {
  for (const std::byte* at = base; at < base + half_bytes; at += page_bytes) {
    if (*at != at[half_bytes]) return false;
    asm volatile("" : : : "memory");
  }
  return true;
}

}  // namespace zp
