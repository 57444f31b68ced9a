// SPDX-License-Identifier: MIT
// Memory pressure on this process alone: reclaim and swapping as on a machine that is full.
#pragma once

#include <cstdint>
#include <string>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

// This process in a control group of its own (v2), beside the one it came from, so that the limits
// above stay in force. What it allocates from now on beyond `bytes` (memory.high: nobody is killed)
// is swapped out. Goes back and removes the group when it ends; what SIGKILL leaves is an empty
// group, which the next limit removes.
class MemoryLimit {
 public:
  // Errors: kCannotRun without the memory controller of cgroup v2, or rights to it.
  static Outcome<MemoryLimit> set(const Roots& roots, std::uint64_t bytes);
  MemoryLimit(MemoryLimit&& other) noexcept;
  MemoryLimit& operator=(MemoryLimit&&) = delete;
  ~MemoryLimit();

 private:
  MemoryLimit(std::string home, std::string group);

  std::string home_;   // directory of the group it came from
  std::string group_;  // of its own; empty once moved from
};

}  // namespace zp
