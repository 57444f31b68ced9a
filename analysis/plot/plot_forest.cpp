// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "analysis/compare/wording.hpp"
#include "analysis/plot/letter_rows.hpp"
#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/rows/blocks.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kMostCells = 40;

struct Line {
  std::string label;
  const Change* change;
};

std::vector<Line> lines_of(const ComparedBlock& block, std::size_t other) {
  std::vector<Line> lines;
  for (const auto& row : block.rows) {
    if (!row.changes[other - 1].ratio) continue;
    std::string label;
    for (const auto& part : row.labels) label += (label.empty() ? "" : "  ") + part;
    lines.push_back({label, &row.changes[other - 1]});
  }
  if (lines.size() <= kMostCells) return lines;
  // The largest changes, in the order of the table.
  auto sizes = std::vector<double>();
  const auto size_of = [](const Line& line) {
    return std::abs(std::log(line.change->ratio->ratio));
  };
  for (const auto& line : lines) sizes.push_back(size_of(line));
  std::nth_element(sizes.begin(), sizes.begin() + kMostCells - 1, sizes.end(), std::greater<>());
  const double least = sizes[kMostCells - 1];
  std::erase_if(lines, [&](const Line& line) { return size_of(line) < least; });
  lines.resize(std::min(lines.size(), kMostCells));
  return lines;
}

// Marks between two ratios, from no change outwards and as far apart as their words need: percents,
// over decades factors.
std::vector<AxisTic> change_tics(double low, double high) {
  constexpr double kMostMarks = 7;
  const double decades = std::log10(high / low);
  const bool factors = decades > 1.8;
  std::vector<double> above, below;
  if (factors) {
    for (int power = 1; power <= 308; ++power) {
      above.push_back(std::pow(10, power));
      below.push_back(std::pow(10, -power));
    }
  } else {
    above = {1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50};
    below = {0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02};
  }
  std::vector<double> marks{1};
  for (const auto* side : {&above, &below}) {
    double last = 1;
    for (const double ratio : *side) {
      const bool fits = ratio >= low / 1.02 && ratio <= high * 1.02;
      if (!fits || std::abs(std::log10(ratio / last)) < decades / kMostMarks) continue;
      marks.push_back(last = ratio);
    }
  }
  std::ranges::sort(marks);
  std::vector<AxisTic> tics;
  for (const double ratio : marks)
    tics.push_back({ratio, ratio == 1 ? std::string("0")
                           : factors  ? fmt::format("x{:.4g}", ratio)
                                      : fmt::format("{:+.0f}%", 100 * (ratio - 1))});
  return tics;
}

std::string gnuplot_tics(const std::vector<AxisTic>& tics) {
  std::string text;
  for (const auto& [at, words] : tics)
    text += fmt::format("{}'{}{}' {}", text.empty() ? "" : ", ", words,
                        words.ends_with('%') ? "%" : "", at);
  return text;
}

constexpr std::string_view kVerdictLetters = "<>=o";  // of Verdict

