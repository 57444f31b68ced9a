// SPDX-License-Identifier: MIT
#include "analysis/views/render_knob_table.hpp"

#include <cmath>

#include "analysis/rows/interval.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/text_table.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

// The first columns are context: a text of 75 columns has no room for their intervals, and only
// with short figures for those of ksm_single.
constexpr std::size_t kContextColumns[] = {2, 3, kKnobColumns.size()};

// What no machine does may stand in a foreign file: "2e18", as columns are narrow.
constexpr double kTooLarge = 999999.5;

std::string without_plus(std::string text) {
  if (const auto plus = text.find("e+"); plus != text.npos) text.erase(plus + 1, 1);
  return text;
}

// Three digits, and no more than three decimals.
std::string ns_text(double ns) {
  if (ns >= kTooLarge || ns < 0.0005) return without_plus(fmt::format("{:.0e}", ns));
  return ns < 0.1 ? fmt::format("{:.3f}", ns) : three_digits(ns);
}

std::string bound(double ratio) {
  const double percent = 100 * (ratio - 1);
  if (percent >= kTooLarge) return without_plus(fmt::format("{:+.0e}", percent));
  return fmt::format("{:+.{}f}", percent, std::abs(percent) < 9.95 ? 1 : 0);
}

// What stands behind the figure: nothing, the ends of its interval in % of it, or its interval.
enum class Behind { kNothing, kSpread, kInterval };

std::string figure_text(const std::optional<UnitMean>& figure, Behind behind) {
  if (!figure) return "-";
  auto text = ns_text(figure->ns);
  if (!figure->interval || behind == Behind::kNothing) return text;
  return behind == Behind::kSpread ? text + spread_text(figure->ns, *figure->interval)
                                   : text + " " + interval_text(*figure->interval);
}

std::string_view effect_word(const PairedChange& change) {
  if (!change.interval) return "no interval";
  if (change.disturbed.mostly()) return "undecided (disturbed)";
  if (change.effect != Effect::kUndecided || change.probable == Effect::kUndecided)
    return word_for(change.effect, {"slower", "faster", "same", "undecided"});
  return word_for(change.probable, {"probably slower", "probably faster"});
}

const char* mark_of(const PairedChange& change) {
  if (change.interval && change.disturbed.mostly()) return "d";
  if (change.effect == Effect::kSame) return "=";
  if (change.effect != Effect::kUndecided) return "!";
  return change.probable == Effect::kUndecided ? "" : "?";
}

// Walks and strides are at most as long, and no two alike.
constexpr std::size_t kLongestLabel = 20, kShortestLabel = 8;

// Intervals of the columns from `first` on.
TextTable block_table(const KnobBlock& block, std::size_t first, std::size_t longest_label) {
  std::vector<std::string> walks, strides;
  for (const auto& row : block.rows) {
    walks.push_back(row.walk);
    strides.push_back(knob_texts(row).label);
  }
  walks = distinct_labels(walks, longest_label);
  strides = distinct_labels(strides, longest_label);
  TextTable table(0, 1);
  table.add_row({"", "private", "read_", "ksm_", "ksm_", "ksm_zero_", "", "", "95 %"});
  table.add_row({"stride", "", "fault", "single", "default", "page", "change", "", "interval"});
  table.add_rule();
  for (std::size_t i = 0; i < block.rows.size(); ++i) {
    const auto& row = block.rows[i];
    if (i == 0 || row.walk != block.rows[i - 1].walk) table.add_row({walks[i] + ":"});
    const auto texts = knob_texts(row);
    std::vector<std::string> line{" " + strides[i]};
    for (std::size_t column = 0; column < kKnobColumns.size(); ++column)
      line.push_back(
          figure_text(row.figures[column], column < first ? Behind::kNothing : Behind::kSpread));
    line.insert(line.end(), {texts.change, texts.mark, texts.interval});
    table.add_row(std::move(line));
  }
  return table;
}

std::string block_text(const KnobBlock& block, std::size_t width) {
  for (const auto context : kContextColumns)
    if (const auto table = block_table(block, context, kLongestLabel); table.width() <= width)
      return table.text();
  auto table = block_table(block, kKnobColumns.size(), kLongestLabel);
  for (auto label = kLongestLabel; table.width() > width && label > kShortestLabel;)
    table = block_table(block, kKnobColumns.size(), --label);
  return table.text();
}

}  // namespace

KnobTexts knob_texts(const KnobRow& row) {
  KnobTexts texts;
  texts.label = printable(row.stride) + (row.offset.empty() ? "" : "/" + printable(row.offset));
  for (const auto& figure : row.figures)
    texts.figures.push_back(figure_text(figure, Behind::kInterval));
  texts.change = percent_change(row.change.ratio);
  if (const auto& interval = row.change.interval)
    texts.interval = bound(interval->low) + ".." + bound(interval->high);
  texts.effect = effect_word(row.change);
  texts.mark = mark_of(row.change);
  return texts;
}

std::string render_knob_table(const KnobTable& table, std::size_t width) {
  const auto sentence = knob_sentence(table);
  if (sentence.empty()) return {};
  auto text = paragraph(sentence, width);
  if (table.row_count() == 0) return text;
  for (const auto& block : table.blocks) {
    text += "\n" + paragraph(knob_heading(block) + ":", width) + "\n" + block_text(block, width);
  }
  return text + "\n" + paragraph(knob_footnote(table), width);
}

std::string render_knob_markdown(const KnobTable& table) {
  if (table.row_count() == 0)
    return table.unpaired.empty() ? std::string() : markdown_text(knob_sentence(table)) + "\n";
  std::string text;
  for (const auto& block : table.blocks) {
    text += (text.empty() ? "" : "\n") + markdown_text(knob_heading(block)) + ":\n\n";
    std::vector<std::string> head{"walk", "stride"};
    for (const auto column : kKnobColumns) head.push_back(markdown_text(std::string(column)));
    head.insert(head.end(), {"change", "95 % interval", ""});
    text += markdown_row(head) + "| :-- | --:";
    for (std::size_t i = 2; i + 1 < head.size(); ++i) text += " | --:";
    text += " | :-- |\n";
    for (const auto& row : block.rows) {
      const auto texts = knob_texts(row);
      std::vector<std::string> cells{markdown_text(row.walk), markdown_text(texts.label)};
      for (const auto& figure : texts.figures) cells.push_back(figure);
      cells.insert(cells.end(), {texts.change, texts.interval, texts.effect});
      text += markdown_row(cells);
    }
  }
  return text + "\n" + markdown_text(knob_footnote(table, KnobVerdicts::kWords)) + "\n";
}

}  // namespace zp::analysis
