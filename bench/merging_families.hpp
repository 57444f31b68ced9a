// SPDX-License-Identifier: MIT
// The cells of the families about merging: what KSM makes of a table, and what that costs.
#pragma once

#include <vector>

#include "bench/families.hpp"

namespace zp {

void add_cow(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_guest(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_metadata(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_numa(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_safety(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_scan(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_toggle(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_unmerge(const FamilyChoice& choice, std::vector<FamilyCell>& cells);

}  // namespace zp
