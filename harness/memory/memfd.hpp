// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "harness/ksm/session.hpp"
#include "harness/memory/table.hpp"

namespace zp {

// Backs the table with `colours` zero-filled memfd frames, mapped again and again: page p gets
// frame VPN modulo colours. Needs neither root nor KSM, but a mapping each time round, so
// vm.max_map_count bounds it: raised through the session as root, else kCannotRun with what to do.
// Errors: kCannotRun; also kInterrupted, as soon as `cancelled` says so.
Outcome<void> map_memfd_frames(
    const Table& table, std::uint64_t colours, KsmSession& session,
    const std::function<bool()>& cancelled = [] { return false; });

// Whether a memfd can be had at all: the reason, or nothing.
std::optional<std::string> why_no_memfd(const Roots& roots);

// What vm.max_map_count must be at least for that: the mappings there are, those of the table, and
// room for threads and libraries.
std::uint64_t mappings_needed(const Roots& roots, std::uint64_t table_bytes, std::uint64_t colours);

}  // namespace zp
