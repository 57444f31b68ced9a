// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "harness/host/roots.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

// What one huge page of a process's memory is; 0 where this kernel has none.
inline std::uint64_t huge_page_bytes(const Roots& roots) {
  return parse_number(read_trimmed(roots.sys + "/kernel/mm/transparent_hugepage/hpage_pmd_size")
                          .value_or(""))
      .value_or(0);
}

}  // namespace zp
