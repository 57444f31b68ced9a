// SPDX-License-Identifier: MIT
// GitHub's tables, with the intervals that plain text has no room for.
#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"

namespace zp::analysis {
namespace {

std::string change_interval(const Change& change) {
  if (!change.has_interval()) return "";
  return fmt::format("{} .. {}", percent_change(change.ratio->interval.low),
                     percent_change(change.ratio->interval.high));
}

}  // namespace

std::string render_markdown(const Comparison& comparison, std::size_t width) {
  std::string text;
  if (const auto& host = comparison.sides.back().host_line; !host.empty())
    text += markdown_text(host) + "\n\n";
  for (const auto& block : comparison.blocks) {
    text += "**" + markdown_text(compared_title(comparison, block)) + "**\n\n";
    std::vector<std::string> head, rule;
    for (const auto& column : comparison.label_columns) {
      head.push_back(markdown_text(column));
      rule.emplace_back(":--");
    }
    head.push_back(markdown_text(comparison.sides[0].label));
    rule.emplace_back("--:");
    for (std::size_t side = 1; side < comparison.sides.size(); ++side) {
      for (const auto& cell : {markdown_text(comparison.sides[side].label), std::string("change"),
                               std::string("95 % interval"), std::string("verdict")})
        head.push_back(cell);
      rule.insert(rule.end(), {"--:", "--:", "--:", ":--"});
    }
    text += markdown_row(head) + markdown_row(rule);
    for (const auto& row : block.rows) {
      std::vector<std::string> cells;
      for (const auto& label : row.labels) cells.push_back(markdown_text(label));
      cells.push_back(side_figure(comparison, row.sides[0]));
      for (std::size_t side = 1; side < row.sides.size(); ++side) {
        const auto& change = row.changes[side - 1];
        cells.push_back(side_figure(comparison, row.sides[side]));
        cells.push_back(markdown_text(change_text(change)));
        cells.push_back(change_interval(change));
        cells.emplace_back(verdict_word(change.verdict, comparison.metric));
      }
      text += markdown_row(cells);
    }
    text += "\n";
  }
  // As a code block: footnotes hold names, and lists of them.
  return text + "```text\n" + fenced(footnotes(comparison, width)) + "```\n";
}

}  // namespace zp::analysis
