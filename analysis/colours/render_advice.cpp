// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>

#include "analysis/colours/advice.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/interval.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

std::string order_words(std::uint64_t colours) {
  return fmt::format("{} zero page{}, order {} in setup_zero_pages()", colours,
                     colours == 1 ? "" : "s", std::countr_zero(colours));
}

// Strides first..last (exclusive) as columns.
std::string evidence(const ColourAdvice& advice, std::size_t first, std::size_t last) {
  TextTable table(2, 2);
  std::vector<std::string> head{"N"};
  for (std::size_t i = first; i < last; ++i) head.push_back(advice.strides[i]);
  table.add_row(head);
  for (const ColourPoint& point : advice.points) {
    std::vector<std::string> row{std::to_string(point.colours)};
    for (std::size_t i = first; i < last; ++i) {
      if (!point.cells[i]) {
        row.emplace_back("-  ");
        continue;
      }
      const char mark = point.colours == advice.best[i] ? '!' : point.suffices[i] ? '=' : ' ';
      row.push_back(fmt::format("{} {} {}", three_digits(point.cells[i]->median),
                                spread_text(point.cells[i]->median, point.cells[i]->interval),
                                mark));
    }
    table.add_row(std::move(row));
  }
  return table.text();
}

// As many strides side by side as fit.
std::string evidence(const ColourAdvice& advice, std::size_t width) {
  constexpr std::size_t kColoursWidth = 12, kCellWidth = 16;
  const std::size_t side_by_side = std::max<std::size_t>(1, (width - kColoursWidth) / kCellWidth);
  std::string text;
  for (std::size_t first = 0; first < advice.strides.size(); first += side_by_side)
    text += (first == 0 ? "" : "\n") +
            evidence(advice, first, std::min(first + side_by_side, advice.strides.size()));
  return text;
}

std::string render(const ColourAdvice& advice, double threshold, std::size_t width) {
  std::string text = paragraph(
      fmt::format("{}, frames by {}:", block_title(advice.common), advice.made_by), width);
  if (advice.overall) {
    text += paragraph(
        order_words(*advice.overall) + ", suffice: at every stride within the noise of the best.",
        width);
  } else if (advice.compromise) {
    text += paragraph(
        fmt::format("No number of colours is within the noise of the best at every stride. The "
                    "least is lost with {}: {:.0f}% at its worst stride.",
                    order_words(*advice.compromise), 100 * advice.compromise_loss),
        width);
  }
  std::string each;
  for (std::size_t i = 0; i < advice.strides.size(); ++i)
    each += fmt::format("{}{} at stride {}", each.empty() ? "" : ", ", advice.smallest[i],
                        advice.strides[i]);
  text += paragraph("Smallest that suffices: " + each + ".", width);
  const std::string unit = advice.metric.unit.empty() ? advice.metric.key : advice.metric.unit;
  text +=
      fmt::format("\n  {} a read against N, at stride (bytes)\n", unit) + evidence(advice, width);
  text += paragraph(fmt::format("!: best. =: within the noise of it (95 % intervals overlap, or "
                                "medians differ by less than {:.0f}%).",
                                100 * threshold),
                    width);
  return text;
}

}  // namespace

std::string render_advice(const std::vector<ColourAdvice>& all, const ResultSet& set,
                          double threshold, std::size_t width) {
  std::string text = paragraph(host_line(set.context()), width);
  for (const ColourAdvice& advice : all) text += "\n" + render(advice, threshold, width);
  return text;
}

}  // namespace zp::analysis
