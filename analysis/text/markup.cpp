// SPDX-License-Identifier: MIT
#include "analysis/text/markup.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analysis/text/ascii.hpp"
#include "harness/support/utf8.hpp"

namespace zp::analysis {
namespace {

// Unicode's Cc, Cf, Zl and Zp as far as they are of one plane, and tags: what acts unseen.
bool acts_unseen(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  unsigned code = byte(0) & (0x7fU >> sequence.size());
  for (std::size_t i = 1; i < sequence.size(); ++i) code = code << 6 | (byte(i) & 0x3fU);
  struct Range {
    unsigned first, last;
  };
  for (const Range& range :
       {Range{0x80, 0x9f}, {0xad, 0xad},     {0x34f, 0x34f},     {0x600, 0x605},
        {0x61c, 0x61c},    {0x6dd, 0x6dd},   {0x70f, 0x70f},     {0x115f, 0x1160},
        {0x17b4, 0x17b5},  {0x180b, 0x180f}, {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f},  {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
        {0xffa0, 0xffa0},  {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0xe0fff}})
    if (code >= range.first && code <= range.last) return true;
  return false;
}

void append_escaped(std::string& text, std::string_view bytes) {
  for (const char c : bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

}  // namespace

std::string html_text(std::string_view text) {
  constexpr std::pair<char, std::string_view> kEscapes[] = {
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
  std::string safe;
  for (const char c : printable(text)) {
    const auto* const escape =
        std::ranges::find(kEscapes, c, [](const auto& e) { return e.first; });
    if (escape == std::end(kEscapes))
      safe += c;
    else
      safe += escape->second;
  }
  return safe;
}

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*{}[]()#+!|<>&~$_^@";
  std::string safe;
  const auto plain = printable(text);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    // "_" inside a word means nothing to GitHub and is in most of our names; "+" and "#" only
    // mean something at the start of a line.
    const bool inner = i > 0 && (c == '_' || c == '+' || c == '#' || c == '(' || c == ')');
    if (kSpecial.find(c) != std::string_view::npos && !inner) safe += '\\';
    safe += c;
  }
  return safe;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string fenced(std::string_view text) {
  std::string safe(text);
  for (auto at = safe.find("```"); at != std::string::npos; at = safe.find("```", at))
    safe.replace(at, 3, "'''");
  return safe;
}

std::string csv_field(std::string_view text) {
  auto field = visible_text(text, LineEnds::kEscape);
  if (!field.empty() && std::string_view("=+-@").find(field.front()) != std::string_view::npos)
    field.insert(0, 1, '\'');
  if (field.find_first_of(",\"") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) {
      append_escaped(valid, text.substr(0, 1));
      text.remove_prefix(1);
    } else {
      valid += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return valid;
}

std::string visible_text(std::string_view text, LineEnds line_ends) {
  std::string visible;
  visible.reserve(text.size());
  while (!text.empty()) {
    if (text.front() >= ' ' && text.front() <= '~') {  // nearly everything
      visible += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto length = std::max<std::size_t>(1, utf8_length(text));
    const auto sequence = text.substr(0, length);
    const bool line_end = sequence == "\n" && line_ends == LineEnds::kKeep;
    const bool shown = line_end || (utf8_length(text) > 0 && !acts_unseen(sequence));
    if (shown)
      visible += sequence;
    else
      append_escaped(visible, sequence);
    text.remove_prefix(length);
  }
  return visible;
}

std::string ktap_text(std::string_view text) {
  constexpr std::size_t kLongest = 400;
  auto plain = shorten(text, kLongest);
  for (char& c : plain)
    if (c == '#' || c == '\\') c = '_';
  return plain;
}

std::string ktap_name(std::string_view name) {
  auto plain = ktap_text(name);
  std::ranges::replace(plain, ' ', '_');
  return plain;
}

std::string machine_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    name += plain ? c : '_';
  }
  return name;
}

}  // namespace zp::analysis
