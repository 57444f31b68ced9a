// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/support/error.hpp"
#include "harness/support/file.hpp"

namespace zp {

// Opens a file of debugfs to write, through a mount of it that no path leads to: none is needed on
// this machine, and nothing stays (fsopen(2), Linux 5.2). Errors: kCannotRun, with what refused.
Outcome<Fd> open_debugfs_file(const std::string& name);

}  // namespace zp
