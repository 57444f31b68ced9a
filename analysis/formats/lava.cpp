// SPDX-License-Identifier: MIT
// "name result measurement units" lines, which LAVA's send-to-lava.sh takes.
#include "analysis/formats/formats.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"

namespace zp::analysis {

std::string render_lava(const Comparison& comparison, std::size_t) {
  std::string text;
  PlainNames rows(machine_name), sides(machine_name);
  const auto unit = comparison.metric.unit.empty() ? "count" : comparison.metric.unit;
  for (const auto& block : comparison.blocks) {
    for (const auto& row : block.rows) {
      for (std::size_t i = 1; i < row.sides.size(); ++i) {
        const auto verdict = row.changes[i - 1].verdict;
        const char* result =
            verdict == Verdict::kUndecided ? "unknown"
            : verdict == Verdict::kSlower && comparison.metric.better != Better::kNeither ? "fail"
                                                                                          : "pass";
        auto name = rows(row.name) + "." + machine_name(comparison.metric.key);
        if (comparison.sides.size() > 2) name += "." + sides(comparison.sides[i].label);
        text += fmt::format("{} {} {} {}\n", name, result, row.sides[i].median, unit);
      }
    }
  }
  // A result of its own: the format has no comments.
  if (comparison.rules.hold_one_boot && !comparison.rules.counts)
    text += "one-boot-per-side-nothing-is-concluded skip\n";
  for (const auto& error : comparison.errors) text += rows(error.row.name) + " fail\n";
  return text;
}

}  // namespace zp::analysis
