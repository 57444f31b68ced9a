// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "harness/host/roots.hpp"

namespace zp {

// Memory a table may take without harming anybody: the least of MemAvailable and what every memory
// control group above this process leaves (v1 and v2; reclaimable file pages count as free).
// Absent where the kernel does not say.
std::optional<std::uint64_t> available_memory_bytes(const Roots& roots);

}  // namespace zp
