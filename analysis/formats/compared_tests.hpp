// SPDX-License-Identifier: MIT
// A comparison as the tests of a CI: each cell of each side but the base is one, whatever became
// of it.
#pragma once

#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"

namespace zp::analysis {

enum class ComparedEnd { kPassed, kSlower, kUndecided, kSkipped, kError };

struct ComparedTest {
  std::string cell;
  std::size_t side = 1;              // what is held against the base
  const ComparedRow* row = nullptr;  // none: there was nothing to compare
  ComparedEnd end = ComparedEnd::kPassed;
  std::string reason = {};  // of kSkipped and kError; else what failed of the base

  const Change& change() const { return row->changes[side - 1]; }
};

// In the order of the rows, then of the cells that have none.
std::vector<ComparedTest> compared_tests(const Comparison& comparison);

// Whether one of them is "not ok".
bool any_failed(const Comparison& comparison);

}  // namespace zp::analysis
