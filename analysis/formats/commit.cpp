// SPDX-License-Identifier: MIT
// The table kernel people paste into a commit message: value +- spread for each side, change.
#include <algorithm>

#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kSideWidth = 16;
constexpr std::size_t kNarrowestLabel = 8;

bool has_spread(const Summary& summary) {
  return summary.n > 1 && summary.median != 0;
}

// The median, as `value`, with its spread.
std::string value_text(const Summary& summary, std::string value, double widest_spread) {
  if (!has_spread(summary)) return value;
  const double percent = 100 * summary.stddev / std::abs(summary.median);
  if (percent >= 999.95) return value + " +- >999%";
  return fmt::format("{} +- {:>{}.1f}%", value, percent, widest_spread >= 9.95 ? 4 : 3);
}

double widest_spread(const ComparedBlock& block) {
  double widest = 0;
  for (const auto& row : block.rows)
    for (const auto& side : row.sides)
      if (side.median != 0) widest = std::max(widest, 100 * side.stddev / std::abs(side.median));
  return std::min(widest, 999.9);
}

int decimals_of(const ComparedBlock& block, double factor) {
  std::vector<double> medians;
  for (const auto& row : block.rows)
    for (const auto& side : row.sides)
      if (side.n > 0) medians.push_back(side.median * factor);
  return common_decimals(medians, 4);
}

// Labels longer than `label_width` take several lines; `compact` gives up that figures line up.
struct PairLayout {
  std::size_t label_width;
  std::size_t gap = 2;  // between columns
  bool compact = false;
};

// The base against side `other`.
TextTable pair_table(const Comparison& comparison, const ComparedBlock& block, std::size_t other,
                     bool last_block, const PairLayout& layout) {
  const bool compact = layout.compact;
  TextTable table(2, layout.gap);
  const auto& columns = comparison.label_columns;
  const auto labels = side_labels(comparison, kSideWidth);
  const double factor = comparison.scale.factor;
  const int decimals = decimals_of(block, factor);
  const double spread = widest_spread(block);
  const bool any_spread = std::ranges::any_of(block.rows, [&](const ComparedRow& row) {
    return has_spread(row.sides[0]) || has_spread(row.sides[other]);
  });
  std::vector<std::string> names(columns.size()), units = columns;
  for (const auto side : {std::size_t{0}, other}) {
    names.push_back(labels[side]);
    units.push_back("(" + (comparison.scale.unit.empty() ? "median" : comparison.scale.unit) +
                    (any_spread ? " +- %sd)" : ")"));
  }
  names.emplace_back("change");
  units.push_back(direction_text(comparison.metric));
  for (auto& unit : units) unit = shorten(unit, compact ? kSideWidth : 22);
  table.add_row(names);
  table.add_row(units);
  table.add_row(std::vector<std::string>(names.size()));
  for (const auto& row : block.rows) {
    if (row.lacks(other)) continue;
    std::vector<std::string> line;
    line.insert(line.end(), row.labels.begin(), row.labels.end());
    for (const auto side : {std::size_t{0}, other}) {
      const auto& summary = row.sides[side];
      const double median = summary.median * factor;
      // Without decimals in powers of ten where that is shorter.
      line.push_back(value_text(
          summary, compact ? fmt::format("{:.3g}", median) : aligned_number(median, decimals),
          spread));
    }
    line.push_back(change_text(row.changes[other - 1]));
    for (const auto& part : folded_rows(line, columns.size(), layout.label_width))
      table.add_row(part);
  }
  const auto rows = comparison.sides[other].geomean_rows;
  if (last_block && rows > 1) {
    std::vector<std::string> line(names.size());
    const bool all = rows == comparison.row_count();
    line.front() = all && comparison.blocks.size() == 1
                       ? "geomean"
                       : fmt::format("geomean of {}{}", all ? "all " : "", rows);
    line.back() = percent_change(comparison.sides[other].geomean_ratio);
    table.add_row(line);
  }
  return table;
}

std::string fitted(const Comparison& comparison, const ComparedBlock& block, std::size_t other,
                   std::size_t width, bool last_block) {
  std::size_t label_width = kNarrowestLabel;
  for (const auto& row : block.rows)
    for (const auto& label : row.labels) label_width = std::max(label_width, label.size());
  label_width = std::min(label_width, width);
  const auto made = [&](const PairLayout& layout) {
    return pair_table(comparison, block, other, last_block, layout);
  };
  auto table = made({label_width});
  if (table.width() > width)
    if (auto narrow = made({label_width, 1}); narrow.width() <= width) return narrow.text();
  while (table.width() > width && label_width > kNarrowestLabel) {
    const auto excess = (table.width() - width + comparison.label_columns.size() - 1) /
                        comparison.label_columns.size();
    label_width = std::max(kNarrowestLabel, label_width - std::min(label_width, excess));
    table = made({label_width});
  }
  // Figures over many decades.
  if (table.width() > width) table = made({kNarrowestLabel - 2, 2, true});
  return table.text();
}

}  // namespace

std::string render_commit(const Comparison& comparison, std::size_t width) {
  std::string text = paragraph(comparison.sides.back().host_line, width);
  text += side_legend(comparison, width, kSideWidth);
  for (auto at = comparison.blocks.begin(); at != comparison.blocks.end(); ++at) {
    const auto& block = *at;
    text += "\n" + paragraph(compared_title(comparison, block, Signs::kNot) + ":", width);
    for (std::size_t other = 1; other < comparison.sides.size(); ++other)
      if (!block.lacks(other))
        text += "\n" + fitted(comparison, block, other, width,
                              std::all_of(at + 1, comparison.blocks.end(),
                                          [other](const auto& b) { return b.lacks(other); }));
  }
  return text + "\n" + footnotes(comparison, width);
}

}  // namespace zp::analysis
