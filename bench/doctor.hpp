// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/counters/counters.hpp"

namespace zp {

// --doctor: what this host can measure, and why not the rest. Changes nothing.
std::string doctor_report(const Roots& roots, const Counters& counters);

// The same as a JSON object.
std::string doctor_json(const Roots& roots, const Counters& counters);

}  // namespace zp
