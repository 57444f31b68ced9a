// SPDX-License-Identifier: MIT
#include "analysis/views/figure_table.hpp"

#include <algorithm>

#include "analysis/load/units.hpp"
#include "analysis/rows/family_rows.hpp"
#include "analysis/rows/interval.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

// A mail of more is read by nobody; export has them all.
constexpr std::size_t kMostRows = 300;

bool has_table_of_its_own(const ResultSet& set, const BenchmarkName& name) {
  return is_ours(set) && ((name.find("placement") && name.find("stride")) || is_family_name(name));
}

}  // namespace

std::string FigureTable::value_text(const FigureRow& row) const {
  return aligned_number(row.summary.median * scale.factor, decimals);
}

std::string FigureTable::spread_text(const FigureRow& row) const {
  if (row.summary.n < 2) return {};
  return zp::analysis::spread_text(row.summary.median, row.summary.interval);
}

FigureTable figure_table(const ResultSet& set, const std::string& metric) {
  FigureTable table{.metric = metric_in(set, metric), .scale = {}, .rows = {}};
  std::vector<double> medians;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    if (has_table_of_its_own(set, parse_name(set.cell_name(cell)))) continue;
    auto values = set.values(cell, metric);
    if (values.empty()) continue;
    table.rows.push_back({set.cell_name(cell), summarise(std::move(values))});
    medians.push_back(table.rows.back().summary.median);
  }
  if (medians.empty()) return table;
  table.scale = scale_for(table.metric, median(medians));
  for (double& value : medians) value *= table.scale.factor;
  table.decimals = common_decimals(medians);
  return table;
}

std::string figure_heading(const FigureTable& table) {
  return table.scale.unit.empty() ? table.metric.description : table.scale.unit;
}

std::string figure_note(const FigureTable& table) {
  const auto of_many = [](const FigureRow& row) { return row.summary.has_interval(); };
  if (std::ranges::none_of(table.rows, of_many))
    return fmt::format("{} ({}), one value each.", table.metric.description, table.metric.key);
  const bool few = std::ranges::any_of(
      table.rows, [](const FigureRow& row) { return !row.summary.interval_is_95; });
  return fmt::format(
      "{} ({}), medians of n values; +- is the interval of the median, in % of it: 95 %{}.",
      table.metric.description, table.metric.key,
      few ? " from 6 values on, below that the range" : "");
}

std::string render_figure_table(const FigureTable& table, std::size_t width) {
  constexpr std::size_t kFigures = 37;  // the other columns, of 10, 10 and 6 characters
  TextTable text(2, 2);
  text.add_row({"benchmark", shorten(figure_heading(table), 14), "+-", "n"});
  text.add_rule();
  for (std::size_t i = 0; i < std::min(table.rows.size(), kMostRows); ++i) {
    const auto& row = table.rows[i];
    for (const auto& line : folded_rows({row.name, table.value_text(row), table.spread_text(row),
                                         fmt::format("{}", row.summary.n)},
                                        1, width - kFigures))
      text.add_row(line);
  }
  auto all = text.text();
  if (table.rows.size() > kMostRows)
    all +=
        fmt::format("  and {} more (zpanalyze export lists all)\n", table.rows.size() - kMostRows);
  return all + "\n" + paragraph(figure_note(table), width);
}

}  // namespace zp::analysis
