// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/host/facts.hpp"

namespace zp {

// "0.2.0"
std::string version_number();

// Version, git revision, compiler, flags: as context keys.
Facts build_facts();

// The same for --version: version and revision, then a line each.
std::string version_text();

}  // namespace zp
