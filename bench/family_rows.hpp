// SPDX-License-Identifier: MIT
// The families, one row each where their cells are made; families.cpp puts them together.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "bench/families.hpp"

namespace zp {

struct Family {
  std::string_view name;
  bool repeated;   // a timing; else its cells are measured once a pass
  double seconds;  // of one repetition of a cell, about: a reference run's mean
  void (*add)(const FamilyChoice& choice, std::vector<FamilyCell>& cells);
};

// About mapping: what else the kernel does to zero pages.
std::span<const Family> mapping_families();
// About merging: what KSM makes of a table, and what that costs.
std::span<const Family> merging_families();
// About programs: kernels, mixed, readers.
std::span<const Family> program_families();

}  // namespace zp
