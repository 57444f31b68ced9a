// SPDX-License-Identifier: MIT
// What a row says in numbers, key by key (results/README.md).
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace zp {

using Figures = std::vector<std::pair<std::string, double>>;

}  // namespace zp
