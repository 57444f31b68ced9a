// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "harness/host/roots.hpp"

namespace zp {

// A number of /proc/PROCESS/stat (proc_pid_stat(5)): fields are counted from 0 behind the command,
// which may hold blanks and brackets.
inline constexpr std::size_t kStatFlags = 6, kStatMajorFaults = 9;
std::optional<std::uint64_t> stat_number(const Roots& roots, std::string_view process,
                                         std::size_t field);

}  // namespace zp
