// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/counters/counters.hpp"
#include "harness/counters/self_test/self_test.hpp"

namespace zp {

using SelfTest =
    std::optional<std::vector<TestedEvent>>;  // of the counters, where it was asked for

// --doctor: what this host can measure, and why not the rest. Changes nothing. The probe takes
// seconds.
std::string doctor_report(const Roots& roots, const Counters& counters, const SelfTest& tested,
                          bool probe);

// The same as a JSON object, without the probe.
std::string doctor_json(const Roots& roots, const Counters& counters, const SelfTest& tested);

}  // namespace zp
