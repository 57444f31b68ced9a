// SPDX-License-Identifier: MIT
#include "bench/reporter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/current_table.hpp"
#include "bench/disturbance.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/file.hpp"
#include "harness/support/json.hpp"
#include "harness/support/median.hpp"
#include "harness/support/wrap.hpp"

namespace zp {
namespace {

using Run = benchmark::BenchmarkReporter::Run;

// Google Benchmark 1.8 renamed error_occurred to skipped.
template <class AnyRun>
std::optional<std::string> error_of(const AnyRun& run) {
  if constexpr (requires { run.error_occurred; }) {
    if (!run.error_occurred) return std::nullopt;
    return run.error_message;
  } else {
    if (run.skipped == decltype(run.skipped){}) return std::nullopt;
    return run.skip_message;
  }
}

// The library adds how it was called (/min_time:..., /repeats:..., /real_time) to the name; ours
// holds the cell and nothing else, so that runs with other settings stay comparable.
Run renamed(const Run& run) {
  Run copy = run;
  copy.run_name = {};
  copy.run_name.function_name = run.run_name.function_name;
  return copy;
}

std::optional<double> counter(const Run& run, const char* name) {
  const auto found = run.counters.find(name);
  if (found == run.counters.end()) return std::nullopt;
  return found->second.value;
}

bool was_disturbed(const Run& run) {
  return std::string_view(run.report_label).ends_with(kDisturbedLabel);
}

}  // namespace

Reporter::Reporter(Progress& progress, bool lines, bool colour)
    : progress_(progress),
      lines_(lines),
      colour_(colour),
      json_(std::make_unique<benchmark::JSONReporter>()) {
  json_->SetOutputStream(&json_text_);
  json_->SetErrorStream(&json_text_);
}

Reporter::~Reporter() = default;

bool Reporter::ReportContext(const Context& context) {
  context_.emplace(context);
  return true;
}

void Reporter::ReportRuns(const std::vector<Run>& runs) {
  std::vector<Run> rows;
  for (const Run& run : runs)
    if (run.run_type == Run::RT_Iteration && error_of(run) != std::string(kInterruptedMessage))
      rows.push_back(renamed(run));
  if (rows.empty()) return;  // the library's aggregates, or a cell that was interrupted
  for (const Run& row : rows) {
    repetitions_ += static_cast<std::size_t>(!error_of(row));
    disturbed_ += static_cast<std::size_t>(was_disturbed(row));
  }
  progress_.cell_done();
  progress_.clear();
  const auto bad =
      std::find_if(rows.begin(), rows.end(), [](const Run& row) { return error_of(row); });
  if (bad == rows.end())
    ++measured_;
  else if (const std::string error = *error_of(*bad); error.starts_with(kSkippedPrefix))
    ++skipped_[error.substr(kSkippedPrefix.size())];
  else
    ++failed_;
  if (lines_) print_cell(rows);
  rows_.push_back(std::move(rows));
}

std::string Reporter::why_skipped() const {
  constexpr std::size_t kMostReasons = 3;
  std::vector<std::pair<std::string, int>> reasons(skipped_.begin(), skipped_.end());
  std::ranges::stable_sort(reasons, std::ranges::greater{}, &std::pair<std::string, int>::second);
  std::string text;
  for (std::size_t i = 0; i < std::min(kMostReasons, reasons.size()); ++i)
    text += fmt::format("{}{} ({} cell{})", i == 0 ? "" : "; ", reasons[i].first, reasons[i].second,
                        reasons[i].second == 1 ? "" : "s");
  if (reasons.size() > kMostReasons)
    text += fmt::format("; and {} other reasons", reasons.size() - kMostReasons);
  return text;
}

std::string Reporter::disturbance() const {
  if (disturbed_ == 0) return "";
  return fmt::format(
      "{} of {} repetitions were disturbed (cpu_share, run_delay_share, throttled_share, "
      "steal_share, ksmd_share and major_faults_per_second of their rows): other work on these "
      "CPUs, a quota, a hypervisor, more threads than CPUs, or pages swapped out and in; "
      "figures of a busy machine are too slow, and where the first repetition was stalled the "
      "others take less than a tenth of --min-time",
      disturbed_, repetitions_);
}

void Reporter::print_cell(const std::vector<Run>& rows) const {
  const auto print = [&rows](const std::string& text) {
    print_to(stdout, fmt::format("{}\n    {}\n", rows.front().benchmark_name(), text));
    std::fflush(stdout);
  };
  for (const Run& row : rows)
    if (const auto error = error_of(row))
      return print(colour_ ? "\033[31m" + *error + "\033[0m" : *error);
  std::vector<double> times;
  for (const Run& row : rows)
    if (const auto time = counter(row, "ns_per_read")) times.push_back(*time);
  if (times.empty()) {  // a family's row
    std::string figures;
    for (const auto& [key, value] : rows.front().counters)
      figures += fmt::format("{}{} {:.6g}", figures.empty() ? "" : ", ", key, value.value);
    if (std::ranges::any_of(rows, was_disturbed)) figures += kDisturbedLabel;
    return print(hanging(figures, 4));
  }
  const auto [least, most] = std::minmax_element(times.begin(), times.end());
  std::string line = fmt::format("{:.3g} ns/read ({:.3g} .. {:.3g})", median(times), *least, *most);
  if (const auto frames = counter(rows.front(), "frames"))
    line += fmt::format(", {:.0f} frame{}", *frames, *frames == 1 ? "" : "s");
  std::string label = rows.front().report_label;
  const auto disturbed = std::ranges::find_if(rows, was_disturbed);
  if (disturbed != rows.end()) {
    label = disturbed->report_label;
    double lowest = 1;
    for (const Run& row : rows) lowest = std::min(lowest, counter(row, "cpu_share").value_or(1));
    if (lowest < kLeastCpuShare)
      label += fmt::format(" (in the worst repetition {} {:.0f} % of a CPU)",
                           rows.front().threads > 1 ? "its threads had, on average," : "it had",
                           100 * lowest);
  }
  print(line + ", " + label);
}

void Reporter::Finalize() {
  if (const std::string text = disturbance(); !text.empty())
    benchmark::AddCustomContext("warning.disturbed", text);
  if (context_) json_->ReportContext(*context_);
  for (const std::vector<Run>& rows : rows_) json_->ReportRuns(rows);
  json_->Finalize();
  document_ = json_document(json_text_.str());
}

}  // namespace zp
