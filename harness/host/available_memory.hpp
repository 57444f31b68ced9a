// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

// Memory a table may take without harming anybody: the least of MemAvailable and what every memory
// control group above this process leaves (v1 and v2, every level up; reclaimable file pages count
// as free). Where the kernel begins to throttle or reclaim (memory.high, v1's soft limit) is a
// limit as well: above it a table would be swapped out, not measured. Absent where the kernel does
// not say.
std::optional<std::uint64_t> available_memory_bytes(const Roots& roots);

// What a node can give at most: its free memory and what is cached there of files. A process that
// is bound to it (MPOL_BIND) and wants more is killed, however much is free elsewhere. Absent where
// the kernel does not say.
std::optional<std::uint64_t> node_memory_bytes(const Roots& roots, int node);

// Whether tables of `needed_bytes`, and the suite besides them, fit into that; if bound to a node,
// also into what that has. Errors: kCannotRun, "needs 2 GiB of memory, 1 GiB is available".
Outcome<void> check_memory(const Roots& roots, std::uint64_t needed_bytes,
                           std::optional<int> node = std::nullopt);

}  // namespace zp
