// SPDX-License-Identifier: MIT
// A control group of memory for this process alone: what is limited or reclaimed there is its own
// memory, and nobody else's. harness/ksm/session.hpp journals it.
#pragma once

#include <cstdint>
#include <string>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct MemoryGroup {
  std::string home;   // directory of the group that this process came from
  std::string group;  // of the one of its own
  bool first_version = false;
};

// Where one can be made. In cgroup v2: next to the group that this process is in, because below a
// group with processes no group controls memory. The limits above stay in force. Errors: kCannotRun
// without the memory controller of that version.
Outcome<MemoryGroup> second_version_group(const Roots& roots);
// Of v2 or, where that has no control of memory, of v1: below the group that this process is in,
// whose limits stay in force.
Outcome<MemoryGroup> any_version_group(const Roots& roots);

// Makes it, and moves this process there, with all its threads. Errors: kCannotRun.
Outcome<void> enter_memory_group(const MemoryGroup& group);
// Moves this process back.
Outcome<void> leave_memory_group(const MemoryGroup& group);

// Whether a directory has the name of a group of ours.
bool is_our_memory_group(const std::string& directory);
// Does nothing where it is gone. Errors: kCannotRun, also where processes are in it.
Outcome<void> remove_memory_group(const std::string& directory);

// Nothing of the group is swapped out from now on, where the kernel can be told so.
Outcome<void> forbid_swap(const MemoryGroup& group);

// The kernel takes back what it can of the group's memory, at most so many bytes (v1: whatever it
// can), and splits huge pages as it does when memory is short: memory.reclaim (Linux 5.19), in v1
// memory.force_empty; both are try_to_free_mem_cgroup_pages. Finding less is not an error. Errors:
// kCannotRun.
Outcome<void> reclaim_memory(const MemoryGroup& group, std::uint64_t bytes);

}  // namespace zp
