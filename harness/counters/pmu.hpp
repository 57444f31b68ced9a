// SPDX-License-Identifier: MIT
// What the kernel lets this process count, and why not more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/host/roots.hpp"

namespace zp {

// The kernel's PMU of the CPU ("cpu", "cpum_cf", "armv8_pmuv3_0"); nothing where there is none.
std::optional<std::string> cpu_pmu(const Roots& roots);

// Why the PMU never counts a raw number of perf_event_open(2), where it is known: Arm's takes every
// number, and those that it does not have read zero forever.
std::optional<std::string> why_never_counted(const Roots& roots, std::uint64_t raw_number);

// Why the kernel refused an event, in words. `of_hardware`: not one of the kernel's own software
// events.
std::string why_refused(const Roots& roots, int error_number, bool of_hardware);

// What a group says that the hardware did not count all the time.
inline constexpr std::string_view kNoCounterFree = "the PMU had no counter free";
inline constexpr std::string_view kCountedInPart = "the PMU was shared, and a scaled value is none";

enum class Refusal { kNotPermitted, kNotAllTheTime, kOther };

// The kind of a reason that a source gave in words.
Refusal refusal_in(std::string_view reason);

}  // namespace zp
