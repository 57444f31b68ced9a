// SPDX-License-Identifier: MIT
// "name result measurement units" lines, which LAVA's send-to-lava.sh takes.
#include "analysis/render/formats.hpp"
#include "analysis/render/wording.hpp"

namespace zp::analysis {

std::string render_lava(const Comparison& comparison, std::size_t) {
  std::string text;
  const auto unit = comparison.metric.unit.empty() ? "count" : comparison.metric.unit;
  for (const auto& block : comparison.blocks) {
    for (const auto& row : block.rows) {
      for (std::size_t i = 1; i < row.sides.size(); ++i) {
        const auto verdict = row.changes[i - 1].verdict;
        const char* result =
            verdict == Verdict::kUndecided ? "unknown"
            : verdict == Verdict::kSlower && comparison.metric.better != Better::kNeither ? "fail"
                                                                                          : "pass";
        auto name = machine_name(row.name) + "." + machine_name(comparison.metric.key);
        if (comparison.sides.size() > 2) name += "." + machine_name(comparison.sides[i].label);
        text += fmt::format("{} {} {} {}\n", name, result, row.sides[i].median, unit);
      }
    }
  }
  for (const auto& error : comparison.errors) text += machine_name(error.row.name) + " fail\n";
  return text;
}

}  // namespace zp::analysis
