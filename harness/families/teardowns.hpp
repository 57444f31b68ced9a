// SPDX-License-Identifier: MIT
// Ways to tear down or change a merged table under the kernel's feet: each is done to a table of
// zeros, and what the table holds is checked on the way.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "harness/host/roots.hpp"
#include "harness/memory/table.hpp"

namespace zp {

struct Teardown {
  std::string_view name;
  // Errors: kFailed when memory does not hold what it must, or a call fails that may not.
  Outcome<void> (*run)(Table& table);
  // Why it can't be done here, or nothing.
  std::optional<std::string> (*why_not_here)(const Roots& roots);
};

// write, dontneed, mremap, mprotect, mlock, fork, kill, exec, unmergeable, swap, unmap
std::span<const Teardown> teardowns();

}  // namespace zp
