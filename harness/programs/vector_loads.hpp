// SPDX-License-Identifier: MIT
// Nothing but loads, as wide as this CPU has them: what no program can beat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace zp::programs {

struct VectorLoads {
  std::string_view name;  // "AVX2"
  std::size_t bytes;      // of one load
  // All words of the memory or-ed together. `bytes` is a multiple of 512.
  std::uint64_t (*read)(const std::byte* base, std::size_t bytes);
};

// The widest of this CPU; nullptr where neither CPU nor build has a vector unit.
const VectorLoads* widest_vector_loads();

}  // namespace zp::programs
