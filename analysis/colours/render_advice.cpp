// SPDX-License-Identifier: MIT
#include <bit>

#include "analysis/colours/advice.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/interval.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

// One page is what a kernel has that never heard of colours.
std::string order_words(std::uint64_t colours) {
  if (colours == 1) return "1 zero page";
  return fmt::format("{} zero pages, order {} in setup_zero_pages()", colours,
                     std::countr_zero(colours));
}

std::string numbers_of(const ColourAdvice& advice) {
  std::vector<std::string> numbers;
  for (const ColourPoint& point : advice.points) numbers.push_back(std::to_string(point.colours));
  return comma_list(numbers);
}

// What "within the noise" rests on: of a single value nothing but the median is known.
std::string noise_words(const ColourAdvice& advice, double threshold) {
  bool spread = false, lone = false, all_95 = true;
  std::size_t fewest = static_cast<std::size_t>(-1);
  for (const ColourPoint& point : advice.points)
    for (const auto& cell : point.cells) {
      if (!cell) continue;
      (cell->has_interval() ? spread : lone) = true;
      if (!cell->has_interval()) continue;
      fewest = std::min(fewest, cell->n);
      all_95 = all_95 && cell->interval_is_95;
    }
  auto text = fmt::format("medians differ by less than {:.3g}%", 100 * threshold);
  if (spread)
    text = (all_95 ? "95 % intervals overlap, or "
                   : fmt::format("smallest to largest of {} or more values overlap, or ", fewest)) +
           text;
  return lone ? text + "; of one value no noise is known" : text;
}

std::string measured_text(const Summary& cell, char mark) {
  const auto spread =
      cell.has_interval() ? " " + spread_text(cell.median, cell.interval) : std::string();
  return fmt::format("{}{} {}", three_digits(cell.median), spread, mark);
}

// Strides first..last (exclusive) as columns.
TextTable evidence(const ColourAdvice& advice, const std::vector<std::string>& strides,
                   std::size_t first, std::size_t last) {
  TextTable table(2, 2);
  std::vector<std::string> head{"N"};
  head.insert(head.end(), strides.begin() + static_cast<std::ptrdiff_t>(first),
              strides.begin() + static_cast<std::ptrdiff_t>(last));
  table.add_row(head);
  for (const ColourPoint& point : advice.points) {
    std::vector<std::string> row{std::to_string(point.colours)};
    for (std::size_t i = first; i < last; ++i) {
      const char mark = point.colours == advice.best[i] ? '!' : point.suffices[i] ? '=' : ' ';
      row.push_back(point.cells[i] ? measured_text(*point.cells[i], mark) : "-  ");
    }
    table.add_row(row);
  }
  return table;
}

// As many strides side by side as fit.
std::string evidence(const ColourAdvice& advice, std::size_t width) {
  constexpr std::size_t kStrideWidth = 20;
  const auto strides = distinct_labels(advice.strides, kStrideWidth);
  std::string text;
  for (std::size_t first = 0, last = 0; first < strides.size(); first = last) {
    last = first + 1;
    while (last < strides.size() && evidence(advice, strides, first, last + 1).width() <= width)
      ++last;
    text += (first == 0 ? "" : "\n") + evidence(advice, strides, first, last).text();
  }
  return text;
}

std::string render(const ColourAdvice& advice, double threshold, std::size_t width) {
  std::string text = paragraph(
      fmt::format("{}, frames by {}:", block_title(advice.common), advice.made_by), width);
  if (advice.overall) {
    text +=
        paragraph(fmt::format("{}: at every stride within the noise of the best.",
                              *advice.overall == 1 ? order_words(1) + " suffices"
                                                   : order_words(*advice.overall) + ", suffice"),
                  width);
  } else if (advice.compromise) {
    text += paragraph(
        fmt::format("None of {} zero pages is within the noise of the best at every stride. The "
                    "least is lost with {}: {:.0f}% at its worst stride.",
                    numbers_of(advice), order_words(*advice.compromise),
                    100 * advice.compromise_loss),
        width);
  }
  std::string each;
  for (std::size_t i = 0; i < advice.strides.size(); ++i)
    each += fmt::format("{}{} at stride {}", each.empty() ? "" : ", ", advice.smallest[i],
                        advice.strides[i]);
  text +=
      paragraph("Smallest N that suffices, of " + numbers_of(advice) + ": " + each + ".", width);
  std::string gaps;
  for (const auto& [colours, stride] : advice.gaps)
    gaps += fmt::format("{}{} at stride {}", gaps.empty() ? "" : ", ", colours, stride);
  if (!gaps.empty())
    text += paragraph("Not measured, so that fewer may suffice: " + gaps + ".", width);
  const std::string unit = advice.metric.unit.empty() ? advice.metric.key : advice.metric.unit;
  text +=
      fmt::format("\n  {} a read against N, at stride (bytes)\n", unit) + evidence(advice, width);
  text += paragraph(
      fmt::format("!: best. =: within the noise of it ({}).", noise_words(advice, threshold)),
      width);
  return text;
}

}  // namespace

std::string render_advice(const std::vector<ColourAdvice>& all, const ResultSet& set,
                          double threshold, std::size_t width) {
  std::string text = paragraph(host_line(set), width);
  if (const auto note = disturbance_in(set); !note.empty()) text += paragraph(note, width);
  for (const ColourAdvice& advice : all) text += "\n" + render(advice, threshold, width);
  return text;
}

}  // namespace zp::analysis
