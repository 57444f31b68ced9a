// SPDX-License-Identifier: MIT
// The knob table as a picture: one per table size, a column per row of it.
#include <algorithm>
#include <array>

#include "analysis/plot/letter_rows.hpp"
#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "harness/support/wrap.hpp"

namespace zp::analysis {
namespace {

struct Series {
  std::size_t column;  // of kKnobColumns
  const char* title;
  char letter;
};
constexpr std::array kSeries{Series{2, "one frame (until 4.12)", 'o'},
                             Series{3, "off (as shipped)", '0'}, Series{4, "on", '1'}};

bool has(const KnobBlock& block, const Series& series) {
  return std::ranges::any_of(
      block.rows, [&](const KnobRow& row) { return row.figures[series.column].has_value(); });
}

std::vector<std::string> series_legend(const KnobBlock& block) {
  std::vector<std::string> words;
  for (const auto& series : kSeries)
    if (has(block, series)) words.push_back(fmt::format("{} {}", series.letter, series.title));
  return words;
}

std::string knob_letters(const KnobBlock& block) {
  std::vector<LetterRow> rows;
  std::string walk;
  for (const auto& row : block.rows) {
    if (row.walk != walk) rows.push_back({printable(row.walk)});
    walk = row.walk;
    const auto texts = knob_texts(row);
    LetterRow line{"  " + texts.label};
    for (const auto& series : kSeries)
      if (const auto& figure = row.figures[series.column])
        line.marks.push_back({figure->ns, series.letter});
    line.remark = fmt::format("{:>6} {:1} {:>11}", texts.change, texts.mark, texts.interval);
    rows.push_back(std::move(line));
  }
  return letter_rows(fmt::format("change from off to on, with its 95 % interval; ns per read: {}",
                                 fmt::join(series_legend(block), ", ")),
                     rows);
}

Plot one_block(const KnobBlock& block, const ResultSet& set, const std::string& name) {
  Plot plot{.name = name, .caption = {}, .setup = {}, .draw = {}};
  std::vector<double> ends;
  std::vector<std::string> names;
  std::string draws, walls, walks;
  std::size_t first = 0;  // of its walk
  bool all_intervals = true;
  for (std::size_t s = 0; s < kSeries.size(); ++s) {
    if (!has(block, kSeries[s])) continue;
    plot.setup += fmt::format("$series{} << EOD\n", s);
    for (std::size_t r = 0; r < block.rows.size(); ++r) {
      const auto& figure = block.rows[r].figures[kSeries[s].column];
      if (!figure) continue;
      all_intervals &= figure->interval.has_value();
      const auto [low, high] = figure->interval.value_or(Interval{figure->ns, figure->ns});
      ends.insert(ends.end(), {low, high});
      // Beside each other and not on top.
      const double shift = (static_cast<double>(s) - 1) * 0.18;
      plot.setup += fmt::format("{} {} {}\n", static_cast<double>(r) + shift, figure->ns,
                                bar_ends(figure->interval));
    }
    plot.setup += "EOD\n";
    draws +=
        fmt::format("{}$series{} using 1:2:3:4 with yerrorbars lt {} title {}",
                    draws.empty() ? "plot " : ", \\\n  ", s, s + 1, plot_text(kSeries[s].title));
  }
  for (std::size_t r = 0; r < block.rows.size(); ++r) {
    const auto& row = block.rows[r];
    names.push_back(knob_texts(row).label);
    if (r > 0 && row.walk != block.rows[r - 1].walk) {
      walls +=
          fmt::format("set arrow from {0}, graph 0 to {0}, graph 1 nohead lw 1 dt 3 lc rgb ink\n",
                      static_cast<double>(r) - 0.5);
      first = r;
    }
    if (r + 1 == block.rows.size() || row.walk != block.rows[r + 1].walk)
      walks += fmt::format("{}{} {}", walks.empty() ? "" : ", ", plot_text(row.walk, 18),
                           static_cast<double>(first + r) / 2);
  }
  plot.setup += "set xtics (" + tics_of(names, 18) + ") rotate by -40\n";
  // Above the plot, over their strides.
  plot.setup += "set x2tics (" + walks + ") scale 0\nset x2range [-0.6:" +
                fmt::format("{}]\n", static_cast<double>(block.rows.size()) - 0.4);
  plot.setup += "set xlabel 'stride (bytes/offset)'\nset ylabel 'ns per read'\n";
  plot.setup += fmt::format("set xrange [-0.6:{}]\n", static_cast<double>(block.rows.size()) - 0.4);
  plot.setup += "set key below horizontal samplen 1 height 1\n";
  plot.setup += log_axis("y", ends, 1);
  plot.title = title_of("What use_zero_pages changes", knob_heading(block), set.context());
  plot.draw = walls + draws + "\n";
  plot.height_px = 560;  // slanted labels take a third of it
  plot.letters = knob_letters(block);
  plot.caption = fmt::format(
      "{}. ns per read with the knob off and on{}: mean and its 95 % interval{}; lower is better.",
      knob_heading(block),
      has(block, kSeries.front())
          ? ", and with one frame for all pages (what KSM did until Linux 4.12)"
          : "",
      all_intervals ? "" : fmt::format(" (none with fewer than {} passes or boots)", kLeastUnits));
  return plot;
}

}  // namespace

std::vector<Plot> plot_knob(const KnobTable& table, const ResultSet& set) {
  std::vector<Plot> plots;
  for (const auto& block : table.blocks) {
    std::vector<NamePart> shown{{"table", fmt::format("{}", block.table_bytes)}};
    if (!block.apart.empty()) shown.push_back({"", block.apart});
    plots.push_back(one_block(block, set, plot_name("knob", shown, plots)));
  }
  return plots;
}

}  // namespace zp::analysis
