// SPDX-License-Identifier: MIT
#include "harness/families/placing.hpp"

#include <cstring>
#include <vector>

#include "harness/host/page_size.hpp"

namespace zp {

PlacementRequest request_for(const PlacementId& id, std::uint64_t table_bytes,
                             const FamilyEnvironment& environment) {
  PlacementRequest wanted;
  wanted.id = id;
  wanted.table_bytes = table_bytes;
  wanted.cancelled = environment.cancelled;
  return wanted;
}

Outcome<ProvenTable> place_proven(const PlacementId& id, std::uint64_t table_bytes,
                                  FamilyEnvironment& environment, const char* when) {
  KsmSession& session = environment.session;
  auto placed = place(request_for(id, table_bytes, environment), session);
  if (!placed) return fail(placed);
  const auto census = proven_census(placed->id, placed->table, session.roots(), when);
  if (!census) return fail(census);
  return ProvenTable{std::move(*placed), *census};
}

Outcome<ProvenTable> place_in_warm_frames(const PlacementId& id, std::uint64_t table_bytes,
                                          FamilyEnvironment& environment, const char* when) {
  if (!id.entry().needs_ksm) {
    const bool huge = id.entry().needs_huge_pages;
    const PlacementId written{huge ? PlacementKind::kHugePrivate : PlacementKind::kPrivate};
    const auto warm = place(request_for(written, table_bytes, environment), environment.session);
    if (!warm) return fail(warm);
  }
  return place_proven(id, table_bytes, environment, when);
}

bool holds_zeros(const Table& table) {
  const std::vector<std::byte> zeros(system_page_bytes());
  for (std::uint64_t page = 0; page < table.pages(); ++page)
    if (std::memcmp(table.base() + page * zeros.size(), zeros.data(), zeros.size()) != 0)
      return false;
  return true;
}

}  // namespace zp
