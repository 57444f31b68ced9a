// SPDX-License-Identifier: MIT
// Other processes' memory that KSM has merged or would merge: not ours to unmerge, and not ours to
// merge without a word.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

struct ForeignProcess {
  int pid = 0;  // 0: of one or more that are not seen; `command` says so
  std::string command;
  bool merged = false;  // KSM shares pages of it now; else it is only registered (VmFlags "mg")
};

struct ForeignMemory {
  std::vector<ForeignProcess> mergeable;
  std::vector<ForeignProcess> not_looked_at;  // too large for the limits, or not to be read
};

// Looking must not disturb the process. Kernels since 6.17 say in one line whether it is
// registered; before, only smaps does, each line of which costs it a walk through its page tables
// under its mmap lock.
struct ForeignLimits {
  std::uint64_t smaps_bytes = 4 << 20;  // read of one process; some 5000 mappings
  // VmPTE of a process whose smaps is read: what is walked through, swapped and shared pages as
  // well; pages of 4 KiB for 8 GiB.
  std::uint64_t page_tables_kib = 16U << 10U;
  double seconds = 0.5;  // on smaps in all
};

// Every other process with mergeable memory, except those that this one has forked. Where a kernel
// has no counters per process (before 5.19), registered memory counts as merged if `shared` says
// that KSM shares anything at all. Looks at nothing where the kernel has no KSM.
ForeignMemory find_foreign_mergeable(const Roots& roots, bool shared,
                                     const ForeignLimits& limits = {});

// Those of which KSM has merged pages now: what run=2 would undo. Empty where what KSM shares was
// left by processes that are gone: those stay in pages_shared until ksmd scans again. Where some
// processes are hidden (a container, hidepid=) that can't be known, and they count as such. So does
// what could not be looked at, where only that look would tell.
std::vector<ForeignProcess> find_foreign_merged(const Roots& roots);

// Every other process that asked for huge pages (MADV_HUGEPAGE), or may have: that could not be
// looked at. khugepaged works on their memory, too.
std::vector<ForeignProcess> find_foreign_huge(const Roots& roots, const ForeignLimits& limits = {});

// "4711 (qemu-system-x86), 4712 (...)": at most three, then how many more.
std::string process_names(const std::vector<ForeignProcess>& processes);

// For what is counted while ksmd works: others' memory would be in its counts. Errors: kCannotRun.
Outcome<void> refuse_foreign_mergeable(const Roots& roots);

}  // namespace zp
