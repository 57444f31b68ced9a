// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/emulated_table.hpp"
#include "analysis/views/knob_table.hpp"
#include "harness/names/placement_id.hpp"

namespace zp::analysis {
namespace {

// More lines than this can't be told apart.
constexpr std::size_t kMostLines = 7;

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
  return std::find(kKnobColumns.begin(), kKnobColumns.end(), row.placement) != kKnobColumns.end();
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
  std::sort(lines.begin(), lines.end());  // as in the table, where they lie in one vector
  return lines;
}

std::string stride_tics(const PlacementBlock& block) {
  return "set xtics (" + tics_of(block.strides, 14) + ")\n";
}

// Without a name when none of its lines holds a figure.
Plot one_block(const PlacementBlock& block, const PlacementTable& table, const ResultSet& set,
               const std::string& name) {
  const auto lines = lines_of(block);
  std::vector<double> medians, ends;
  for (const auto* row : lines) {
    for (const auto& cell : row->cells) {
      if (!cell) continue;
      medians.push_back(cell->median);
      ends.insert(ends.end(), {cell->interval.low, cell->interval.high});
    }
  }
  if (medians.empty()) return {};
  const auto scale = scale_for(table.metric, median(medians));
  const bool positive = *std::min_element(ends.begin(), ends.end()) > 0;
  Plot plot{.name = name, .caption = {}, .setup = {}, .draw = {}};
  std::string draws;
  std::vector<std::string> names;
  for (const auto* row : lines) names.push_back(row->placement);
  const auto labels = plot_labels(names, 24);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // Beside each other and not on top: placements often agree.
    const double shift =
        (static_cast<double>(i) - static_cast<double>(lines.size() - 1) / 2) * 0.05;
    plot.setup += fmt::format("$line{} << EOD\n", i);
    for (std::size_t s = 0; s < block.strides.size(); ++s)
      if (const auto& cell = lines[i]->cells[s])
        plot.setup += fmt::format("{} {} {} {}\n", static_cast<double>(s) + shift,
                                  cell->median * scale.factor, cell->interval.low * scale.factor,
                                  cell->interval.high * scale.factor);
    plot.setup += "EOD\n";
    draws += fmt::format("{}$line{} using 1:2:3:4 with yerrorlines lt {} title {}",
                         i == 0 ? "plot " : ", \\\n  ", i, i + 1, labels[i]);
  }
  const auto unit =
      table.metric.key == "ns_per_read" ? scale.unit + " per read" : table.metric.description;
  plot.setup += stride_tics(block);
  plot.setup += "set xlabel 'stride between reads (bytes)'\nset ylabel " + plot_text(unit) + "\n";
  plot.setup +=
      fmt::format("set xrange [-0.4:{}]\n", static_cast<double>(block.strides.size()) - 0.6);
  plot.setup += "set key outside right top vertical samplen 2 width 1\n";
  plot.setup += positive ? log_axis("y", ends, scale.factor) : "set yrange [0:*]\n";
  plot.title = title_of(table.metric.description + " by stride and placement",
                        block_title(block.common), set.context());
  plot.draw = draws + "\n";
  plot.caption =
      fmt::format("{} against stride, one line a placement: median and its interval; {}.", unit,
                  direction_words(table.metric));
  return plot;
}

}  // namespace

std::vector<Plot> plot_strides(const PlacementTable& table, const ResultSet& set) {
  std::vector<Plot> plots;
  for (const auto& block : table.blocks) {
    if (block.most == 0) continue;
    const bool time = table.metric.key == "ns_per_read" || table.metric.key == "real_time";
    auto plot =
        one_block(block, table, set,
                  fmt::format("{}-{}", time ? "strides" : "counter-" + file_word(table.metric.key),
                              plots.size() + 1));
    if (!plot.name.empty()) plots.push_back(std::move(plot));
  }
  return plots;
}

std::vector<Plot> plot_counters(const ResultSet& set) {
  std::vector<std::string> counters{"cycles",  "instructions", "l1d_miss",    "l2_miss",
                                    "l3_miss", "dtlb_miss",    "synonym_miss"};
  for (const auto& cpu : modelled_cpus(set))
    for (const char* miss : {"l1d_miss", "l2_miss", "l3_miss", "dtlb_miss", "synonym_miss"})
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
