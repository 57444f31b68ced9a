// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kMostPoints = 20000;  // more only make the file larger
constexpr std::size_t kMostSeries = 7;

struct Point {
  double start_s;
  double percent;  // from the median of its cell
};

std::vector<std::vector<Point>> deviations_of(const ResultSet& set, const std::string& metric) {
  std::vector<std::vector<Point>> by_pass;
  std::vector<double> medians;  // once for each cell: it can be in hundreds of files
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    auto values = set.values(cell, metric);
    medians.push_back(values.empty() ? 0 : median(std::move(values)));
  }
  for (const auto& run : set.runs()) {
    for (const auto& file : run.files) {
      std::vector<Point> points;
      for (std::size_t cell = 0; cell < file.cell_count(); ++cell) {
        const auto whole = set.find_cell(file.cell_name(cell));
        if (!whole) continue;  // filtered out
        const double middle = medians[*whole];
        if (middle <= 0) continue;
        for (const auto row : file.rows_of(cell)) {
          const auto value = file.figure_of(row, metric);
          const auto start = file.figure_of(row, "start_s");
          if (value && start) points.push_back({*start, 100 * (*value / middle - 1)});
        }
      }
      std::ranges::sort(points, {}, &Point::start_s);
      if (!points.empty()) by_pass.push_back(std::move(points));
    }
  }
  return by_pass;
}

// A few repetitions far out would press all others flat: the axis ends at twice what 98 of 100 of
// them keep within.
double axis_end(const std::vector<std::vector<Point>>& passes) {
  std::vector<double> sizes;
  for (const auto& pass : passes)
    for (const auto& point : pass) sizes.push_back(std::abs(point.percent));
  std::ranges::sort(sizes);
  return std::max(5.0, 2 * quantile(sizes, 0.98));
}

// What is said of the picture counts what is in it.
Plot drift(std::vector<std::vector<Point>> passes, const ResultSet& set,
           const std::string& metric) {
  const bool some = passes.size() > kMostSeries;
  passes.resize(std::min(passes.size(), kMostSeries));
  Plot plot{.name = "drift", .caption = {}, .setup = {}, .draw = {}};
  std::size_t total = 0, outside = 0;
  const double end = axis_end(passes);
  for (const auto& pass : passes) {
    total += pass.size();
    outside += static_cast<std::size_t>(std::ranges::count_if(
        pass, [&](const Point& point) { return std::abs(point.percent) > end; }));
  }
  const auto step = total / kMostPoints + 1;
  for (std::size_t p = 0; p < passes.size(); ++p) {
    plot.setup += fmt::format("$pass{} << EOD\n", p);
    for (std::size_t i = 0; i < passes[p].size(); i += step)
      plot.setup += fmt::format("{} {:.4f}\n", passes[p][i].start_s, passes[p][i].percent);
    plot.setup += "EOD\n";
    plot.draw += fmt::format("{}$pass{} using 1:2 with points lt {} ps 0.5 title 'pass {}'",
                             p == 0 ? "plot " : ", \\\n  ", p, p + 1, p + 1);
  }
  plot.draw += ", \\\n  0 with lines lc rgb ink lw 1 notitle\n";
  plot.setup +=
      "set xlabel 'seconds since the start of the pass'\n"
      "set ylabel 'deviation from the median of its cell (%)'\n"
      "set key outside right top vertical\n";
  plot.setup += fmt::format("set yrange [{0}:{1}]\n", -std::min(end, 100.0), end);
  const auto figure = metric == default_metric(set) ? "" : metric_in(set, metric).description;
  plot.title = title_of(some ? fmt::format("Drift: the first {} passes over time", kMostSeries)
                             : "Drift: every repetition over time",
                        figure, set.context());
  plot.caption =
      "Every repetition over time, in % of the median of its cell: a slope is drift, a "
      "cloud above the line is a disturbance.";
  if (some) plot.caption += fmt::format(" The first {} passes.", kMostSeries);
  if (outside > 0)
    plot.caption += fmt::format(" {} of {} repetitions {} outside the picture.", outside, total,
                                outside == 1 ? "lies" : "lie");
  return plot;
}

}  // namespace

std::vector<Plot> plot_stability(const ResultSet& set, const std::string& metric) {
  auto passes = deviations_of(set, metric);
  return passes.empty() ? std::vector<Plot>{} : std::vector{drift(std::move(passes), set, metric)};
}

}  // namespace zp::analysis
