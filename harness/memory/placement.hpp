// SPDX-License-Identifier: MIT
// Forces a placement: maps a table and makes the kernel back it as asked. What was asked is not
// believed: census_mismatch() says whether a census shows it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/ksm/merge.hpp"
#include "harness/ksm/registration.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/contents.hpp"
#include "harness/memory/table.hpp"
#include "harness/names/placement_id.hpp"

namespace zp {

struct PlacementRequest {
  PlacementId id;
  std::uint64_t table_bytes = 0;
  std::uint64_t alignment_bytes = 0;                   // the largest colour span measured, in bytes
  Registration registration = Registration::kMadvise;  // of KSM's placements
  std::function<void(const MergeProgress&)> report = [](const MergeProgress&) {};
  std::function<bool()> cancelled = [] { return false; };
};

// A table in its placement. Unmapping it undoes everything but the knobs.
struct PlacedTable {
  PlacementId id;
  std::optional<RegisteredProcess> registered;  // with Registration::kPrctl; outlives the table
  Table table;
  Contents contents;
  std::vector<Table> twins;  // a second page of each colour where the table has only one
  std::optional<MergeResult> merge;
};

// Errors: kUsage for a request that can't be (more colours than pages), kCannotRun for what this
// host lacks (with what to do), kFailed when KSM stalls, kInterrupted.
// `session` carries the knobs that are changed; without KSM only other placements can be made.
Outcome<PlacedTable> place(const PlacementRequest& request, KsmSession& session);

// What every page of its tables holds.
Contents contents_of(const PlacementId& id);

// Where KSM puts zeros, by the knob.
PlacementId ksm_zero_placement(bool use_zero_pages);

// How many pages KSM lets share a frame (max_page_sharing) in this placement.
std::uint64_t sharers_of(const PlacementId& id);

// How KSM must merge for one of its placements.
MergeRules rules_of(const PlacementId& id);

// The table before anything is placed in it: for kHuge* the first touch makes huge pages, for
// kShmemHole it is a hole.
// Errors: as place().
Outcome<Table> map_untouched(const PlacementRequest& request, KsmSession& session);

// KSM may merge it from now on. Errors: kCannotRun.
Outcome<void> register_table(const Table& table);

// Why this placement can't be made here (no root, no KSM, ...), or nothing.
std::optional<std::string> why_not_here(const PlacementId& id, const Roots& roots);

// What the census shows instead of the placement, or nothing when it shows just that.
// `zero_colours`: zero_page_colours() of this host.
std::optional<std::string> census_mismatch(const PlacementId& id, const Census& census,
                                           std::optional<std::uint64_t> zero_colours);

// The census, which must show the placement; `when` says in an error when it was taken.
// `zero_colours` as above; without it zero_page_colours() is asked.
// Errors: kFailed with what was found instead; those of take_census().
Outcome<Census> proven_census(const PlacementId& id, const Table& table, const Roots& roots,
                              std::optional<std::uint64_t> zero_colours, const char* when);
Outcome<Census> proven_census(const PlacementId& id, const Table& table, const Roots& roots,
                              const char* when);

// Bytes of memory the placement needs for a table of this size (page tables included).
std::uint64_t memory_needed_bytes(const PlacementId& id, std::uint64_t table_bytes);

}  // namespace zp
