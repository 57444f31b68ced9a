// SPDX-License-Identifier: MIT
// "Folio Size | v6.8-rc1 | New | Change": the plain table of many mm cover letters.
#include <algorithm>

#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string aligned(const Rows& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i)
      line += fmt::format("{}{:>{}}", i == 0 ? "" : " | ", rows[r][i], widths[i]);
    if (rows[r].back().empty()) line.erase(line.find_last_not_of(" |") + 1);  // folded labels
    text += line + "\n";
    if (r == 0) text += std::string(line.size(), '-') + "\n";
  }
  return text;
}

Rows rows_of(const Comparison& comparison, const ComparedBlock& block, std::size_t other,
             std::size_t label_width, std::size_t side_width) {
  const auto labels = side_labels(comparison, side_width);
  Rows rows{{}};
  for (const auto& column : comparison.label_columns) rows[0].push_back(column);
  rows[0].insert(rows[0].end(), {labels[0], labels[other], "Change"});
  for (const auto& row : block.rows) {
    if (row.lacks(other)) continue;
    std::vector<std::string> line;
    line.insert(line.end(), row.labels.begin(), row.labels.end());
    for (const auto side : {std::size_t{0}, other})
      line.push_back(side_figure(comparison, row.sides[side]));
    line.push_back(change_text(row.changes[other - 1]));
    for (auto& part : folded_rows(line, row.labels.size(), label_width))
      rows.push_back(std::move(part));
  }
  return rows;
}

}  // namespace

std::string render_pipe(const Comparison& comparison, std::size_t width) {
  constexpr std::size_t kLabelWidth = 16;
  std::string text = paragraph(comparison.sides.back().host_line, width);
  text += side_legend(comparison, width, kLabelWidth);
  const auto columns = comparison.label_columns.size();
  // What two values, the change and the bars leave over.
  constexpr std::size_t kValue = 10, kChange = 12;
  const auto labels = side_labels(comparison, kLabelWidth);
  std::size_t others = kValue;
  for (std::size_t i = 1; i < labels.size(); ++i) others = std::max(others, labels[i].size());
  const auto sides = std::max(kValue, labels.front().size()) + others;
  const auto label_width = (width - sides - kChange - 3 * (columns + 2)) / columns;
  for (const auto& block : comparison.blocks) {
    text += "\n" + paragraph(compared_title(comparison, block) + ":", width);
    for (std::size_t other = 1; other < comparison.sides.size(); ++other)
      if (!block.lacks(other))
        text += "\n" + aligned(rows_of(comparison, block, other, label_width, kLabelWidth));
  }
  return text + "\n" + footnotes(comparison, width);
}

}  // namespace zp::analysis
