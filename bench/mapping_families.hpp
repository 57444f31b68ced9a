// SPDX-License-Identifier: MIT
// The cells of the families about mapping: what else the kernel does to zero pages.
#pragma once

#include <vector>

#include "bench/families.hpp"

namespace zp {

void add_ancestor(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_collapse(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_fault(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_pin(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_rmap(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_split(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_swap(const FamilyChoice& choice, std::vector<FamilyCell>& cells);

}  // namespace zp
