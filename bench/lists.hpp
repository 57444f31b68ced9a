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

// The lists as text, until all of them are known (a command line overrides a matrix file).
struct Lists {
  std::string families = "read", placements, colours = "1,2,4,8,16,32,64,128,256", tables = "64m",
              strides = "64,256,1024,4096", walks = "sequential", threads = "1", nodes,
              offsets = "fixed", shares = "split";
};

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
    return fail(ExitCode::kUsage, "'{}' is none of {}", text, known);
  };
}

// Errors: kUsage, naming the option (or the matrix's line) and what can't be one of its values.
Outcome<Matrix> parse_lists(const Lists& lists, const Origins& origins);

}  // namespace zp
