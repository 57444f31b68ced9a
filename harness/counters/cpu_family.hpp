// SPDX-License-Identifier: MIT
// Which rows of the event table belong to the CPU at hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/host/roots.hpp"

namespace zp {

// The most specific first, e.g. {"z13", "s390x"} or {"zen4"}; empty for a CPU that the table does
// not know. From /proc/cpuinfo; `machine` is what uname says.
std::vector<std::string> cpu_families(const Roots& roots, std::string_view machine);

}  // namespace zp
