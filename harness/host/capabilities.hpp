// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "harness/host/roots.hpp"

namespace zp {

// What this process may do beyond its user, as the bits of linux/capability.h (CapEff in
// /proc/self/status); 0 where that can't be read.
std::uint64_t effective_capabilities(const Roots& roots);

}  // namespace zp
