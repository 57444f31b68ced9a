// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/host/roots.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

// A kernel that was built with them also removes their files where the CPU has none: an s390x
// without "edat" among the features in /proc/cpuinfo, which QEMU 7.2 does not emulate.
inline constexpr const char* kNoHugePages =
    "no transparent huge pages here (/sys/kernel/mm/transparent_hugepage is not there): the kernel "
    "(CONFIG_TRANSPARENT_HUGEPAGE) or the CPU has none";

// Size of a huge page of a process's memory; 0 where there are none, or the file holds an
// impossible size.
inline std::uint64_t huge_page_bytes(const Roots& roots) {
  constexpr std::uint64_t kMost = 1ULL << 40;
  const auto bytes =
      parse_number(
          read_trimmed(roots.sys + "/kernel/mm/transparent_hugepage/hpage_pmd_size").value_or(""))
          .value_or(0);
  return std::has_single_bit(bytes) && bytes <= kMost ? bytes : 0;
}

// Why this process is given none whatever transparent_hugepage/enabled says, or nothing.
inline std::optional<std::string> why_denied_huge_pages(const Roots& roots) {
  // Since Linux 6.8 each size has a file of its own, which may also say "inherit".
  const std::string of_size = roots.sys + "/kernel/mm/transparent_hugepage/hugepages-" +
                              std::to_string(huge_page_bytes(roots) >> 10) + "kB/enabled";
  if (read_trimmed(of_size).value_or("").find("[never]") != std::string::npos)
    return "huge pages of this size are off (" + of_size + " is never)";
  const auto status = read_text_file(roots.proc + "/self/status");
  if (!status || number_field(*status, "THP_enabled:") != 0) return std::nullopt;
  return "transparent huge pages are switched off for this process (prctl PR_SET_THP_DISABLE, "
         "which children inherit)";
}

}  // namespace zp
