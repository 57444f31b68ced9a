// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace zp {

// SplitMix64's first output: neighbouring seeds start far from each other.
constexpr std::uint64_t split_mix(std::uint64_t seed) {
  seed += 0x9e3779b97f4a7c15;
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
  return seed ^ (seed >> 31);
}

}  // namespace zp
