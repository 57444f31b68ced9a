// SPDX-License-Identifier: MIT
// The lists that choose cells, from text to a Matrix.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/cell.hpp"

namespace zp {

// The lists as text by option, until all of them are known: a command line overrides a matrix file.
using ListTexts = std::map<std::string, std::string>;

// One list: an option of the command line, a line of a matrix file.
struct ListOption {
  const char* name;     // "strides"
  const char* initial;  // what it is when nobody says
  std::string help;
  bool may_be_empty;
  // Reads the list into the matrix and returns how many values it has. `all`: for lists that
  // depend on another.
  Outcome<std::size_t> (*read)(const std::string& text, const ListTexts& all, Matrix& matrix);
};

// In the order of --help.
const std::vector<ListOption>& list_options();
ListTexts initial_lists();

// How an error names an option: "--strides", or "FILE:7: strides".
using Origins = std::map<std::string, std::string>;

std::string origin_of(const Origins& origins, const std::string& option);

// One of a few words.
template <class T>
auto word_parser(std::vector<std::pair<std::string_view, T>> words) {
  return [words = std::move(words)](const std::string& text) -> Outcome<T> {
    std::string known;
    for (const auto& [word, value] : words) {
      if (word == text) return value;
      known += fmt::format("{}{}", known.empty() ? "" : ", ", word);
    }
    return fail(ExitCode::kUsage, "'{}' is not one of {}", text, known);
  };
}

// Errors: kUsage, naming the option (or the matrix's line) and what can't be one of its values.
Outcome<Matrix> parse_lists(const ListTexts& lists, const Origins& origins);

}  // namespace zp
