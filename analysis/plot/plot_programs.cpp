// SPDX-License-Identifier: MIT
// The loop table as a picture: a bar for each placement, program by program.
#include <algorithm>
#include <cstdint>

#include "analysis/plot/letter_rows.hpp"
#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

constexpr const char* kBase = "private";
constexpr int kBarPixels = 7, kOtherPixels = 130;

// Programs from top to bottom; of each a bar per placement, and one bar's room between them.
double bar_position(std::size_t loop, std::size_t bar, std::size_t bars) {
  return static_cast<double>(-static_cast<std::int64_t>(loop * (bars + 1) + bar));  // no -0
}

char placement_letter(std::size_t placement) {
  return static_cast<char>(placement < 26 ? 'a' + placement : '?');
}

}  // namespace

std::vector<Plot> plot_programs(const LoopTable& table, const ResultSet& set) {
  std::vector<std::string> loops, placements;
  for (const auto& loop : table.rows)
    if (const auto* base = table.find(loop, kBase); base != nullptr && base->median > 0)
      loops.push_back(loop);
  for (const auto& placement : table.placements)
    if (placement != kBase) placements.push_back(placement);
  if (loops.empty() || placements.empty()) return {};
  Plot plot{.name = "programs", .caption = {}, .setup = {}, .draw = {}};
  const auto titles = plot_labels(placements, 20);
  std::string draws;
  std::vector<LetterRow> letters;
  for (const auto& loop : loops) letters.push_back({shorten(loop, 20)});
  double most = 1;
  const std::size_t bars = placements.size();
  for (std::size_t p = 0; p < bars; ++p) {
    plot.setup += fmt::format("$bars{} << EOD\n", p);
    for (std::size_t l = 0; l < loops.size(); ++l) {
      const auto* speed = table.find(loops[l], placements[p]);
      if (speed == nullptr) continue;
      const double base = table.find(loops[l], kBase)->median;
      const double ratio = speed->median / base, at = bar_position(l, p, bars);
      most = std::max({most, ratio, speed->most / base});
      letters[l].marks.push_back({ratio, placement_letter(p)});
      // Of one sample there is no least and most.
      std::optional<Interval> samples;
      if (speed->least < speed->most) samples = Interval{speed->least, speed->most};
      plot.setup += fmt::format("{} {} {} {} {}\n", ratio, at, at - 0.45, at + 0.45,
                                bar_ends(samples, 1 / base));
    }
    plot.setup += "EOD\n";
    draws += fmt::format(
        "{}$bars{} using 1:2:(0):1:3:4 with boxxyerror lt {} fill solid noborder title {}",
        p == 0 ? "plot " : ", \\\n  ", p, p + 1, titles[p]);
    draws += fmt::format(
        ", \\\n  $bars{} using 1:2:5:6 with xerrorbars pt -1 lw 1 lc rgb ink notitle", p);
  }
  std::vector<double> middles;
  for (std::size_t l = 0; l < loops.size(); ++l)
    middles.push_back((bar_position(l, 0, bars) + bar_position(l, bars - 1, bars)) / 2);
  plot.setup += "set ytics (" + tics_at(loops, 20, middles) +
                ") scale 0\nset grid noytics xtics\nunset logscale\n";
  plot.setup += fmt::format("set yrange [{}:1]\nset xrange [0:{}]\n",
                            bar_position(loops.size(), 0, bars), most * 1.03);
  plot.setup += "set xlabel 'times as fast as private memory (higher is better)'\n";
  plot.setup += "set key outside right top vertical samplen 1 width 1 title 'placement'\n";
  plot.setup += "set arrow from 1, graph 0 to 1, graph 1 nohead lw 1 dt 2 front\n";
  plot.draw = draws + "\n";
  const auto rows = static_cast<int>(loops.size() * (bars + 1));
  plot.height_px = kOtherPixels + kBarPixels * rows;
  std::string key = "times as fast as private memory";
  for (std::size_t b = 0; b < bars; ++b)
    key += fmt::format("{} {} {}", b == 0 ? ":" : ",", placement_letter(b),
                       shorten(placements[b], 20));
  plot.letters = letter_rows(key, letters, 1);
  const auto size = table.table_size();
  plot.title = title_of("What programs gain over private memory", size + " table", set.context());
  plot.caption = fmt::format(
      "A table of {}: how many times as fast each program gets through it as through private "
      "memory, by placement: medians, with the range of the samples; higher is better.",
      size);
  return {plot};
}

}  // namespace zp::analysis
