// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "harness/host/facts.hpp"

namespace zp {

// What this kernel's zero page is; what can't be seen is left out. Kernels move it (a page of its
// own, one in .bss, one in .rodata that the linear map may leave out), and with it what lies next
// to it in a cache:
//   zero_page.colours          zero_page_colours()
//   zero_page.frame            PFN, of the first colour; another one after each boot with KASLR
//   zero_page.alignment_bytes  the largest power of two that its physical address is a multiple of
//   zero_page.iomem            the innermost range of /proc/iomem that it lies in: "Kernel bss"
//   zero_page.huge             "persistent" (CONFIG_PERSISTENT_HUGE_ZERO_FOLIO) or "on demand", by
//                              the kernel's configuration
Facts zero_page_facts(const Roots& roots);

// The name of the innermost range of /proc/iomem's text that holds the address; "" for none.
std::string iomem_range(std::string_view iomem, std::uint64_t address);

}  // namespace zp
