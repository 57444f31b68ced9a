// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/host/roots.hpp"

namespace zp {

// --doctor: what this host can measure, and why not the rest. Changes nothing.
std::string doctor_report(const Roots& roots);

}  // namespace zp
