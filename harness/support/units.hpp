// SPDX-License-Identifier: MIT
// Sizes as people write them: 4k, 256m, 1GiB. Always powers of 1024.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/support/error.hpp"

namespace zp {

// "4096", "4k", "4KiB", "4kb" are the same. Refuses signs, fractions and what overflows 64 bits.
Outcome<std::uint64_t> parse_size_bytes(std::string_view text);

// For people: 268435456 -> "256 MiB", 1000 -> "1000 B", 1536 -> "1.5 KiB".
std::string human_size(std::uint64_t bytes);

// The same where it is what tells things apart: 1581056 -> "1544 KiB", not "1.5 MiB".
std::string exact_size(std::uint64_t bytes);
// The same of a part of a name, "268435456"; what is not a size stays as it is.
std::string exact_size_of(const std::string& text);

// A duration for progress lines: 0.4 -> "0.4 s", 75 -> "1 min 15 s".
std::string human_seconds(double seconds);

}  // namespace zp
