// SPDX-License-Identifier: MIT
// The zero page mapped by a call, without touching the memory; and holes of shared memory.
#pragma once

#include <functional>

#include "harness/host/roots.hpp"
#include "harness/memory/table.hpp"
#include "harness/names/placement_id.hpp"

namespace zp {

// Whether a call fills the table: populate_read by madvise(MADV_POPULATE_READ), Linux 5.14;
// uffd_zero by UFFDIO_ZEROPAGE of a userfaultfd, as the destination of a migration does with pages
// of zeros.
bool is_filled_by_call(const PlacementId& id);

// By that call, a block at a time. Errors: kCannotRun with the call and errno; kInterrupted, as
// soon as `cancelled` says so.
Outcome<void> fill_by_call(
    const PlacementId& id, const Table& table, const Roots& roots,
    const std::function<bool()>& cancelled = [] { return false; });

// Maps a memfd as large as the table over it, shared and without a single page: all of it is a
// hole. Errors: kCannotRun with the call and errno.
Outcome<void> map_shmem_hole(const Table& table, const Roots& roots);

}  // namespace zp
