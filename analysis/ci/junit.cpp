// SPDX-License-Identifier: MIT
// JUnit XML as Jenkins and GitLab read it. No time: of a row that is a benchmark it would be taken
// for the figure. Figures are properties of the test case.
#include "analysis/ci/formats.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/markup.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

// Printable ASCII, so all of it is in XML's own set of characters.
std::string attribute(std::string_view key, std::string_view value) {
  return fmt::format(" {}=\"{}\"", key, html_text(value));
}

std::string property(std::string_view name, std::string_view value) {
  return "<property" + attribute("name", name) + attribute("value", value) + "/>";
}

std::string totals(const TestRun& run) {
  return fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", run.rows.size(),
                     run.count(TestStatus::kFailed), run.count(TestStatus::kError), run.skipped());
}

std::string_view element_of(TestStatus status) {
  return word_for(status, {"", "skipped", "skipped", "error", "failure"});
}

}  // namespace

std::string write_junit(const TestRun& run) {
  const auto& context = run.set->context();
  const std::string& suite = run.suite;
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + totals(run) +
                     ">\n<testsuite" + attribute("name", suite) + totals(run) + ">\n";
  text += "<properties>";
  for (const auto& [name, value] :
       {std::pair("kernel", kernel_of(context)), std::pair("cpu", cpu_text(context))})
    if (!value.empty()) text += property(name, value);
  text += property("emulated", is_emulated(*run.set) ? "true" : "false") + "</properties>\n";
  for (const auto& row : run.rows) {
    text += "<testcase" + attribute("classname", suite + "." + parse_name(row.name).family) +
            attribute("name", row.name) + ">";
    if (!row.figures.empty()) {
      text += "<properties>";
      for (const auto& [metric, summary] : row.figures)
        text += property(metric.key, fmt::format("{}", summary.median));
      text += "</properties>";
    }
    if (const auto element = element_of(row.status); !element.empty())
      text += fmt::format("<{}{}/>", element, attribute("message", row.reason));
    text += "</testcase>\n";
  }
  return text + "</testsuite>\n</testsuites>\n";
}

}  // namespace zp::analysis
