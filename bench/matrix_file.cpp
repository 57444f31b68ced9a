// SPDX-License-Identifier: MIT
#include "bench/matrix_file.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace zp {
namespace {

constexpr std::string_view kBlanks = " \t\r";

// What a matrix may say; the rest (--out, --restore, ...) is the command line's own.
constexpr std::array<std::string_view, 16> kOptions{
    "families", "family-table", "placements",  "colours", "tables", "strides",
    "walks",    "threads",      "nodes",       "offsets", "shares", "filter",
    "exclude",  "once",         "repetitions", "min-time"};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Outcome<std::vector<MatrixLine>> parse_matrix(const std::string& name, const std::string& text) {
  std::vector<MatrixLine> lines;
  std::istringstream stream(text);
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    const auto equals = line.find('=');
    if (equals == std::string::npos)
      return fail(ExitCode::kUsage, "matrix {}:{}: '{}' is not 'option = value'", name, number,
                  line);
    const std::string option = trimmed(line.substr(0, equals));
    if (std::find(kOptions.begin(), kOptions.end(), option) == kOptions.end())
      return fail(ExitCode::kUsage, "matrix {}:{}: unknown option '{}'; there are {}", name, number,
                  option, fmt::join(kOptions, ", "));
    if (std::any_of(lines.begin(), lines.end(),
                    [&](const MatrixLine& known) { return known.option == option; }))
      return fail(ExitCode::kUsage, "matrix {}:{}: '{}' is there twice", name, number, option);
    lines.push_back({fmt::format("{}:{}", name, number), option, trimmed(line.substr(equals + 1))});
  }
  return lines;
}

}  // namespace zp
