// SPDX-License-Identifier: MIT
#include "analysis/formats/compared_tests.hpp"

#include <algorithm>
#include <map>

#include "harness/names/benchmark_name.hpp"
#include "harness/names/row_text.hpp"

namespace zp::analysis {
namespace {

ComparedEnd end_of(const Change& change, const Metric& metric) {
  if (change.verdict == Verdict::kUndecided) return ComparedEnd::kUndecided;
  const bool bad = change.verdict == Verdict::kSlower && metric.better != Better::kNeither;
  return bad ? ComparedEnd::kSlower : ComparedEnd::kPassed;
}

// "6.17.0, 6.18.0: why"; within one run nobody is named.
std::string reason_of(const Comparison& comparison, const std::vector<const SideError*>& errors,
                      bool skipped) {
  std::vector<std::pair<std::string, std::string>> told;  // why, and who says so
  for (const auto* error : errors) {
    const auto& label = comparison.sides[error->side].label;
    const auto known =
        std::ranges::find(told, error->row.reason, [](const auto& one) { return one.first; });
    if (known == told.end())
      told.emplace_back(error->row.reason, label);
    else if (!known->second.ends_with(label))
      known->second += ", " + label;
  }
  std::string text;
  for (const auto& [why, who] : told)
    text += (text.empty() ? "" : "; ") + (comparison.within_one_run ? "" : who + ": ") +
            (skipped ? why.substr(kSkippedPrefix.size()) : why);
  return text;
}

}  // namespace

std::vector<ComparedTest> compared_tests(const Comparison& comparison) {
  std::vector<ComparedTest> tests;
  std::map<std::pair<std::string, std::size_t>, std::size_t> known;
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows)
      for (std::size_t side = 1; side < row.sides.size(); ++side) {
        if (row.lacks(side)) continue;
        known.emplace(std::pair(row.name, side), tests.size());
        tests.push_back({row.name, side, &row, end_of(row.changes[side - 1], comparison.metric)});
      }
  std::map<std::size_t, std::vector<const SideError*>> errors;
  for (const auto& error : comparison.errors) {
    const auto cell = cell_name(error.row.name);
    // What the base has not, none can be held against.
    const auto first = error.side == 0 ? 1 : error.side;
    const auto last = error.side == 0 ? comparison.sides.size() - 1 : error.side;
    for (auto side = first; side <= last; ++side) {
      const auto [at, added] = known.emplace(std::pair(cell, side), tests.size());
      if (added) tests.push_back({cell, side});
      errors[at->second].push_back(&error);
    }
  }
  const auto is_skipped = [](const SideError* error) {
    return error->row.reason.starts_with(kSkippedPrefix);
  };
  for (auto& [number, of_test] : errors) {
    auto& test = tests[number];
    if (test.row != nullptr) {
      // Skipped in one pass and measured in another: compared. So is what some repetitions of the
      // base lack: the base is not what is tested.
      std::erase_if(of_test, is_skipped);
      if (std::ranges::all_of(of_test, [](const SideError* error) { return error->side == 0; })) {
        test.reason = reason_of(comparison, of_test, false);
        continue;
      }
    }
    const bool skipped = std::ranges::all_of(of_test, is_skipped);
    test.end = skipped ? ComparedEnd::kSkipped : ComparedEnd::kError;
    test.reason = reason_of(comparison, of_test, skipped);
  }
  return tests;
}

bool any_failed(const Comparison& comparison) {
  const auto tests = compared_tests(comparison);
  return std::ranges::any_of(tests, [](const ComparedTest& test) {
    return test.end == ComparedEnd::kSlower || test.end == ComparedEnd::kError;
  });
}

}  // namespace zp::analysis
