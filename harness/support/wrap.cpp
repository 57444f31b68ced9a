// SPDX-License-Identifier: MIT
#include "harness/support/wrap.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/support/text.hpp"

namespace zp {

std::string printable(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c >= ' ' && c <= '~')
      safe += c;
    else
      safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return safe;
}

// Where to break text[begin..] so that at most `room` characters stand before.
std::size_t break_after(std::string_view text, std::size_t begin, std::size_t room) {
  if (text.size() - begin <= room) return text.size();
  const auto least = begin + (room + 1) / 2;
  for (auto end = begin + room; end > least; --end)
    if (std::string_view("/,< ").find(text[end - 1]) != std::string_view::npos) return end;
  auto end = begin + room;
  while (end > least && is_digit(text[end - 1]) && is_digit(text[end])) --end;
  return end > least ? end : begin + room;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t indent,
                              LongWords long_words) {
  const auto safe = printable(text);
  std::vector<std::string> lines;
  // More blanks than that are not our indent but part of a name.
  std::string line(std::min({safe.find_first_not_of(' '), safe.size(), width / 4}), ' ');
  std::size_t start = line.size();  // where the text of this line begins; then the indent
  const auto next_line = [&] {
    lines.push_back(line);
    line.assign(indent, ' ');
    start = indent;
  };
  std::size_t word_end = 0;  // looked for once per word, however many lines the word takes
  for (std::size_t begin = start; begin < safe.size();) {
    if (word_end <= begin) word_end = std::min(safe.find(' ', begin), safe.size());
    auto end = word_end;
    const auto gap = line.size() > start ? 1U : 0U;
    if (line.size() + gap + (end - begin) > width && line.size() > start) {
      next_line();
      continue;
    }
    if (end - begin > width - start && long_words == LongWords::kCut)
      end = break_after(std::string_view(safe).substr(0, end), begin, width - start);
    line.append(gap, ' ').append(safe, begin, end - begin);
    begin = end < safe.size() && safe[end] == ' ' ? end + 1 : end;
    if (begin == end && begin < safe.size()) next_line();  // a word longer than a line
  }
  if (line.size() > start || lines.empty()) lines.push_back(line);
  return lines;
}

std::string paragraph(std::string_view text, std::size_t width, std::size_t indent) {
  std::string joined;
  for (const auto& line : wrap(text, width, indent)) joined += line + '\n';
  return joined;
}

std::string hanging(std::string_view text, std::size_t indent) {
  const auto lines = wrap(text, kTextWidth - indent, 0, LongWords::kKeep);
  return fmt::format("{}", fmt::join(lines, "\n" + std::string(indent, ' ')));
}

}  // namespace zp
