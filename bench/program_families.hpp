// SPDX-License-Identifier: MIT
// The cells of the families about programs: kernels, mixed, readers.
#pragma once

#include <vector>

#include "bench/families.hpp"

namespace zp {

void add_kernels(const Options& options, std::vector<FamilyCell>& cells);
void add_mixed(const Options& options, std::vector<FamilyCell>& cells);
void add_readers(const Options& options, std::vector<FamilyCell>& cells);

}  // namespace zp
