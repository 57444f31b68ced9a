// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "analysis/plot/letter_rows.hpp"
#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/emulated_table.hpp"
#include "analysis/views/knob_table.hpp"
#include "harness/names/placement_id.hpp"

namespace zp::analysis {
namespace {

// More lines than this can't be told apart.
constexpr std::size_t kMostLines = 7;
constexpr int kInkLine = 8;  // linetype of gnuplot_script() in the colour of text

double geomean(const PlacementRow& row) {
  double logs = 0;
  double count = 0;
  for (const auto& cell : row.cells)
    if (cell && cell->median > 0) logs += std::log(cell->median), ++count;
  return count > 0 ? std::exp(logs / count) : 0;
}

bool is_sweep(const PlacementRow& row) {
  const auto id = parse_placement(row.placement);
  return id && id->entry().suffix == Suffix::kColours;
}

bool is_of_the_knob(const PlacementRow& row) {
  return std::ranges::find(kKnobColumns, row.placement) != kKnobColumns.end();
}

// All placements when they are few; else those without the sweep over colours, of which only the
// fastest is kept (the sweep has a picture of its own), and first of all those of the knob.
std::vector<const PlacementRow*> lines_of(const PlacementBlock& block) {
  std::vector<const PlacementRow*> lines;
  for (const auto& row : block.rows) lines.push_back(&row);
  if (lines.size() <= kMostLines) return lines;
  const PlacementRow* fastest = nullptr;
  for (const auto* row : lines)
    if (is_sweep(*row) && (fastest == nullptr || geomean(*row) < geomean(*fastest))) fastest = row;
  std::erase_if(lines, [&](const PlacementRow* row) { return is_sweep(*row) && row != fastest; });
  if (lines.size() <= kMostLines) return lines;
  std::stable_partition(lines.begin(), lines.end(), [&](const PlacementRow* row) {
    return is_of_the_knob(*row) || row == fastest;
  });
  lines.resize(kMostLines);
  std::ranges::sort(lines);  // as in the table, where they lie in one vector
  return lines;
}

// Whether no stride tells it from `other`.
bool is_within_noise(const PlacementRow& row, const PlacementRow& other) {
  for (std::size_t s = 0; s < row.cells.size(); ++s)
    if (row.cells[s] && !(other.cells[s] && are_alike(*row.cells[s], *other.cells[s])))
      return false;
  return true;
}

// Lines of which no stride tells them from one that is drawn before: they recede. Those of the knob
// never do, and what matters more comes first.
std::vector<bool> receding(const std::vector<const PlacementRow*>& lines) {
  std::vector<bool> recede(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i]->placement != "read_fault" && is_of_the_knob(*lines[i])) continue;
    for (std::size_t other = 0; other < lines.size(); ++other) {
      const bool before = other < i || is_of_the_knob(*lines[other]);
      if (other != i && before && !recede[other] && is_within_noise(*lines[i], *lines[other]))
        recede[i] = true;
    }
  }
  return recede;
}

// Stride by stride, a line for each placement.
std::vector<LetterRow> stride_letters(const PlacementBlock& block,
                                      const std::vector<const PlacementRow*>& lines,
                                      const Scale& scale) {
  std::vector<LetterRow> rows;
  for (std::size_t s = 0; s < block.strides.size(); ++s) {
    rows.push_back({"stride " + shorten(block.strides[s], 20)});
    for (const auto* line : lines)
      if (const auto& cell = line->cells[s])
        rows.push_back({"  " + shorten(line->placement, 24), {mark_of(*cell, 'o', scale.factor)}});
  }
  return rows;
}

