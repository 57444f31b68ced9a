// SPDX-License-Identifier: MIT
#include "analysis/report/html_changes.hpp"

#include <algorithm>

#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/report/page.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

std::string_view class_of(Verdict verdict, Better better) {
  const bool changed = verdict == Verdict::kFaster || verdict == Verdict::kSlower;
  if (changed && better == Better::kNeither) return "changed";
  return word_for(verdict, {"good", "bad", "same", "open"});
}

}  // namespace

std::string comparison_section(const Comparison& comparison) {
  auto text = section_start("Comparison");
  for (const auto& block : comparison.blocks) {
    text += element("h3", compared_title(comparison, block)) + "\n";
    std::vector<std::string> head;
    for (const auto& column : comparison.label_columns) head.push_back(html_text(column));
    head.push_back(html_text(shorten(comparison.sides[0].label, 40)));
    for (std::size_t i = 1; i < comparison.sides.size(); ++i) {
      head.push_back(html_text(shorten(comparison.sides[i].label, 40)));
      head.insert(head.end(), {"change", "95&nbsp;% interval", "verdict"});
    }
    text += table_start(head, 1);
    for (const auto& compared : block.rows) {
      std::vector<std::string> cells;
      for (const auto& label : compared.labels)
        cells.push_back(html_text(shorten(label, kLongestCell)));
      cells.push_back(side_figure(comparison, compared.sides[0]));
      for (std::size_t i = 1; i < compared.sides.size(); ++i) {
        const auto& change = compared.changes[i - 1];
        cells.push_back(side_figure(comparison, compared.sides[i]));
        cells.push_back(change.ratio ? percent_change(change.ratio->ratio) : "&ndash;");
        cells.push_back(change.has_interval()
                            ? percent_change(change.ratio->interval.low) + " .. " +
                                  percent_change(change.ratio->interval.high)
                            : "");
        cells.push_back(fmt::format("<span class=\"{}\">{}</span>",
                                    class_of(change.verdict, comparison.metric.better),
                                    verdict_word(change.verdict, comparison.metric)));
      }
      text += table_row("td", cells, comparison.label_columns.size());
    }
    text += kTableEnd;
  }
  return text + "<pre>" + html_lines(footnotes(comparison, 75, Marks::kNone)) +
         "</pre></section>\n";
}

std::string knob_section(const KnobTable& table) {
  if (table.row_count() == 0) return {};
  auto text = section_start("The knob: use_zero_pages");
  for (const auto& block : table.blocks) {
    text += element("h3", knob_heading(block)) + "\n";
    // A column that no row has is left out: a phone shows two next to the label.
    const auto is_measured = [&block](std::size_t column) {
      return std::ranges::any_of(
          block.rows, [column](const KnobRow& row) { return row.figures[column].has_value(); });
    };
    std::vector<std::string> head{"walk, stride"};
    for (std::size_t c = 0; c < kKnobColumns.size(); ++c)
      if (is_measured(c)) head.push_back(html_text(kKnobColumns[c]));
    head.insert(head.end(), {"change", "95&nbsp;% interval", "verdict"});
    text += table_start(head, 1);
    for (const auto& measured : block.rows) {
      const auto texts = knob_texts(measured);
      std::vector<std::string> cells{html_text(shorten(measured.walk + ", " + texts.label, 60))};
      for (std::size_t c = 0; c < texts.figures.size(); ++c)
        if (is_measured(c)) cells.push_back(with_interval(texts.figures[c]));
      cells.insert(cells.end(),
                   {html_text(texts.change), html_text(texts.interval),
                    fmt::format("<span class=\"{}\">{}</span>", class_of(measured.change.effect),
                                html_text(texts.effect))});
      text += table_row("td", cells, 1);
    }
    text += kTableEnd;
  }
  return text + note(knob_footnote(table, KnobVerdicts::kWords)) + "</section>\n";
}

}  // namespace zp::analysis
