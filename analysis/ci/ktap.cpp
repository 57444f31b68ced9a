// SPDX-License-Identifier: MIT
// KTAP version 1 (Documentation/dev-tools/ktap.rst), the totals as kselftest prints them.
#include "analysis/ci/formats.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

std::string figure_text(const TestRow& row) {
  if (!row.lacks.empty()) return fmt::format(" # no {}", ktap_name(row.lacks));
  const auto* figure = row.main_figure();
  if (figure == nullptr) return {};
  const auto scale = scale_for(figure->metric, figure->summary.median);
  auto text = fmt::format(" # {} {}", ktap_name(figure->metric.key),
                          three_digits(figure->summary.median * scale.factor));
  return scale.unit.empty() ? text : text + " " + scale.unit;
}

}  // namespace

std::string write_ktap(const TestRun& run) {
  std::string text = fmt::format("KTAP version 1\n1..{}\n", run.rows.size());
  PlainNames names(ktap_name);
  std::size_t number = 0;
  for (const auto& row : run.rows) {
    const auto& name = names(row.name);
    ++number;
    if (row.status == TestStatus::kPassed)
      text += fmt::format("ok {} {}{}\n", number, name, figure_text(row));
    else
      text += fmt::format("{} {} {} # {} {}\n",
                          word_for(row.status, {"ok", "ok", "ok", "not ok", "not ok"}), number,
                          name, word_for(row.status, {"", "SKIP", "SKIP", "ERROR", "FAIL"}),
                          ktap_text(row.reason));
  }
  return text + fmt::format("# Totals: pass:{} fail:{} xfail:0 xpass:0 skip:{} error:{}\n",
                            run.count(TestStatus::kPassed), run.count(TestStatus::kFailed),
                            run.skipped(), run.count(TestStatus::kError));
}

}  // namespace zp::analysis
