// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/process/examine.hpp"

namespace zp {

// For a terminal: 75 columns, some 70 lines at most.
std::string process_report(const Examination& of);

// The same as a JSON object ("zpbench-doctor-process-1").
std::string process_json(const Examination& of);

}  // namespace zp
