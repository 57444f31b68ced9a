// SPDX-License-Identifier: MIT
// What the kernel lets this process count, and why not more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/host/roots.hpp"

namespace zp {

// The kernel's PMU of the CPU ("cpu", "cpum_cf", "armv8_pmuv3_0"); nothing where there is none.
std::optional<std::string> cpu_pmu(const Roots& roots);

// Why the kernel refused an event, in words. `of_hardware`: not one of the kernel's own software
// events.
std::string why_refused(const Roots& roots, int error_number, bool of_hardware);

}  // namespace zp
