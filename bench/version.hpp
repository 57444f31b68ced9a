// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/host/facts.hpp"

namespace zp {

// Version, git revision, compiler, flags: as context keys.
Facts build_facts();

// The same for --version, a line each.
std::string version_text();

}  // namespace zp
