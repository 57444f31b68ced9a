// SPDX-License-Identifier: MIT
// A family's table: asked for, placed and proven.
#pragma once

#include <cstdint>

#include "harness/families/family.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/placement.hpp"

namespace zp {

PlacementRequest request_for(const PlacementId& id, std::uint64_t table_bytes,
                             const FamilyEnvironment& environment);

struct ProvenTable {
  PlacedTable placed;
  Census census;
};

// Placed, and proven by a census, which a failure names as WHEN. Errors: those of place() and of
// proven_census().
Outcome<ProvenTable> place_proven(const PlacementId& id, std::uint64_t table_bytes,
                                  FamilyEnvironment& environment, const char* when);

// The same, in frames that were in use just before: a hypervisor that has taken free memory back
// gives it again, which is not a cost of this kernel. Merging frees such frames by itself.
Outcome<ProvenTable> place_in_warm_frames(const PlacementId& id, std::uint64_t table_bytes,
                                          FamilyEnvironment& environment, const char* when);

// Every byte is still 0.
bool holds_zeros(const Table& table);

}  // namespace zp
