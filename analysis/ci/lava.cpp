// SPDX-License-Identifier: MIT
// "name result measurement units" lines, which test-definitions' send-to-lava.sh takes. The same
// name for a row whatever became of it; reasons have no place.
#include "analysis/ci/formats.hpp"
#include "analysis/text/markup.hpp"

namespace zp::analysis {
namespace {

const char* result_of(TestStatus status) {
  switch (status) {
    case TestStatus::kPassed:
      return "pass";
    case TestStatus::kUnproven:
      return "unknown";
    case TestStatus::kSkipped:
      return "skip";
    case TestStatus::kError:
    case TestStatus::kFailed:
      break;
  }
  return "fail";
}

}  // namespace

std::string write_lava(const TestRun& run) {
  std::string text;
  for (const auto& row : run.rows) {
    text += row.path + " " + result_of(row.status);
    if (const auto* figure = row.main_figure())
      text += fmt::format(
          " {} {}", figure->summary.median,
          figure->metric.unit.empty() ? machine_name(figure->metric.key) : figure->metric.unit);
    text += '\n';
  }
  return text;
}

}  // namespace zp::analysis
