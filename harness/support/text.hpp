// SPDX-License-Identifier: MIT
// The few forms of text the kernel writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zp {

// A decimal number at the start of the text ("4096", "4096 kB"); nothing for "max" and the like.
std::optional<std::uint64_t> parse_number(std::string_view text);

// The number after `key` and blanks where a line starts with it: "MemFree:   123 kB" -> 123.
std::optional<std::uint64_t> number_field(std::string_view text, std::string_view key);

// The text after `key`, blanks and one colon, to the end of the line: "model name\t: EPYC" ->
// "EPYC".
std::optional<std::string> text_field(std::string_view text, std::string_view key);

// "a,b,,c" -> {"a", "b", "c"}: empty parts are left out.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace zp
