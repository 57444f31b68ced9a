// SPDX-License-Identifier: MIT
#include "harness/support/text.hpp"

#include <algorithm>

namespace zp {
namespace {

// What follows `key` on the first line that starts with it, blanks and one colon left out.
std::optional<std::string_view> after_key(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (line.starts_with(key)) {
      auto rest = line.substr(key.size());
      const bool whole_word =
          key.ends_with(':') || rest.empty() || rest[0] == ' ' || rest[0] == '\t' || rest[0] == ':';
      if (whole_word) {
        const auto start = rest.find_first_not_of(" \t:");
        return start == std::string_view::npos ? std::string_view() : rest.substr(start);
      }
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc()) return std::nullopt;
  return number;
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> take_hex_range(std::string_view& text) {
  std::uint64_t first = 0, last = 0;
  const char* const end = text.data() + text.size();
  const auto [dash, bad_first] = std::from_chars(text.data(), end, first, 16);
  if (bad_first != std::errc() || dash == end || *dash != '-') return std::nullopt;
  const auto [rest, bad_last] = std::from_chars(dash + 1, end, last, 16);
  if (bad_last != std::errc()) return std::nullopt;
  text = {rest, static_cast<std::size_t>(end - rest)};
  return std::pair(first, last);
}

std::optional<std::uint64_t> number_field(std::string_view text, std::string_view key) {
  const auto rest = after_key(text, key);
  return rest ? parse_number(*rest) : std::nullopt;
}

std::optional<std::string> text_field(std::string_view text, std::string_view key) {
  const auto rest = after_key(text, key);
  if (!rest) return std::nullopt;
  return std::string(rest->substr(0, rest->find_last_not_of(" \t\r") + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(separator));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

}  // namespace zp
