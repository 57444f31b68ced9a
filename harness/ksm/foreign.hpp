// SPDX-License-Identifier: MIT
// Other processes' memory that KSM has merged or would merge: not ours to unmerge, and not ours to
// merge without a word.
#pragma once

#include <string>
#include <vector>

#include "harness/host/roots.hpp"

namespace zp {

struct ForeignProcess {
  int pid = 0;
  std::string command;
  bool merged = false;  // KSM shares pages of it now; else it is only registered (VmFlags "mg")
};

// Every other process with mergeable memory but this one's children. Where a kernel has no counters
// a process (before 5.19), registered memory counts as merged if `shared` says that KSM shares
// anything at all.
std::vector<ForeignProcess> find_foreign_mergeable(const Roots& roots, bool shared);

// Those of which KSM has merged pages now: what run=2 would undo. Empty where what KSM shares was
// left by processes that are gone.
std::vector<ForeignProcess> find_foreign_merged(const Roots& roots);

// "4711 (qemu-system-x86), 4712 (...)": at most three, then how many more.
std::string describe(const std::vector<ForeignProcess>& processes);

}  // namespace zp
