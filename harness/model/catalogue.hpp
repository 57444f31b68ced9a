// SPDX-License-Identifier: MIT
// The CPU descriptions that are built in, and those of the user's files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/model/description.hpp"

namespace zp::model {

// Sorted by name.
std::vector<std::string_view> built_in_cpus();

// A built-in CPU's name, or the path of a description (anything with a '/' or ending in ".cpu").
// An unknown name is an error that suggests the nearest.
Outcome<Description> find_cpu(const std::string& name_or_path);

}  // namespace zp::model
