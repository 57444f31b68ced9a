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

Outcome<ProvenTable> place_proven(const PlacementRequest& wanted, KsmSession& session,
                                  const char* when) {
  auto placed = place(wanted, session);
  if (!placed) return tl::make_unexpected(placed.error());
  const auto census = proven_census(placed->id, placed->table, session.roots(), when);
  if (!census) return tl::make_unexpected(census.error());
  return ProvenTable{std::move(*placed), *census};
}

Outcome<void> warm_frames(PlacementRequest wanted, KsmSession& session) {
  if (wanted.id.entry().needs_ksm) return {};
  const bool huge = wanted.id.entry().needs_huge_pages;
  wanted.id = {huge ? PlacementKind::kHugePrivate : PlacementKind::kPrivate, 0};
  const auto warm = place(wanted, session);
  return warm ? Outcome<void>{} : tl::make_unexpected(warm.error());
}

bool holds_zeros(const Table& table) {
  const std::vector<std::byte> zeros(system_page_bytes());
  for (std::uint64_t page = 0; page < table.pages(); ++page)
    if (std::memcmp(table.base() + page * zeros.size(), zeros.data(), zeros.size()) != 0)
      return false;
  return true;
}

}  // namespace zp
