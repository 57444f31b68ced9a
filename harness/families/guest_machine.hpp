// SPDX-License-Identifier: MIT
// A guest under QEMU (TCG) whose kernel fills all its memory with zeros and then waits forever:
// the "guest OS creating lots of zero pages", without a disk and without a program inside.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "harness/host/child.hpp"

namespace zp {

// What a kernel image runs on, as QEMU names it: "x86_64", "s390x"; "" for anything else.
// Sources of the magic numbers: Documentation/arch/x86/boot.rst, arch/s390/boot/head.S.
std::string kernel_machine(const std::string& path);

// The image to boot: `asked` if not empty, else $ZPBENCH_GUEST_KERNEL, this host's own in /boot, or
// one that scripts/emulate.sh has fetched (~/.cache/zpbench/kernels). Errors: kUsage when `asked`
// is not an image for a known machine, kCannotRun when there is none.
Outcome<std::string> find_guest_kernel(const std::string& asked);

struct GuestSetup {
  std::string kernel;  // path
  std::uint64_t memory_bytes = 0;
  bool huge_pages = false;  // whether QEMU may have huge pages for it
  double boot_seconds = 90;
  std::function<bool()> cancelled = [] { return false; };
};

struct Guest {
  Child child;
  double boot_seconds = 0;
  std::string machine;
};

// Boots it with mem-merge=on (its memory is MADV_MERGEABLE) until its kernel has nothing left to
// do. Errors: kCannotRun without QEMU for the kernel's machine; kFailed with the last thing it said
// when it ended or did not come up in time; kInterrupted.
Outcome<Guest> boot_guest(const GuestSetup& setup);

}  // namespace zp
