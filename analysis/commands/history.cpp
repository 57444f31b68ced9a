// SPDX-License-Identifier: MIT
// zpanalyze history: one cell over runs and kernels.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <set>

#include "analysis/commands/commands.hpp"
#include "analysis/compare/comparability.hpp"
#include "analysis/compare/footnotes.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/interval.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

struct Options {
  std::vector<std::string> runs;
  LoadOptions load;
  std::string metric;
  std::size_t width = 75;
  bool emulated_times = false;
};

struct Entry {
  std::string kernel, version, started;
  double instant = 0;  // of `started`
  Summary summary;
};

std::string started_of(const Run& run) {
  if (run.manifest) return run.manifest->started;
  return context_value(run.context(), "date");
}

// Seconds east of Greenwich of "+02:00", "+0530" or "-08"; of "Z" and other texts 0.
double seconds_east(std::string_view zone) {
  if (zone.empty() || (zone.front() != '+' && zone.front() != '-')) return 0;
  int digits[4] = {};
  std::size_t count = 0;
  for (const char c : zone.substr(1))
    if (c >= '0' && c <= '9' && count < 4) digits[count++] = c - '0';
  const double minutes = 60 * (10 * digits[0] + digits[1]) + 10 * digits[2] + digits[3];
  return (zone.front() == '-' ? -60 : 60) * minutes;
}

// Seconds of "2026-10-25T02:40:00.123+02:00", "...Z", and as versions before 1.5 wrote it with '/'
// and ' '; in the order of time, whatever the zone. Of other texts 0.
double instant_of(const std::string& date) {
  std::tm time{};
  int end = 0;
  if (std::sscanf(date.c_str(), "%4d%*1[-/]%2d%*1[-/]%2d%*1[T -]%2d:%2d:%2d%n", &time.tm_year,
                  &time.tm_mon, &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec,
                  &end) != 6)
    return 0;
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  auto seconds = static_cast<double>(::timegm(&time));
  auto rest = std::string_view(date).substr(static_cast<std::size_t>(end));
  if (rest.starts_with('.') || rest.starts_with(',')) {
    const auto digits = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    double place = 1;
    for (const char c : rest.substr(1, digits - 1)) seconds += (c - '0') * (place /= 10);
    rest.remove_prefix(digits);
  }
  return seconds - seconds_east(rest);
}

// One value per pass, whose repetitions share frames and minutes. Of other programs each
// repetition.
std::vector<std::vector<double>> values_of(const ResultSet& set, std::size_t cell,
                                           const std::string& metric, const Grouping& passes) {
  if (!is_ours(set)) return set.values_by_run(cell, metric);
  auto lists = set.values_by_group(cell, metric, passes.unit_of_file, passes.units);
  std::vector<std::vector<double>> runs;
  auto pass = lists.begin();
  for (const auto& run : set.runs()) {
    auto& values = runs.emplace_back();
    for (std::size_t file = 0; file < run.files.size(); ++file, ++pass)
      if (!pass->empty()) values.push_back(median(std::move(*pass)));
  }
  return runs;
}

std::vector<Entry> entries_of(const ResultSet& set, std::size_t cell, const std::string& metric,
                              const Grouping& passes) {
  auto lists = values_of(set, cell, metric, passes);
  std::vector<Entry> entries;
  for (std::size_t r = 0; r < lists.size(); ++r) {
    if (lists[r].empty()) continue;
    const auto& context = set.runs()[r].context();
    const auto kernel = context.find("kernel.release");
    const auto started = started_of(set.runs()[r]);
    entries.push_back({kernel == context.end() ? set.runs()[r].path : kernel->second,
                       std::string(context_value(context, "kernel.version")), started,
                       instant_of(started), summarise(std::move(lists[r]))});
  }
  std::ranges::stable_sort(entries, {}, &Entry::instant);
  return entries;
}

// A bar of 16 characters from 0 to the largest value is enough to see a step.
constexpr std::size_t kLongestBar = 16;

std::string bar(double value, double largest, std::size_t length) {
  const double share = largest > 0 ? std::clamp(value / largest, 0.0, 1.0) : 0;
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(length) + 0.5);
  return std::string(filled, '#') + std::string(length - filled, ' ');
}

// The figures, and bars as long as the line has room for.
std::string with_bars(const std::vector<std::vector<std::string>>& lines,
                      const std::vector<double>& values, std::size_t width) {
  constexpr std::size_t kGap = 2;
  TextTable figures(2, kGap);
  for (const auto& line : lines) figures.add_row(line);
  const std::size_t taken = figures.width() + kGap;
  const std::size_t length = taken < width ? std::min(kLongestBar, width - taken) : 0;
  const double largest = *std::ranges::max_element(values);
  TextTable table(2, kGap);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto line = lines[i];
    if (length > 0) line.push_back(i == 0 ? "" : bar(values[i - 1], largest, length));
    table.add_row(line);
    if (i == 0) table.add_rule();
  }
  return table.text();
}

