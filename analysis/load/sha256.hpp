// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/support/error.hpp"

namespace zp::analysis {

// 64 lower-case hexadecimal digits. Errors: kUsage, the file can't be read, or is a pipe: what
// has been read from it is gone.
Outcome<std::string> sha256_of_file(const std::string& path);

std::string sha256_of_text(std::string_view text);
std::array<std::uint8_t, 32> sha256_bytes_of_text(std::string_view text);

}  // namespace zp::analysis
