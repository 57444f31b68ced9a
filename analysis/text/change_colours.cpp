// SPDX-License-Identifier: MIT
#include "analysis/text/change_colours.hpp"

#include <algorithm>

namespace zp::analysis {
namespace {

constexpr std::string_view kRed = "\033[31m", kGreen = "\033[32m", kYellow = "\033[33m",
                           kPlain = "\033[0m";

// "-3.0%", "+112%"
bool is_change(std::string_view word) {
  return word.size() > 2 && (word[0] == '+' || word[0] == '-') && word.back() == '%' &&
         word.find_first_not_of("0123456789.", 1) == word.size() - 1;
}

// "" where there is none.
std::string_view word_at(std::string_view line, std::size_t begin) {
  begin = std::min(line.find_first_not_of(' ', begin), line.size());
  return line.substr(begin, line.find(' ', begin) - begin);
}

// Of a change, by the word behind it.
std::string_view colour_of(std::string_view change, std::string_view next, bool lower_is_better) {
  if (next == "?") return kYellow;
  const bool shown = next.empty() || next == "!" || next == "~" || next == "-" || is_change(next);
  if (!shown) return {};
  return (change[0] == '-') == lower_is_better ? kGreen : kRed;
}

std::string coloured(std::string_view line, bool lower_is_better) {
  std::string text;
  for (std::size_t at = 0; at < line.size();) {
    const auto begin = std::min(line.find_first_not_of(' ', at), line.size());
    const auto end = std::min(line.find(' ', begin), line.size());
    const auto word = line.substr(begin, end - begin);
    const auto colour =
        is_change(word) ? colour_of(word, word_at(line, end), lower_is_better) : std::string_view();
    text += line.substr(at, begin - at);
    text += colour;
    text += word;
    if (!colour.empty()) text += kPlain;
    at = end;
  }
  return text;
}

}  // namespace

std::string with_change_colours(std::string_view table, bool lower_is_better) {
  std::string text;
  for (std::size_t begin = 0; begin < table.size();) {
    const auto end = std::min(table.find('\n', begin), table.size() - 1) + 1;
    const auto line = table.substr(begin, end - begin);
    const auto words = line.substr(0, line.find('\n'));
    // Rows begin with a blank; sentences, which name changes as well, do not.
    const bool row = words.starts_with(' ') && word_at(words, 0) != "geomean";
    text += row ? coloured(words, lower_is_better) : std::string(words);
    text += line.substr(words.size());
    begin = end;
  }
  return text;
}

}  // namespace zp::analysis