// Without a name when none of its lines holds a figure.
Plot one_block(const PlacementBlock& block, const PlacementTable& table, const ResultSet& set,
               const std::string& name) {
  const auto lines = lines_of(block);
  std::vector<double> medians, ends;
  const char* figures = "median";
  for (const auto* row : lines) {
    for (const auto& cell : row->cells) {
      if (!cell) continue;
      if (cell->has_interval()) figures = "median and its interval";
      medians.push_back(cell->median);
      ends.insert(ends.end(), {cell->interval.low, cell->interval.high});
    }
  }
  if (medians.empty()) return {};
  const auto scale = scale_for(table.metric, median(medians));
  const double least = *std::ranges::min_element(ends);
  Plot plot{.name = name, .caption = {}, .setup = {}, .draw = {}};
  const auto recede = receding(lines);
  const bool any_recedes = std::ranges::find(recede, true) != recede.end();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < lines.size(); ++i)
    names.push_back((recede[i] ? "~ " : "") + lines[i]->placement);
  const auto labels = plot_labels(names, 24);
  std::string behind, front;
  int colour = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    plot.setup += fmt::format("$line{} << EOD\n", i);
    for (std::size_t s = 0; s < block.strides.size(); ++s)
      if (const auto& cell = lines[i]->cells[s])
        plot.setup += fmt::format(
            "{} {} {}\n", s, cell->median * scale.factor,
            bar_ends(cell->has_interval() ? std::optional(cell->interval) : std::nullopt,
                     scale.factor));
    plot.setup += "EOD\n";
    // Private memory shares nothing: what the others are held against, and no colour of theirs.
    if (recede[i])
      behind += fmt::format(
          "$line{} using 1:2 with lines lw 1 dt 2 lc rgb '#7F7F7F' title {}, \\\n  ", i, labels[i]);
    else
      front += fmt::format("$line{} using 1:2:3:4 with yerrorlines lt {} title {}, \\\n  ", i,
                           lines[i]->placement == "private" ? kInkLine : ++colour, labels[i]);
  }
  auto draws = "plot " + behind + front;
  draws.erase(draws.rfind(','));
  const auto unit = axis_words(table.metric, scale);
  plot.setup += "set xlabel 'stride between reads (bytes)'\nset ylabel " + plot_text(unit) + "\n";
  plot.setup +=
      fmt::format("set xrange [-0.4:{}]\n", static_cast<double>(block.strides.size()) - 0.6);
  plot.setup += "set key outside right top vertical samplen 2 width 1\n";
  if (any_recedes) plot.setup += "set key title '~: within noise of another'\n";
  plot.setup += least > 0    ? log_axis("y", ends, scale.factor)
                : least == 0 ? "set yrange [0:*]\n"
                             : "set yrange [*:*]\n";
  plot.title = title_of(table.metric.description + " by stride and placement", conditions_of(block),
                        set.context());
  plot.draw = word_tics(block.strides) + draws + "\n";
  plot.letters =
      letter_rows(fmt::format("{}: {}", unit, figures), stride_letters(block, lines, scale));
  plot.caption = fmt::format(
      "{} against stride, one line per placement: {}; {}.{}", unit, figures,
      direction_words(table.metric),
      any_recedes ? " Dashed (~): at every stride within the noise of another line." : "");
  return plot;
}

// A picture needs lines that differ.
bool all_rows_agree(const PlacementBlock& block) {
  for (const auto& row : block.rows)
    for (std::size_t s = 0; s < row.cells.size(); ++s) {
      const auto& first = block.rows.front().cells[s];
      if (row.cells[s].has_value() != first.has_value() ||
          (first && row.cells[s]->median != first->median))
        return false;
    }
  return true;
}

}  // namespace

std::vector<Plot> plot_strides(const PlacementTable& table, const ResultSet& set) {
  std::vector<Plot> plots;
  const bool time = table.metric.key == "ns_per_read" || table.metric.key == "real_time";
  const auto kind = time ? std::string("strides") : "counter-" + file_word(table.metric.key);
  const bool several =
      std::ranges::any_of(table.blocks, [](const auto& block) { return block.rows.size() > 1; });
  for (const auto& block : table.blocks) {
    // One placement by itself is there to be compared with those of other blocks.
    if (block.most == 0 || (several && all_rows_agree(block))) continue;
    auto plot = one_block(block, table, set, plot_name(kind, block.common, plots));
    if (!plot.name.empty()) plots.push_back(std::move(plot));
  }
  return plots;
}

std::vector<Plot> plot_counters(const ResultSet& set) {
  std::vector<std::string> counters{"cycles",  "instructions", "synonym_miss", "l1d_miss",
                                    "l2_miss", "l3_miss",      "dtlb_miss"};
  for (const auto& cpu : modelled_cpus(set))
    for (const char* miss : {"synonym_miss", "l1d_miss", "l2_miss", "l3_miss", "dtlb_miss"})
      counters.push_back(cpu.prefix + miss);
  std::vector<Plot> plots;
  for (const auto& counter : counters) {
    if (!set.has_metric(counter)) continue;
    for (auto& plot : plot_strides(placement_table(set, counter), set))
      plots.push_back(std::move(plot));
  }
  return plots;
}

}  // namespace zp::analysis
