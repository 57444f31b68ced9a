// SPDX-License-Identifier: MIT
// KTAP version 1 (Documentation/dev-tools/ktap.rst): a slower cell is "not ok".
#include <array>

#include "analysis/compare/wording.hpp"
#include "analysis/formats/compared_tests.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

// "slower 1.85 -> 2.10 ns +13.5%"
std::string change_line(const Comparison& comparison, const ComparedTest& test) {
  const auto& change = test.change();
  const auto figure = [&](std::size_t side) {
    return three_digits(test.row->sides[side].median * comparison.scale.factor);
  };
  const auto mark = held_mark(change.doubt);
  return fmt::format("{} {} -> {} {} {}{}{}{}", verdict_word(change.verdict, comparison.metric),
                     figure(0), figure(test.side), comparison.scale.unit,
                     change.ratio ? percent_change(change.ratio->ratio) : std::string("no ratio"),
                     mark.empty() ? "" : " ", mark,
                     test.reason.empty() ? "" : "; " + ktap_text(test.reason));
}

}  // namespace

std::string render_ktap(const Comparison& comparison, std::size_t) {
  const auto tests = compared_tests(comparison);
  std::string text = fmt::format("KTAP version 1\n1..{}\n", tests.size());
  PlainNames names(ktap_name);
  std::array<std::size_t, 5> counts{};  // by ComparedEnd
  std::size_t number = 0;
  for (const auto& test : tests) {
    const auto& label = comparison.sides[test.side].label;
    const auto& name =
        comparison.sides.size() == 2
            ? names(test.cell)
            : names(test.cell + '\n' + label, ktap_name(test.cell) + "." + machine_name(label));
    const bool is_error = test.end == ComparedEnd::kError;
    const bool ok = !is_error && test.end != ComparedEnd::kSlower;
    ++counts[static_cast<std::size_t>(test.end)];
    text +=
        fmt::format("{} {} {} # {}{}\n", ok ? "ok" : "not ok", ++number, name,
                    word_for(test.end, {"", "", "SKIP ", "SKIP ", "ERROR "}),
                    is_error || test.end == ComparedEnd::kSkipped ? ktap_text(test.reason)
                                                                  : change_line(comparison, test));
  }
  if (const std::string_view figures = figures_text(comparison); !figures.empty())
    text += fmt::format("# {}\n", figures);
  if (const auto why = one_boot_note(comparison); !why.empty())
    text += "# " + printable(why) + "\n";
  if (const auto why = other_hosts_note(comparison); !why.empty()) text += "# " + why + "\n";
  if (const auto disturbed = disturbed_text(comparison); !disturbed.empty())
    text += "# [d] " + disturbed + "\n";
  if (const auto hosts = hosts_text(comparison); !hosts.empty())
    text += "# " + printable(hosts) + "\n";
  if (!comparison.unproven.empty()) text += "# " + comparison.unproven + "\n";
  const auto& [passed, slower, undecided, skipped, errors] = counts;
  return text + fmt::format("# Totals: pass:{} fail:{} xfail:0 xpass:0 skip:{} error:{}\n", passed,
                            slower, undecided + skipped, errors);
}

}  // namespace zp::analysis
