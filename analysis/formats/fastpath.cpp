// SPDX-License-Identifier: MIT
// The grid of Arm's Fastpath (fastpath.docs.arm.com), as it stands in linux-mm mails of 2026: the
// base's figure, then each side's change with its own sign, (R) and (I) for a regression and an
// improvement.
#include <algorithm>

#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kFigure = 16;         // of a side: its label, "(R) +123.45% [1]"
constexpr std::size_t kNames = 2;           // benchmark, result class
constexpr std::size_t kNarrowestName = 10;  // of each of the two
constexpr std::size_t kBorders = 3;         // "| " and " " around each column
constexpr double kLargestPercent = 9999.99;

using Cells = std::vector<std::string>;

// What Fastpath marks is an interval that leaves out the base's; here it is a verdict, which asks
// for more.
std::string change_cell(const Change& change, Better better) {
  if (!change.ratio) return change_text(change);
  const double percent = 100 * (change.ratio->ratio - 1);
  // Nothing is rounded to a loss of all there was.
  const auto figure = percent > kLargestPercent ? std::string(">9999%")
                      : percent < -99.99        ? std::string("<-99.99%")
                                                : fmt::format("{:+.2f}%", percent);
  const bool sure = change.verdict == Verdict::kSlower || change.verdict == Verdict::kFaster;
  if (sure && better == Better::kNeither) return "(*) " + figure;
  if (sure) return (change.verdict == Verdict::kSlower ? "(R) " : "(I) ") + figure;
  const auto mark = held_mark(change.doubt);
  return mark.empty() ? figure : fmt::format("{} {}", figure, mark);
}

bool any_marked(const Comparison& comparison, Verdict verdict) {
  return any_change(comparison, [verdict](const Change& change) {
    return change.ratio.has_value() && change.verdict == verdict;
  });
}

// What the marks mean that stand in the grid.
std::string marks_text(const Comparison& comparison) {
  const bool more = any_marked(comparison, Verdict::kSlower);
  const bool less = any_marked(comparison, Verdict::kFaster);
  if (!more && !less) return "No change is beyond doubt";
  if (comparison.metric.better == Better::kNeither) return "(*): a change beyond doubt";
  return fmt::format("{} beyond doubt", more && less ? "(R), (I): regression, improvement"
                                        : more       ? "(R): a regression"
                                                     : "(I): an improvement");
}

// One table: rows of cells under a heading, a rule between groups. Names are folded, figures never
// are.
class Grid {
 public:
  Grid(const Cells& heading, std::size_t width) {
    const auto figures = (heading.size() - kNames) * (kFigure + kBorders);
    names_ = (width - 1 - figures) / kNames - kBorders;
    text_ = rule('-', heading.size()) + lines(heading) + rule('=', heading.size());
  }
  void add(const Cells& cells) { text_ += lines(cells); }
  void end_group(std::size_t columns) { text_ += rule('-', columns); }
  const std::string& text() const { return text_; }

 private:
  std::size_t width_of(std::size_t column) const { return column < kNames ? names_ : kFigure; }

  std::string rule(char fill, std::size_t columns) const {
    std::string text = "+";
    for (std::size_t i = 0; i < columns; ++i) text += std::string(width_of(i) + 2, fill) + "+";
    return text + "\n";
  }

  std::string lines(const Cells& cells) const {
    std::vector<Cells> folded;
    std::size_t height = 1;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      folded.push_back(i < kNames ? fold(cells[i], names_) : Cells{cells[i]});
      height = std::max(height, folded.back().size());
    }
    std::string text;
    for (std::size_t line = 0; line < height; ++line) {
      text += "|";
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto part = line < folded[i].size() ? folded[i][line] : std::string();
        text += i < kNames ? fmt::format(" {:<{}} |", part, width_of(i))
                           : fmt::format(" {:>{}} |", part, width_of(i));
      }
      text += "\n";
    }
    return text;
  }

  std::size_t names_;
  std::string text_;
};

// The base and the sides first..last-1.
std::string grid(const Comparison& comparison, std::size_t first, std::size_t last,
                 std::size_t width) {
  const auto labels = side_labels(comparison, kFigure);
  Cells heading{"Benchmark", "Result Class", labels[0]};
  heading.insert(heading.end(), labels.begin() + static_cast<std::ptrdiff_t>(first),
                 labels.begin() + static_cast<std::ptrdiff_t>(last));
  Grid table(heading, width);
  const auto unit = comparison.scale.unit.empty() ? "" : " (" + comparison.scale.unit + ")";
  for (const auto& block : comparison.blocks) {
    auto benchmark = block_title(block.common);
    for (const auto& row : block.rows) {
      Cells cells{benchmark, comma_list(row.labels) + unit, side_figure(comparison, row.sides[0])};
      for (auto side = first; side < last; ++side)
        cells.push_back(change_cell(row.changes[side - 1], comparison.metric.better));
      table.add(cells);
      benchmark.clear();
    }
    table.end_group(heading.size());
  }
  return table.text();
}

}  // namespace

std::string render_fastpath(const Comparison& comparison, std::size_t width) {
  // As many sides next to the base as leave the names their room.
  const auto room = (width - 1 - kNames * (kNarrowestName + kBorders)) / (kFigure + kBorders);
  const auto beside = std::max<std::size_t>(2, room) - 1;
  std::string text = paragraph(comparison.sides.back().host_line, width);
  text += paragraph(
      fmt::format("{}; {} is the base, the others are changes from it. {}", figure_text(comparison),
                  side_labels(comparison, kFigure)[0], marks_text(comparison)),
      width);
  text += side_legend(comparison, width, kFigure);
  for (std::size_t first = 1; first < comparison.sides.size(); first += beside)
    text +=
        "\n" + grid(comparison, first, std::min(comparison.sides.size(), first + beside), width);
  return text + "\n" + footnotes(comparison, width, Marks::kOneBootAndNoRatio);
}

}  // namespace zp::analysis
