// SPDX-License-Identifier: MIT
// The cells of the families about programs: kernels, mixed, readers.
#pragma once

#include <vector>

#include "bench/families.hpp"

namespace zp {

void add_kernels(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_mixed(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
void add_readers(const FamilyChoice& choice, std::vector<FamilyCell>& cells);

}  // namespace zp