std::string render(const std::vector<Entry>& entries, const Metric& metric, std::size_t width) {
  std::vector<double> medians;
  for (const auto& entry : entries) medians.push_back(entry.summary.median);
  const auto scale = scale_for(metric, median(medians));
  for (double& value : medians) value *= scale.factor;
  const int decimals = common_decimals(medians);
  const bool has_intervals =
      std::ranges::any_of(entries, [](const Entry& entry) { return entry.summary.interval_is_95; });
  std::vector<std::vector<std::string>> lines{{"kernel", "started",
                                               scale.unit.empty() ? "median" : scale.unit,
                                               has_intervals ? "+-" : "", "n"}};
  std::vector<std::string> kernels;
  std::set<std::string> days;
  for (const auto& entry : entries) {
    const bool built_anew = std::ranges::any_of(entries, [&entry](const Entry& other) {
      return other.kernel == entry.kernel && other.version != entry.version &&
             !other.version.empty() && !entry.version.empty();
    });
    kernels.push_back(entry.kernel + (built_anew ? " " + entry.version : ""));
    days.insert(entry.started.substr(0, 10));
  }
  const auto labels = distinct_labels(kernels, 20);
  // The time of day where runs share a day.
  const std::size_t date = days.size() == entries.size() ? 10 : 16;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    lines.push_back(
        {labels[i], printable(entry.started.substr(0, date)), aligned_number(medians[i], decimals),
         entry.summary.interval_is_95 ? spread_text(entry.summary.median, entry.summary.interval)
                                      : std::string(),
         fmt::format("{}", entry.summary.n)});
  }
  return with_bars(lines, medians, width);
}

// A line of the table is a run, and has one kernel.
Outcome<void> check_kernels(const Run& run) {
  for (const auto& file : run.files)
    for (const auto& kernel : kernel_differences(run.context(), file.context))
      return fail(ExitCode::kNotComparable,
                  "{}: holds files of '{}' and '{}': name them one by one", run.path, kernel.base,
                  kernel.other);
  return {};
}

// What a line lacks, of which run.
std::string not_measured(const ResultSet& set, std::size_t width) {
  std::vector<ErrorRow> errors;
  std::set<std::pair<std::string, std::string>> seen;
  for (const Run& run : set.runs())
    for (const auto& file : run.files)
      for (const auto& error : file.errors) {
        ErrorRow row{error.name,
                     fmt::format("{} of {}: {}", context_value(run.context(), "kernel.release"),
                                 started_of(run).substr(0, 16), error.reason)};
        if (seen.emplace(row.name, row.reason).second) errors.push_back(std::move(row));
      }
  return errors.empty() ? "" : "\nNot measured:\n" + error_list(errors, width, &set);
}

Outcome<ExitCode> run(const Options& options) {
  const auto loaded = load_set(options.runs, options.load);
  if (!loaded) return fail(loaded);
  const ResultSet& set = *loaded;
  const auto differences = check_one_machine(set);
  if (!differences) return fail(differences);
  for (const auto& each : set.runs())
    if (auto one = check_kernels(each); !one) return fail(one);
  const auto key = options.metric.empty() ? judged_metric(set) : options.metric;
  if (!key) return fail(key);
  const auto metric = metric_in(set, *key);
  if (const auto hosts = hosts_of(set, metric.key); hosts > 1)
    warn(fmt::format("runs of {} hosts: a step between lines may be another host's", hosts));
  if (is_emulated(set) && metric.depends_on_clock && !options.emulated_times)
    return fail(ExitCode::kNotComparable,
                "an emulated run is among them: its times say nothing about a CPU "
                "(--emulated-times shows them)");
  const auto passes = by_pass(set);
  std::string text;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto entries = entries_of(set, cell, metric.key, passes);
    if (entries.empty()) continue;
    text += (text.empty() ? "" : "\n") +
            paragraph(shorten(set.cell_name(cell), 300) + ", " + metric.description + ":",
                      options.width) +
            render(entries, metric, options.width);
  }
  if (text.empty()) return fail(ExitCode::kUsage, "no row has the figure '{}'", metric.key);
  const char* values =
      is_ours(set) ? "passes (in each the median of its repetitions)" : "repetitions";
  show(text + "\n" +
       paragraph(fmt::format("Medians over n {}; +- is the 95 % interval of the median (order "
                             "statistics), in % of it, which fewer than 6 values do not have.",
                             values),
                 options.width) +
       not_measured(set, options.width) + difference_notes(*differences, options.width));
  return ExitCode::kDone;
}

}  // namespace

Action define_history(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_runs(app, options->runs);
  add_metric_option(app, options->metric);
  app.add_flag("--emulated-times", options->emulated_times, "show an emulator's times as well");
  add_load_options(app, options->load);
  add_width_option(app, options->width);
  app.footer("Example:\n  zpanalyze history results/host1 --filter 'ksm_single/.*stride:1024/'");
  return [options] { return run(*options); };
}

}  // namespace zp::analysis
