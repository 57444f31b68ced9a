// SPDX-License-Identifier: MIT
#include "analysis/rows/metric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {
namespace {

// Events that no PMU counts: the kernel's own, and those of /proc/cpuinfo.
constexpr std::string_view kWithoutPmu[] = {"perf::PAGE-FAULTS", "perf::CONTEXT-SWITCHES",
                                            "perf::TASK-CLOCK", "cpuinfo::"};

std::string called_in(const ResultSet& set, std::string_view key, std::string name) {
  return is_of_emulated_pmu(set, key) ? std::move(name) + " (emulated PMU)" : std::move(name);
}

// A benchmark with manual_time gives its times itself: whose they are it alone knows.
std::string iteration_time(const ResultSet& set) {
  std::size_t manual = 0;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell)
    manual += (set.cell_name(cell) + "/").find("/manual_time/") != std::string::npos;
  if (manual == 0) return metric_of("real_time").description;
  return manual < set.cell_count() ? "time of one iteration, as the clock or the benchmark says"
                                   : "time of one iteration, as the benchmark says";
}

// The first of the best; "" where there is none but what each row has, and what disturbed it.
std::string own_figure(const ResultSet& set, std::size_t cell,
                       const std::vector<std::string>& keys) {
  const std::string* best = nullptr;
  for (const auto& key : keys) {
    if (is_in_every_row(key) || is_of_disturbance(key)) continue;
    if (best != nullptr && figure_rank(metric_of(key)) >= figure_rank(metric_of(*best))) continue;
    if (!set.values(cell, key).empty()) best = &key;
  }
  return best == nullptr ? std::string() : *best;
}

}  // namespace

std::string default_metric(const ResultSet& set) {
  // Another program's counter can have that name.
  if (is_ours(set) && set.has_metric("ns_per_read"))
    for (std::size_t cell = 0; cell < set.cell_count(); ++cell)
      if (set.cell_name(cell).find("/placement:") != std::string::npos) return "ns_per_read";
  return "real_time";
}

int figure_rank(const Metric& metric) {
  if (metric.key == "ns_per_read") return 0;
  if (metric.key.starts_with("ns_per_")) return 1;
  if (is_of_disturbance(metric.key)) return kRankOfCounts + 1;
  if (!metric.depends_on_clock || metric.better == Better::kNeither) return kRankOfCounts;
  return metric.better == Better::kLower ? 2 : 3;
}

Outcome<std::string> judged_metric(const ResultSet& set) {
  auto metric = default_metric(set);
  if (metric != "real_time" || !is_ours(set) || is_emulated(set) || set.cell_count() == 0)
    return metric;
  const auto keys = set.metrics();
  std::map<std::string, std::set<std::string>> prices, counts;  // families of each figure
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell)
    if (const auto key = own_figure(set, cell, keys); !key.empty())
      (figure_rank(metric_of(key)) < kRankOfCounts ? prices : counts)[key].insert(
          parse_name(set.cell_name(cell)).family);
  // Beside others those that only count something are not judged.
  const auto& families = prices.empty() ? counts : prices;
  if (families.empty()) return metric;
  if (families.size() == 1) return families.begin()->first;
  std::string text;
  for (const auto& [key, names] : families)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", key, fmt::join(names, ", "));
  return fail(ExitCode::kUsage,
              "what these rows are about is not one figure: {}; choose with --metric, or rows with "
              "--filter",
              text);
}

bool is_of_emulated_pmu(const ResultSet& set, std::string_view key) {
  const auto event = set.context_value(fmt::format("counters.event.{}", key));
  return !event.empty() && is_emulated(set) &&
         std::none_of(std::begin(kWithoutPmu), std::end(kWithoutPmu),
                      [&](std::string_view other) { return event.starts_with(other); });
}

Metric metric_in(const ResultSet& set, std::string_view key) {
  Metric metric = metric_of(key);
  // What another program counts under one of our names only its author can say.
  if (key == "real_time")
    metric.description = iteration_time(set);
  else if (!is_ours(set) && key != "cpu_time")
    metric.description = key;
  metric.description = called_in(set, key, std::move(metric.description));
  return metric;
}

std::string heading_in(const ResultSet& set, std::string_view key) {
  return called_in(set, key, std::string(key));
}

Scale scale_for(const Metric& metric, double typical) {
  struct Step {
    double below;
    double factor;
    const char* prefix;
  };
  const double size = std::abs(typical);
  if (metric.unit == "ns") {
    for (const Step& step : {Step{1e4, 1, "ns"}, {1e7, 1e-3, "us"}, {1e10, 1e-6, "ms"}})
      if (size < step.below) return {step.factor, step.prefix};
    return {1e-9, "s"};
  }
  if (metric.unit.ends_with("/s")) {
    for (const Step& step : {Step{1e4, 1, ""}, {1e6, 1e-3, "k"}, {1e9, 1e-6, "M"}})
      if (size < step.below) return {step.factor, step.prefix + metric.unit};
    return {1e-9, "G" + metric.unit};
  }
  return {1, metric.unit};
}

std::string axis_words(const Metric& metric, const Scale& scale) {
  return metric.key == "ns_per_read" ? scale.unit + " per read" : metric.description;
}

std::string percent_change(double ratio) {
  const double percent = 100 * (ratio - 1);
  const double size = std::abs(percent);
  if (size < 0.05) return "0.0%";
  // Of what is nearly gone the rest counts: -99.98 %, never -100 %.
  if (ratio > 0 && ratio < 0.0005) {
    const int decimals = static_cast<int>(std::ceil(-std::log10(ratio))) - 1;
    return decimals > 4 ? fmt::format("x{:.2g}", ratio)
                        : fmt::format("{:.{}f}%", percent, decimals);
  }
  if (size >= 999999.5) return fmt::format("x{:.2g}", ratio);
  return fmt::format("{:+.{}f}%", percent, percent >= 99.95 ? 0 : 1);
}

std::string direction_words(const Metric& metric) {
  return metric.better == Better::kLower    ? "lower is better"
         : metric.better == Better::kHigher ? "higher is better"
                                            : "neither direction is better";
}

std::string direction_text(const Metric& metric) {
  if (metric.better == Better::kNeither) return {};
  return fmt::format("{} is {}", metric.better == Better::kLower ? "-" : "+",
                     metric.depends_on_clock ? "faster" : "better");
}

}  // namespace zp::analysis
