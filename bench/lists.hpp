// SPDX-License-Identifier: MIT
// The lists that choose cells, from text to a Matrix.
#pragma once

#include <functional>
#include <map>
#include <string>
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
  std::function<Outcome<std::size_t>(const std::string& text, const ListTexts& all, Matrix& matrix)>
      read;
};

// "a,b,,a" -> {"a", "b"}: what a list has twice counts once.
std::vector<std::string> parts_of_list(std::string_view text);

// In the order of --help.
const std::vector<ListOption>& list_options();
ListTexts initial_lists();

// How an error names an option: "--strides", or "FILE:7: strides".
using Origins = std::map<std::string, std::string>;

std::string origin_of(const Origins& origins, const std::string& option);

// Of tables for caches that this machine does not have none may be left. Errors: kUsage, naming the
// option (or the matrix's line) and what can't be one of its values.
Outcome<Matrix> parse_lists(const ListTexts& lists, const Origins& origins);

}  // namespace zp
