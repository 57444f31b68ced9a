// SPDX-License-Identifier: MIT
// "key: value" lines, as a parse script of lkp-tests prints them; lkp puts the program's name in
// front. Medians, and pass, fail or skip as its parsers of functional tests have them.
#include "analysis/ci/formats.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"

namespace zp::analysis {

std::string write_lkp(const TestRun& run) {
  std::string text;
  // A counter can be called pass, or as the end of another row's path.
  PlainNames keys(machine_name);
  for (const auto& row : run.rows)
    for (const char* result : {".pass", ".fail", ".skip"}) keys(row.path + result);
  for (const auto& row : run.rows) {
    const bool skipped = row.status == TestStatus::kSkipped || row.status == TestStatus::kUnproven;
    const char* result = row.status == TestStatus::kPassed ? "pass" : skipped ? "skip" : "fail";
    text += fmt::format("{}.{}: 1\n", row.path, result);
    for (const auto& [metric, summary] : row.figures)
      text += fmt::format(
          "{}: {}\n", keys(row.path + '\n' + metric.key, row.path + "." + machine_name(metric.key)),
          summary.median);
  }
  return text;
}

}  // namespace zp::analysis
