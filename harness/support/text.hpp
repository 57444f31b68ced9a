// SPDX-License-Identifier: MIT
// The few forms of text the kernel writes.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zp {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A decimal number at the start of the text ("4096", "4096 kB"); nothing for "max" and the like.
std::optional<std::uint64_t> parse_number(std::string_view text);

// The number that is the whole text; `base` is of whole numbers.
template <class Number, class... Base>
std::optional<Number> parse_whole(std::string_view text, Base... base) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number, base...);
  return failed == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// "7f5c-7f5d ...": both numbers, which are taken from the text.
std::optional<std::pair<std::uint64_t, std::uint64_t>> take_hex_range(std::string_view& text);

// The number after `key` and blanks where a line starts with it: "MemFree:   123 kB" -> 123.
std::optional<std::uint64_t> number_field(std::string_view text, std::string_view key);

// The text after `key`, blanks and one colon, to the end of the line: "model name\t: EPYC" ->
// "EPYC".
std::optional<std::string> text_field(std::string_view text, std::string_view key);

// "a,b,,c" -> {"a", "b", "c"}: empty parts are left out.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace zp
