// SPDX-License-Identifier: MIT
// SHA-256 by the instructions that a CPU has for it.
#pragma once

#include <cstdint>
#include <span>

namespace zp::analysis {

// Takes whole blocks of 64 bytes into `state` (eight words) and returns how many bytes those were:
// 0 on a CPU without such instructions.
std::size_t sha256_blocks(std::uint32_t* state, std::span<const std::uint8_t> bytes);

}  // namespace zp::analysis
