// SPDX-License-Identifier: MIT
#pragma once
#include "harness/families/family.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"

namespace zp {
struct ToyRequest {
  PlacementId placement{PlacementKind::kReadFault, 0};
  std::uint64_t table_bytes = 1 << 20;
};
Outcome<Figures> measure_toy(const ToyRequest& request, FamilyEnvironment& environment);
}  // namespace zp
