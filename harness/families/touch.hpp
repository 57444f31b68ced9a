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

// The census, which must show `id`; `when` says in an error when it was taken.
// Errors: kFailed with what was found instead; those of take_census().
Outcome<Census> proven_census(const PlacementId& id, const Table& table, const Roots& roots,
                              const char* when);

// Whether a family's tables fit. Errors: kCannotRun with both sizes.
Outcome<void> check_room(const Roots& roots, std::uint64_t needed_bytes);

}  // namespace zp
