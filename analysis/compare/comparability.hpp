// SPDX-License-Identifier: MIT
// What must not differ between results that are compared.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

struct Difference {
  std::string field;
  std::string base;
  std::string other;
};

struct Comparability {
  std::vector<Difference> refused;  // machine, page size, semantics, census: no comparison
  std::vector<Difference> noted;    // compiler, governor, ...: worth a footnote
};

// Compares every run with the first of the base. Kernel release, knobs and placement are expected
// to differ and are not looked at; a field that one side does not know is a note.
Comparability check_comparability(std::span<const ResultSet* const> sides);

// "census: strong" -> "strong"; "" for rows that claim nothing.
std::string_view census_class(std::string_view label);

}  // namespace zp::analysis
