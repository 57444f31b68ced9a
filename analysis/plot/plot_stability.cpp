// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kMostPoints = 20000;  // more only make the file larger
constexpr std::size_t kMostSeries = 7;

struct Point {
  double start_s;
  double percent;  // from the median of its cell
};

struct Deviations {
  std::vector<std::vector<Point>> by_pass;
  std::map<std::string, std::vector<double>, decltype(&placement_less)> by_placement{
      &placement_less};
};

Deviations deviations_of(const ResultSet& set, const std::string& metric) {
  Deviations deviations;
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
        const auto name = parse_name(file.cell_name(cell));
        const auto placement = name.find("placement");
        auto& list = deviations.by_placement[std::string(placement.value_or("all"))];
        for (const auto row : file.rows_of(cell)) {
          const auto value = file.figure_of(row, metric);
          const auto start = file.figure_of(row, "start_s");
          if (!value) continue;
          const double percent = 100 * (*value / middle - 1);
          list.push_back(percent);
          if (start) points.push_back({*start, percent});
        }
      }
      std::sort(points.begin(), points.end(),
                [](const Point& a, const Point& b) { return a.start_s < b.start_s; });
      if (!points.empty()) deviations.by_pass.push_back(std::move(points));
    }
  }
  return deviations;
}

Plot drift(const std::vector<std::vector<Point>>& passes, const ResultSet& set) {
  Plot plot{.name = "drift", .caption = {}, .setup = {}, .draw = {}};
  std::size_t total = 0;
  for (const auto& pass : passes) total += pass.size();
  const auto step = total / kMostPoints + 1;
  const auto shown = std::min(passes.size(), kMostSeries);
  for (std::size_t p = 0; p < shown; ++p) {
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
      "set ylabel '% from the median of the cell'\n"
      "set key outside right top vertical\n";
  plot.title = title_of("Drift: every repetition over time", "", set.context());
  plot.caption =
      "Every repetition over time, in % of the median of its cell: a slope is drift, a "
      "cloud above the line is a disturbance.";
  return plot;
}

Plot distribution(
    const std::map<std::string, std::vector<double>, decltype(&placement_less)>& placements,
    const ResultSet& set) {
  Plot plot{.name = "ecdf", .caption = {}, .setup = {}, .draw = {}};
  std::size_t i = 0;
  std::vector<std::string> names;
  for (const auto& [placement, unsorted] : placements) names.push_back(placement);
  const auto labels = plot_labels(names, 24);
  for (const auto& [placement, unsorted] : placements) {
    if (i == kMostSeries) break;
    auto values = unsorted;
    std::sort(values.begin(), values.end());
    plot.setup += fmt::format("$ecdf{} << EOD\n", i);
    const auto step = values.size() / 1000 + 1;
    for (std::size_t v = 0; v < values.size(); v += step)
      plot.setup += fmt::format("{:.4f} {:.4f}\n", values[v],
                                static_cast<double>(v + 1) / static_cast<double>(values.size()));
    plot.setup += "EOD\n";
    plot.draw += fmt::format("{}$ecdf{} using 1:2 with steps lt {} title {}",
                             i == 0 ? "plot " : ", \\\n  ", i, i + 1, labels[i]);
    ++i;
  }
  plot.draw += "\n";
  plot.setup +=
      "set xlabel '% from the median of the cell'\n"
      "set ylabel 'share of repetitions at or below'\nset yrange [0:1]\n"
      "set key outside right top vertical\n";
  plot.title = title_of("Spread of the repetitions (ECDF)", "", set.context());
  plot.caption =
      "How repetitions are distributed around the median of their cell: the steeper, "
      "the steadier; a long tail to the right is interference.";
  return plot;
}

}  // namespace

std::vector<Plot> plot_stability(const ResultSet& set, const std::string& metric) {
  const auto deviations = deviations_of(set, metric);
  std::vector<Plot> plots;
  if (!deviations.by_pass.empty()) plots.push_back(drift(deviations.by_pass, set));
  if (!deviations.by_placement.empty()) plots.push_back(distribution(deviations.by_placement, set));
  return plots;
}

}  // namespace zp::analysis
