// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/host/roots.hpp"

namespace zp {

struct Virtualisation {
  std::string kind = "none";  // none, kvm, tcg, lpar, zvm, vmware, hyperv, xen, or "unknown"
  bool emulated = false;      // an emulator runs the code: times say nothing about a CPU
  std::string evidence;       // where that was seen
};

// Sources: what scripts/emulate.sh says (ZP_EMULATOR in the environment), CPUID leaf 0x40000000
// (x86), /proc/sysinfo (s390x, STSI), /proc files that are not this architecture's, the device
// tree, DMI, PCI vendors, and the hint "zpbench.emulated=KIND" on the kernel's command line for
// machines that show nothing at all (a Malta board under QEMU looks like the board).
Virtualisation detect_virtualisation(const Roots& roots);

}  // namespace zp
