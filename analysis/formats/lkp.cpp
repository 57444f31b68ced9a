// SPDX-License-Identifier: MIT
// As the 0-day robot's mails: value, change, value, dotted name of the figure.
#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"

namespace zp::analysis {
namespace {

double spread_percent(const Summary& summary) {
  return summary.median == 0 ? 0 : 100 * summary.stddev / std::abs(summary.median);
}

constexpr std::size_t kValueWidth = 8;

// A spread is shown only above 2 %, as lkp does.
constexpr double kToldFrom = 2;

bool any_spread(const Comparison& comparison) {
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows)
      for (const auto& side : row.sides)
        if (spread_percent(side) > kToldFrom) return true;
  return false;
}

std::string with_stddev(const Summary& summary, double factor, bool spread_column) {
  const double median = summary.median * factor;
  auto digits = four_digits(median);
  // As many digits as there is room for, two at least: zeros at the end are digits, too.
  for (int count = 3; digits.size() > kValueWidth && count > 1; --count)
    digits = fmt::format("{:#.{}g}", median, count);
  const auto value = fmt::format("{:>{}}", digits, kValueWidth);
  if (!spread_column) return value;
  const double percent = spread_percent(summary);
  return percent > kToldFrom ? fmt::format("{} +-{:3.0f}%", value, std::min(percent, 999.0))
                             : fmt::format("{:15}", value);
}

// read.ksm_single.1024: what tells the rows apart, in the order of the table.
std::string dotted(const Comparison& comparison, const ComparedBlock& block,
                   const ComparedRow& row) {
  std::string name;
  for (const auto& part : block.common) {
    const bool told = comparison.blocks.size() > 1 || part.key == "family";
    if (told) name += machine_name(part.key == "family" ? part.value : part.key + part.value) + ".";
  }
  for (const auto& label : row.labels) name += machine_name(label) + ".";
  name.pop_back();
  return name;
}

}  // namespace

std::string render_lkp(const Comparison& comparison, std::size_t width) {
  const bool spread = any_spread(comparison);
  const std::size_t side_width = spread ? 15 : 8;
  std::set<std::string> dotted_names;
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows) dotted_names.insert(dotted(comparison, block, row));
  // Dots for all that is not a letter can make two names one.
  const bool unique = dotted_names.size() == comparison.row_count();
  const auto name_of = [&](const ComparedBlock& block, const ComparedRow& row) {
    return unique ? dotted(comparison, block, row) : row.name;
  };
  std::string text = paragraph(comparison.sides.back().host_line, width);
  for (std::size_t other = 1; other < comparison.sides.size(); ++other) {
    const auto direction = direction_text(comparison.metric);
    text += "\n" + paragraph(fmt::format("{} ({}{}{}):", figure_text(comparison),
                                         comparison.within_one_run ? "base, other" : "base, new",
                                         direction.empty() ? "" : "; ", direction),
                             width);
    text += paragraph("  " + comparison.sides[0].label, width, 4);
    text += paragraph("  " + comparison.sides[other].label, width, 4);
    text += spread ? fmt::format("\n{:>15} {:>12} {:>15}\n", "%stddev", "%change", "%stddev")
                   : fmt::format("\n{:>{}} {:>12}\n", "", side_width, "%change");
    for (const auto& block : comparison.blocks) {
      for (const auto& row : block.rows) {
        if (row.lacks(other)) continue;
        const auto value = [&](std::size_t side) {
          return with_stddev(row.sides[side], comparison.scale.factor, spread);
        };
        const auto name_width = width - 2 * side_width - 16;
        const auto lines = fold(name_of(block, row), name_width);
        text += fmt::format("{} {:>12} {}  {}\n", value(0), change_text(row.changes[other - 1]),
                            value(other), lines.front());
        for (std::size_t i = 1; i < lines.size(); ++i)
          text += fmt::format("{:{}}{}\n", "", width - name_width, lines[i]);
      }
    }
  }
  return text + "\n" + footnotes(comparison, width);
}

}  // namespace zp::analysis
