// SPDX-License-Identifier: MIT
// The ways in which merged memory can end or be changed under the kernel's feet: each is done to a
// table of zeros, and what the table holds is checked on the way.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "harness/host/roots.hpp"
#include "harness/memory/table.hpp"

namespace zp {

struct Life {
  std::string_view name;
  // Errors: kFailed when memory does not hold what it must, or a call fails that may not.
  Outcome<void> (*live)(Table& table);
  // Why it can't be done here, or nothing.
  std::optional<std::string> (*why_not_here)(const Roots& roots);
};

// write, dontneed, mremap, mprotect, mlock, fork, kill, exec, unmergeable, swap, unmap
std::span<const Life> lives();

}  // namespace zp
