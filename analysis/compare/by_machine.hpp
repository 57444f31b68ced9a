// SPDX-License-Identifier: MIT
// A fleet of several kinds of machine: they are never pooled, each is compared by itself.
#pragma once

#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"
#include "analysis/load/result_set.hpp"

namespace zp::analysis {

struct MachineGroup {
  std::string machine;           // "AMD EPYC (family 25 model 1: Zen 3)"
  std::vector<ResultSet> sides;  // as many as there were
};

struct ByMachine {
  std::vector<MachineGroup> groups;  // kinds that all sides have, in order of first sight
  std::vector<std::string> others;   // "NAME: on side 2 alone", "NAME: no cell of one side ..."
};

// Whether there are several kinds, of which all sides have at least one.
bool has_machines_apart(const std::vector<ResultSet>& sides);

// REQUIRES: has_machines_apart.
ByMachine split_by_machine(std::vector<ResultSet> sides);

struct ComparedMachine {
  std::string machine;
  Comparison comparison;
};

// Each group by itself, at least one. What can't be compared is added to `others`, with the reason;
// where that is so of all groups, the first one's is the error.
Outcome<std::vector<ComparedMachine>> compare_machines(ByMachine& machines,
                                                       const CompareOptions& options);

}  // namespace zp::analysis
