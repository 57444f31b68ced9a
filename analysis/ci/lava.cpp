// SPDX-License-Identifier: MIT
// "name result measurement units" lines, which test-definitions' send-to-lava.sh takes. The same
// name for a row whatever became of it; reasons have no place.
#include "analysis/ci/formats.hpp"
#include "analysis/text/markup.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

std::string_view result_of(TestStatus status) {
  return word_for(status, {"pass", "unknown", "skip", "fail", "fail"});
}

}  // namespace

std::string write_lava(const TestRun& run) {
  std::string text;
  for (const auto& row : run.rows) {
    text += fmt::format("{} {}", row.path, result_of(row.status));
    if (const auto* figure = row.main_figure())
      text += fmt::format(
          " {} {}", figure->summary.median,
          figure->metric.unit.empty() ? machine_name(figure->metric.key) : figure->metric.unit);
    text += '\n';
  }
  return text;
}

}  // namespace zp::analysis
