// SPDX-License-Identifier: MIT
#include "analysis/render/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zp::analysis {

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

std::string shorten(std::string_view text, std::size_t width) {
  auto safe = printable(text);
  if (safe.size() <= width) return safe;
  if (width < 5) return safe.substr(0, width);
  const auto tail = (width - 2) / 2;
  return safe.substr(0, width - 2 - tail) + ".." + safe.substr(safe.size() - tail);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t indent) {
  const auto safe = printable(text);
  std::vector<std::string> lines;
  // More blanks than that are no indent of ours but part of a name.
  std::string line(std::min({safe.find_first_not_of(' '), safe.size(), width / 4}), ' ');
  std::size_t start = line.size();  // where the text of this line begins; then the indent
  const auto next_line = [&] {
    lines.push_back(line);
    line.assign(indent, ' ');
    start = indent;
  };
  for (std::size_t begin = start; begin < safe.size();) {
    auto end = std::min(safe.find(' ', begin), safe.size());
    const auto gap = line.size() > start ? 1U : 0U;
    if (line.size() + gap + (end - begin) > width && line.size() > start) {
      next_line();
      continue;
    }
    end = std::min(end, begin + width - start);
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

namespace {

// Decimals that show `size` with `digits` significant digits after rounding: 9.999 is 10.0.
int decimals_for(double size, int digits) {
  const double unit = std::pow(10, std::floor(std::log10(size)) - (digits - 1));
  const double rounded = std::round(size / unit) * unit * (1 + 1e-12);
  return std::max(0, digits - 1 - static_cast<int>(std::floor(std::log10(rounded))));
}

}  // namespace

std::string three_digits(double value) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (!std::isfinite(value) || size >= 999999.5 || size < 0.00001)
    return fmt::format("{:.3g}", value);
  return fmt::format("{:.{}f}", value, decimals_for(size, 3));
}

int common_decimals(const std::vector<double>& values) {
  double smallest = 0;
  double largest = 0;
  for (const double value : values) {
    const double size = std::abs(value);
    if (size == 0 || !std::isfinite(size)) continue;
    smallest = smallest == 0 ? size : std::min(smallest, size);
    largest = std::max(largest, size);
  }
  if (largest == 0) return 0;
  return std::min(6, std::max(decimals_for(largest, 3), decimals_for(smallest, 2)));
}

}  // namespace zp::analysis