Plot one_forest(const Comparison& comparison, const ComparedBlock& block, std::size_t other,
                const std::string& name) {
  Plot plot{.name = name, .caption = {}, .setup = {}, .draw = {}};
  const auto lines = lines_of(block, other);
  std::vector<std::string> names;
  std::vector<double> places;
  std::string data[4];
  std::vector<LetterRow> letters;
  std::string legend;
  std::vector<double> ends;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& change = *lines[i].change;
    const auto y = lines.size() - i;
    names.push_back(lines[i].label);
    places.push_back(static_cast<double>(y));
    const auto verdict = static_cast<std::size_t>(change.verdict);
    const auto ratio = change.ratio->ratio;
    LetterMark mark{ratio, kVerdictLetters[verdict]};
    if (change.has_interval()) mark.interval = change.ratio->interval;
    const auto [low, high] = mark.interval.value_or(Interval{ratio, ratio});
    data[verdict] += fmt::format("{} {} {}\n", ratio, y, bar_ends(mark.interval));
    letters.push_back({lines[i].label, {mark}, fmt::format("{:>7}", percent_change(ratio))});
    ends.push_back(low);
    ends.push_back(high);
  }
  const double limit = 1 + comparison.rules.threshold;
  ends.push_back(limit * limit);
  ends.push_back(1 / limit / limit);
  constexpr int kLinetype[] = {3, 2, 1, 7};
  constexpr int kPoint[] = {7, 5, 7, 6};
  for (std::size_t k = 0; k < 4; ++k) {
    if (data[k].empty()) continue;
    plot.setup += fmt::format("$kind{} << EOD\n{}EOD\n", k, data[k]);
    legend += fmt::format("{}{} {}", legend.empty() ? "" : ", ", kVerdictLetters[k],
                          verdict_word(static_cast<Verdict>(k), comparison.metric));
    plot.draw += fmt::format("{}$kind{} using 1:2:3:4 with xerrorbars lt {} pt {} title '{}'",
                             plot.draw.empty() ? "plot " : ", \\\n  ", k, kLinetype[k], kPoint[k],
                             verdict_word(static_cast<Verdict>(k), comparison.metric));
  }
  // Relative to the base in percent, on a logarithmic axis: halving and doubling look alike.
  const auto [low, high] = std::ranges::minmax_element(ends);
  const auto xtics = change_tics(*low, *high);
  plot.height_px = static_cast<int>(150 + 18 * std::max<std::size_t>(lines.size(), 8));
  plot.letters = letter_rows(
      fmt::format("change of {} with its 95 % interval: {}", figure_text(comparison), legend),
      letters, xtics, 1);
  plot.setup += fmt::format("set ytics ({})\nset yrange [0.3:{}]\n", tics_at(names, 30, places),
                            static_cast<double>(lines.size()) + 0.7);
  plot.setup += fmt::format("set logscale x\nset xrange [{}:{}]\nset xtics ({})\n", *low / 1.02,
                            *high * 1.02, gnuplot_tics(xtics));
  plot.setup += fmt::format(
      "set object 1 rectangle from {}, graph 0 to {}, graph 1 behind "
      "fc rgb '#888888' fs transparent solid 0.25 noborder\n",
      1 / limit, limit);
  const auto labels = side_labels(comparison, 40);
  plot.setup += fmt::format(
      "set xlabel {}.\"\\n\".{}\n",
      plot_text(fmt::format("change of {}, 95 % interval", figure_text(comparison))),
      plot_text(fmt::format("grey: within {:.2g} %", 100 * comparison.rules.threshold)));
  plot.setup += "set key outside right top vertical\n";
  plot.title = {labels[other] + " against " + labels[0], block_title(block.common)};
  plot.draw =
      "if (narrow) set tics font ',8'; set lmargin at screen 0.46\n"
      "set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb ink lw 1 back\n" +
      plot.draw + "\n";
  plot.caption = fmt::format("Change of {} with its 95 % interval, one line per cell{}; {}.",
                             figure_text(comparison),
                             lines.size() < block.rows.size() ? " (the largest changes)" : "",
                             direction_words(comparison.metric));
  return plot;
}

}  // namespace

std::vector<Plot> plot_forest(const Comparison& comparison) {
  std::vector<Plot> plots;
  std::vector<std::size_t> changed;  // rows of each that got better or worse
  for (const auto& block : comparison.blocks)
    for (std::size_t other = 1; other < comparison.sides.size(); ++other) {
      if (lines_of(block, other).empty()) continue;
      plots.push_back(
          one_forest(comparison, block, other, plot_name("forest", block.common, plots)));
      changed.push_back(
          static_cast<std::size_t>(std::ranges::count_if(block.rows, [&](const ComparedRow& row) {
            const auto verdict = row.changes[other - 1].verdict;
            return verdict == Verdict::kFaster || verdict == Verdict::kSlower;
          })));
    }
  // Where most changed is what is looked at first.
  const auto most = std::ranges::max_element(changed) - changed.begin();
  if (!plots.empty()) std::rotate(plots.begin(), plots.begin() + most, plots.begin() + most + 1);
  return plots;
}

}  // namespace zp::analysis
