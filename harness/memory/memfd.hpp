// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "harness/ksm/session.hpp"
#include "harness/memory/table.hpp"

namespace zp {

// Backs the table with `colours` zero-filled memfd frames, mapped again and again: page p gets
// frame VPN modulo colours. Needs neither root nor KSM, but a mapping each time round, so
// vm.max_map_count bounds it: raised through the session as root, else kCannotRun with what to do.
Outcome<void> map_memfd_frames(const Table& table, std::uint64_t colours, KsmSession& session);

}  // namespace zp
