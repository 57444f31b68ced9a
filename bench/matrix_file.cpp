// SPDX-License-Identifier: MIT
#include "bench/matrix_file.hpp"

#include <algorithm>
#include <sstream>

#include "bench/lists.hpp"

namespace zp {
namespace {

constexpr std::string_view kBlanks = " \t\r";

// What a matrix may say; the rest (--out, --restore, ...) is the command line's own.
std::vector<std::string> known_options() {
  std::vector<std::string> names;
  for (const ListOption& option : list_options()) names.emplace_back(option.name);
  for (const char* other :
       {"family-table", "filter", "exclude", "once", "passes", "repetitions", "min-time"})
    names.emplace_back(other);
  return names;
}

// Of a block: what its cells are a cross product of.
bool is_of_reads(const std::string& option) {
  return option != "families" &&
         std::any_of(list_options().begin(), list_options().end(),
                     [&](const ListOption& known) { return known.name == option; });
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// As run-matrix.sh takes --passes.
bool is_count(const std::string& text) {
  return !text.empty() && text.size() <= 4 && text[0] != '0' &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

Outcome<MatrixFile> parse_matrix(const std::string& name, const std::string& text) {
  MatrixFile file;
  const std::vector<std::string> known_names = known_options();
  std::istringstream stream(text);
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    if (line.front() == '[' && line.back() == ']') {
      file.blocks.emplace_back();
      continue;
    }
    auto& lines = file.blocks.empty() ? file.lines : file.blocks.back();
    const auto equals = line.find('=');
    if (equals == std::string::npos)
      return fail(ExitCode::kUsage, "matrix {}:{}: '{}' is not 'option = value'", name, number,
                  line);
    const std::string option = trimmed(line.substr(0, equals));
    if (std::ranges::find(known_names, option) == known_names.end())
      return fail(ExitCode::kUsage, "matrix {}:{}: unknown option '{}'; there are {}", name, number,
                  option, fmt::join(known_names, ", "));
    if (!file.blocks.empty() && !is_of_reads(option))
      return fail(ExitCode::kUsage, "matrix {}:{}: '{}' must stand before the first block", name,
                  number, option);
    if (std::ranges::any_of(lines, [&](const MatrixLine& known) { return known.option == option; }))
      return fail(ExitCode::kUsage, "matrix {}:{}: '{}' is there twice", name, number, option);
    const std::string value = trimmed(line.substr(equals + 1));
    if (option == "passes" && !is_count(value))
      return fail(ExitCode::kUsage, "matrix {}:{}: passes '{}': must be 1 to 9999", name, number,
                  value);
    lines.push_back({fmt::format("{}:{}", name, number), option, value});
  }
  // It was looked at; it is the script's.
  std::erase_if(file.lines, [](const MatrixLine& known) { return known.option == "passes"; });
  return file;
}

}  // namespace zp
