// SPDX-License-Identifier: MIT
// How /proc/cpuinfo names a CPU, on each architecture.
#pragma once

#include <optional>
#include <string>

#include "harness/host/roots.hpp"

namespace zp {

// What it says of this CPU (others of a hybrid may be of another kind), then all of it; "" where it
// can't be read.
std::string cpuinfo_of(const Roots& roots, int cpu);

// "AMD EPYC", "Arm part 0xd07", "POWER9 (architected)"
std::optional<std::string> cpu_model(const std::string& cpuinfo);

// "26-2": family and model, which x86 alone has.
std::optional<std::string> cpu_family(const std::string& cpuinfo);

// "8561" on s390x, the board on MIPS.
std::optional<std::string> machine_type(const std::string& cpuinfo);

}  // namespace zp
