// SPDX-License-Identifier: MIT
// As mmtests' compare-kernels.sh: positive is always better, stars where a change is significant.
#include <algorithm>
#include <cmath>

#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kColumn = 21;  // " 12345.67 ( 100.00%)"
constexpr std::size_t kLeastNameWidth = 12;

// Gain in %: the sign is turned for figures of which less is better. Where neither is better, it is
// a change and no gain.
double gain_percent(double ratio, Better better) {
  return better == Better::kLower ? 100 * (1 - ratio) : 100 * (ratio - 1);
}

// Seven characters at most. Nothing is rounded to a gain of all there was.
std::string gain_text(double gain) {
  if (gain > 99999) return ">99999";
  if (gain < -99999) return "<-99999";
  if (gain > 99.99 && gain < 100) return ">99.99";
  return fmt::format("{:.{}f}", gain, std::abs(gain) < 999.995 ? 2 : 0);
}

bool is_significant(const Change& change) {
  return change.verdict == Verdict::kFaster || change.verdict == Verdict::kSlower;
}

// Of those that have a gain to be marked.
bool any_significant(const Comparison& comparison) {
  return any_change(comparison, [](const Change& change) {
    return change.ratio.has_value() && is_significant(change);
  });
}

std::string column(const Summary& summary, const Change* change, const Comparison& comparison) {
  const auto value = side_figure(comparison, summary);
  double gain = 0;
  bool significant = false;
  if (change != nullptr) {
    if (!change->ratio) return fmt::format("{:>10} (     n/a)", value);
    gain = gain_percent(change->ratio->ratio, comparison.metric.better);
    significant = is_significant(*change);
  }
  const auto text = gain_text(gain);
  return significant ? fmt::format("{:>10} *{:>7}%*", value, text)
                     : fmt::format("{:>10} ({:>7}%)", value, text);
}

std::string row_name(const Comparison& comparison, const ComparedBlock& block,
                     const ComparedRow& row) {
  std::string name;
  for (const auto& label : row.labels) name += (name.empty() ? "" : "-") + label;
  if (comparison.blocks.size() < 2) return name;
  for (const auto& part : block.common)
    name += "-" + (part.key == "family" ? part.value : part.key + part.value);
  return name;
}

}  // namespace

std::string render_mmtests(const Comparison& comparison, std::size_t width) {
  // As many sides side by side as fit, the base always first.
  const auto fitting = std::max<std::size_t>(2, (width - 8 - kLeastNameWidth) / kColumn);
  std::string text = paragraph(comparison.sides.back().host_line, width);
  const bool neither = comparison.metric.better == Better::kNeither;
  text += paragraph(
      fmt::format("{}; {}{}", figure_text(comparison),
                  neither ? "change in %, positive is more" : "gain in %, positive is better",
                  any_significant(comparison) ? ", *: beyond doubt" : ""),
      width);
  text += side_legend(comparison, width, kColumn - 2);
  const auto labels = side_labels(comparison, kColumn - 2);
  for (std::size_t first = 1; first < comparison.sides.size(); first += fitting - 1) {
    const auto last = std::min(comparison.sides.size(), first + fitting - 1);
    std::size_t longest = kLeastNameWidth;
    for (const auto& block : comparison.blocks)
      for (const auto& row : block.rows)
        longest = std::max(longest, row_name(comparison, block, row).size());
    const auto name_width = std::min(longest, width - 8 - kColumn * (last - first + 1));
    text += fmt::format("\n{:{}}{:>{}}", "", 8 + name_width, labels[0], kColumn);
    for (auto side = first; side < last; ++side)
      text += fmt::format("{:>{}}", labels[side], kColumn);
    text += '\n';
    for (const auto& block : comparison.blocks) {
      for (const auto& row : block.rows) {
        const auto lines = fold(row_name(comparison, block, row), name_width);
        text += fmt::format("{:8}{:<{}}{:>{}}", "Median", lines.front(), name_width,
                            column(row.sides[0], nullptr, comparison), kColumn);
        for (auto side = first; side < last; ++side)
          text += fmt::format("{:>{}}", column(row.sides[side], &row.changes[side - 1], comparison),
                              kColumn);
        text += '\n';
        for (std::size_t i = 1; i < lines.size(); ++i)
          text += fmt::format("{:8}{}\n", "", lines[i]);
      }
    }
  }
  return text + "\n" + footnotes(comparison, width, Marks::kNone);
}

}  // namespace zp::analysis
