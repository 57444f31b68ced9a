// SPDX-License-Identifier: MIT
// "name result measurement units" lines, which LAVA's send-to-lava.sh takes. The same name for a
// row whatever became of it; reasons have no place.
#include "analysis/formats/compared_tests.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

std::string_view result_of(ComparedEnd end) {
  return word_for(end, {"pass", "fail", "unknown", "skip", "fail"});
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
    text += fmt::format("{} {}",
                        names(test.cell + '\n' + label, machine_name(test.cell) + figure + side),
                        result_of(test.end));
    if (test.row != nullptr) text += fmt::format(" {} {}", test.row->sides[test.side].median, unit);
    text += '\n';
  }
  // A result of its own: the format has no comments.
  if (comparison.rules.counts) return text;
  if (comparison.rules.hold_hosts)
    text += "sides-of-different-hosts-nothing-is-concluded skip\n";
  else if (comparison.rules.hold_one_boot)
    text += "one-boot-per-side-nothing-is-concluded skip\n";
  return text;
}

}  // namespace zp::analysis
