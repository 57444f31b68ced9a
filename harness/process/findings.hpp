// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/process/examine.hpp"

namespace zp {

// Whether KSM has merged pages of it now; absent where this kernel does not say (before 5.19).
std::optional<bool> merges(const Examination& of);

// Why KSM merges nothing of it, or no more than it does: what keeps all of it from merging first. A
// sentence or two each.
std::vector<std::string> findings(const Examination& of);

}  // namespace zp
