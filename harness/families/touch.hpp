// SPDX-License-Identifier: MIT
// One access a page, timed, with the page faults it took: what the families about faults share.
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/memory/placement.hpp"
#include "harness/memory/table.hpp"

namespace zp {

enum class Access { kRead, kWrite };

struct Touch {
  double ns_per_page = 0;
  std::uint64_t faults = 0;  // minor faults of this thread (getrusage)
};

// Reads the first byte of every page, or writes 0 to it, in address order.
Touch touch_pages(const Table& table, Access access);

// Adds PREFIXns_per_page, PREFIXfaults and, where there were any, PREFIXns_per_fault.
void add_touch(Figures& figures, const char* prefix, const Touch& touch, const Table& table);

}  // namespace zp
