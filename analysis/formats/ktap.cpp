// SPDX-License-Identifier: MIT
// KTAP version 1 (Documentation/dev-tools/ktap.rst): a slower cell is "not ok".
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"

namespace zp::analysis {

std::string render_ktap(const Comparison& comparison, std::size_t) {
  const auto tests = comparison.change_count();
  std::string text = fmt::format("KTAP version 1\n1..{}\n", tests + comparison.errors.size());
  PlainNames names(ktap_name), sides(machine_name);
  std::size_t number = 0, passed = 0, failed = 0, skipped = 0;
  for (const auto& block : comparison.blocks) {
    for (const auto& row : block.rows) {
      for (std::size_t i = 1; i < row.sides.size(); ++i) {
        const auto& change = row.changes[i - 1];
        const bool bad =
            change.verdict == Verdict::kSlower && comparison.metric.better != Better::kNeither;
        const bool doubt = change.verdict == Verdict::kUndecided;
        ++(bad ? failed : doubt ? skipped : passed);
        auto name = names(row.name);
        if (comparison.sides.size() > 2) name += "." + sides(comparison.sides[i].label);
        text += fmt::format(
            "{} {} {} # {}{} {} -> {} {} {}\n", bad ? "not ok" : "ok", ++number, name,
            doubt ? "SKIP " : "", verdict_word(change.verdict, comparison.metric),
            three_digits(row.sides[0].median * comparison.scale.factor),
            three_digits(row.sides[i].median * comparison.scale.factor), comparison.scale.unit,
            change.ratio ? percent_change(change.ratio->ratio) : std::string("no ratio"));
        if (change.doubt == Doubt::kOneBoot) text.insert(text.size() - 1, " [1]");
      }
    }
  }
  for (const auto& error : comparison.errors) {
    ++failed;
    text += fmt::format("not ok {} {} # ERROR {}\n", ++number, names(error.row.name),
                        ktap_text(error.row.reason));
  }
  if (const auto why = one_boot_text(comparison); !why.empty())
    text += "# " + printable(why) + "\n";
  return text + fmt::format("# Totals: pass:{} fail:{} xfail:0 xpass:0 skip:{} error:0\n", passed,
                            failed, skipped);
}

}  // namespace zp::analysis
