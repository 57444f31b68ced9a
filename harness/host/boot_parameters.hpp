// SPDX-License-Identifier: MIT
// What a result may say of the kernel's command line: parameters that bear on a measurement. The
// rest can hold addresses, keys and a host's inner workings, and results are published.
#pragma once

#include <string>
#include <string_view>

namespace zp {

// "mitigations=off mem=4G (12 others not shown)", in the order of the line. What follows " -- " is
// init's and is counted only.
std::string shown_boot_parameters(std::string_view command_line);

}  // namespace zp
