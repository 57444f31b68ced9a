// SPDX-License-Identifier: MIT
// How much a boot changes: measured once over boots of one kernel, stored, and taken by
// comparisons that have one boot per side.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/compare/verdict.hpp"
#include "analysis/load/result_set.hpp"
#include "analysis/stats/moderated.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

// Variances of logarithms of boot medians, one per cell, and what a boot does to all cells alike.
struct BootDeviation {
  std::string metric, kernel;
  Context machine;  // machine_facts() theirs
  std::size_t boots = 0;
  std::map<std::string, Variance, std::less<>> cells;
  Variance common;
  VariancePrior prior;  // stands for cells that were not measured
};

// Errors: kNotComparable where the rows are not of the machine whose boots those are.
Outcome<void> check_same_machine(const BootDeviation& boots, const ResultSet& set);

// Errors: kUsage where fewer than three boots are recorded or no cell has the metric.
Outcome<BootDeviation> measure_boots(const ResultSet& set, const std::string& metric);

// The smallest ratio between single boots that a comparison of as many cells shows by these rules,
// per cell, sorted: an upper limit for differences between two boots, which falls as boots are
// added.
std::vector<double> boot_limits(const BootDeviation& boots, const VerdictRules& rules);

// The boots' part of the variance of a difference between two single boots.
void append_boot_terms(const BootDeviation& boots, const std::string& cell,
                       std::vector<Variance>& terms);

inline constexpr std::string_view kBootsStart = "{\n \"schema\": \"zpanalyze-boot-deviation-";
std::string to_json(const BootDeviation& boots);
Outcome<BootDeviation> read_boots(const std::string& path);

// What `compare --boots` prints; lines of at most `width`.
std::string describe_boots(const BootDeviation& boots, const VerdictRules& rules,
                           std::size_t width);

}  // namespace zp::analysis
