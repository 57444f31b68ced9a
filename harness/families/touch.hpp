// SPDX-License-Identifier: MIT
// One access per page, timed, with the page faults it took: what the families about faults share.
#pragma once

#include <cstdint>
#include <functional>

#include "harness/families/family.hpp"
#include "harness/memory/placement.hpp"
#include "harness/memory/table.hpp"

namespace zp {

enum class Access { kRead, kWrite };

struct Touch {
  double ns_per_page = 0;
  std::uint64_t faults = 0;  // minor faults of this thread (getrusage)
  double cpu_share = 1;      // of a CPU that this thread had meanwhile
};

// Reads the first byte of every page, or writes 0 to it, in address order.
Touch touch_pages(const Table& table, Access access);

// The same of a call that touches every page for us. Errors: its own.
Outcome<Touch> touch_by_call(const Table& table, const std::function<Outcome<void>()>& call);

// Adds PREFIXns_per_page, PREFIXfaults and, where there were any, PREFIXns_per_fault.
void add_touch(Figures& figures, const char* prefix, const Touch& touch, const Table& table);

// Of one page in that time, in units of 2^30 bytes, as `perf bench mem mmap` prints it.
double gib_per_second(double ns_per_page);

}  // namespace zp
