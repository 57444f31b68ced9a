// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/host/roots.hpp"

namespace zp {

// A control group that this process is in (/proc/self/cgroup).
struct ControlGroup {
  std::vector<std::string> controllers;  // of its hierarchy; none: that of cgroup v2
  std::string path;                      // in the hierarchy: "/user.slice", "/" at the top
};

std::vector<ControlGroup> own_control_groups(const Roots& roots);

// Where the files of a controller may be that bounds this process: of its own group and every one
// above, in both versions. Not all need be there.
std::vector<std::string> group_directories(const Roots& roots, const std::string& controller);

}  // namespace zp
