// SPDX-License-Identifier: MIT
// "name result measurement units" lines, which LAVA's send-to-lava.sh takes. The same name for a
// row whatever became of it; reasons have no place.
#include "analysis/formats/compared_tests.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"

namespace zp::analysis {
namespace {

const char* result_of(ComparedEnd end) {
  switch (end) {
    case ComparedEnd::kPassed:
      return "pass";
    case ComparedEnd::kUndecided:
      return "unknown";
    case ComparedEnd::kSkipped:
      return "skip";
    case ComparedEnd::kSlower:
    case ComparedEnd::kError:
      break;
  }
  return "fail";
}

}  // namespace

std::string render_lava(const Comparison& comparison, std::size_t) {
  std::string text;
  PlainNames names(machine_name);
  const auto figure = "." + machine_name(comparison.metric.key);
  const auto unit =
      comparison.metric.unit.empty() ? machine_name(comparison.metric.key) : comparison.metric.unit;
  for (const auto& test : compared_tests(comparison)) {
    const auto& label = comparison.sides[test.side].label;
    const auto side = comparison.sides.size() == 2 ? std::string() : "." + machine_name(label);
    text += names(test.cell + '\n' + label, machine_name(test.cell) + figure + side) + " " +
            result_of(test.end);
    if (test.row != nullptr) text += fmt::format(" {} {}", test.row->sides[test.side].median, unit);
    text += '\n';
  }
  // A result of its own: the format has no comments.
  if (comparison.rules.hold_one_boot && !comparison.rules.counts)
    text += "one-boot-per-side-nothing-is-concluded skip\n";
  return text;
}

}  // namespace zp::analysis
