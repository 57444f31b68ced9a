// SPDX-License-Identifier: MIT
#include "analysis/ci/test_run.hpp"

#include <algorithm>
#include <map>

#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/rows/unit_values.hpp"
#include "analysis/text/plain_names.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/names/row_text.hpp"

namespace zp::analysis {
namespace {

// What the kernel did wrong, of all reasons for which there is no figure.
TestStatus status_of(const ErrorRow& error) {
  if (error.reason.starts_with(kSkippedPrefix)) return TestStatus::kSkipped;
  return tells_of_faulty_kernel(error.reason) ? TestStatus::kFailed : TestStatus::kError;
}

class Reader {
 public:
  Reader(const ResultSet& set, std::string_view wanted)
      : set_(set),
        wanted_(wanted),
        emulated_(is_emulated(set)),
        ours_(is_ours(set)),
        passes_(by_pass(set)) {
    for (const auto& key : set.metrics()) metrics_.push_back(metric_in(set, key));
  }

  TestRun read() {
    TestRun run;
    run.set = &set_;
    run.suite = ours_ ? "zpbench" : "benchmarks";
    for (std::size_t cell = 0; cell < set_.cell_count(); ++cell) add_measured(cell);
    for (const ErrorRow& error : set_.errors()) add_error(error);
    // A kernel that died of a pass must not be green, nor one whose files nobody can read.
    for (const ErrorRow& missing : set_.missing_passes()) add_error(missing);
    for (auto& [name, row] : rows_) run.rows.push_back(std::move(row));
    std::ranges::stable_sort(run.rows, natural_less, &TestRow::name);
    PlainNames paths(dotted_path);
    for (TestRow& row : run.rows) row.path = paths(row.name);
    return run;
  }

 private:
  void add_measured(std::size_t cell) {
    TestRow row;
    row.name = set_.cell_name(cell);
    const auto census = set_.census(cell);
    if (census == CensusClass::kMissing) {
      row.status = TestStatus::kUnproven;
      row.reason = "not proven: no census";
    } else if (census == CensusClass::kWeak) {
      row.status = TestStatus::kUnproven;
      const auto label = set_.label(cell);
      const auto why = set_.context_value("census");
      const std::string_view said = why.starts_with("weak") ? std::string_view(why) : label;
      constexpr std::string_view kWord = "census: ";
      row.reason = fmt::format("not proven: census {}",
                               said.starts_with(kWord) ? said.substr(kWord.size()) : said);
    }
    for (const auto& metric : metrics_) {
      const auto& key = metric.key;
      if (key != wanted_ && (key == "start_s" || (ours_ && is_in_every_row(key)))) continue;
      if (emulated_ && metric.depends_on_clock) continue;
      if (auto values = values_of(cell, key); !values.empty())
        row.figures.push_back({metric, summarise(std::move(values))});
    }
    std::ranges::stable_sort(row.figures, {},
                             [this](const TestFigure& figure) { return place(figure.metric); });
    if (!wanted_.empty() && (row.figures.empty() || row.figures.front().metric.key != wanted_))
      row.lacks = wanted_;
    row.only_disturbance = wanted_.empty() && !row.figures.empty() &&
                           is_of_disturbance(row.figures.front().metric.key);
    rows_.emplace(row.name, std::move(row));
  }

  // Of ours one per pass: its repetitions share frames and minutes.
  std::vector<double> values_of(std::size_t cell, const std::string& key) const {
    return ours_ ? present(unit_medians(set_, cell, key, passes_)) : set_.values(cell, key);
  }

  void add_error(const ErrorRow& error) {
    const auto name = cell_name(error.name);
    TestRow& row = rows_[name];
    const bool measured = !row.name.empty();
    const auto status = status_of(error);
    if (measured && status <= row.status) return;  // also: skipped in one pass, measured in another
    if (measured && status == TestStatus::kSkipped) return;
    row.name = name;
    row.status = status;
    row.reason =
        status == TestStatus::kSkipped ? error.reason.substr(kSkippedPrefix.size()) : error.reason;
    row.figures.clear();
  }

  // Other programs' rows are about their time: what their counters mean only they know.
  int place(const Metric& metric) const {
    if (metric.key == wanted_) return -1;
    return !ours_ && metric.key == "real_time" ? 0 : figure_rank(metric) + (ours_ ? 0 : 1);
  }

  const ResultSet& set_;
  std::string_view wanted_;
  std::vector<Metric> metrics_;
  bool emulated_;
  bool ours_;  // whose iterations are not of what is measured: their times say nothing
  Grouping passes_;
  std::map<std::string, TestRow> rows_;
};

}  // namespace

std::size_t TestRun::count(TestStatus status) const {
  return static_cast<std::size_t>(std::ranges::count(rows, status, &TestRow::status));
}

std::size_t TestRun::skipped() const {
  return count(TestStatus::kSkipped) + count(TestStatus::kUnproven);
}

std::size_t TestRun::bad() const {
  return count(TestStatus::kError) + count(TestStatus::kFailed);
}

TestRun test_run(const ResultSet& set, std::string_view metric) {
  return Reader(set, metric).read();
}

std::string dotted_path(std::string_view name) {
  std::string path;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    // An empty step of a path is not one.
    if (c == '/' && (path.empty() || path.back() == '.')) path += '_';
    path += plain ? c : c == '/' ? '.' : c == ':' ? '-' : '_';
  }
  return path.empty() || path.back() == '.' ? path + '_' : path;
}

}  // namespace zp::analysis
