// SPDX-License-Identifier: MIT
#include "analysis/colours/advice.hpp"

#include <algorithm>
#include <map>

#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "harness/names/placement_id.hpp"

namespace zp::analysis {
namespace {

// N of "PREFIX:N"; 0 for other placements.
std::uint64_t colours_of(const std::string& placement, const std::string& prefix) {
  if (prefix == "ksm_coloured" && placement == "ksm_single") return 1;
  const auto id = parse_placement(placement);
  return id && id->entry().name == prefix ? id->colours : 0;
}

std::vector<ColourPoint> points_of(const PlacementBlock& block, const std::string& prefix) {
  std::map<std::uint64_t, const PlacementRow*> rows;
  for (const PlacementRow& row : block.rows) {
    const std::uint64_t colours = colours_of(row.placement, prefix);
    if (colours == 0) continue;
    const bool exact = row.placement.find(':') != std::string::npos;
    if (exact || rows.find(colours) == rows.end()) rows[colours] = &row;
  }
  std::vector<ColourPoint> points;
  for (const auto& [colours, row] : rows) {
    points.push_back({colours, row->cells, {}});
    points.back().cells.resize(block.strides.size());
    points.back().suffices.resize(block.strides.size(), false);
  }
  return points;
}

// Judges every stride; false when some stride has fewer than two cells.
bool judge(ColourAdvice& advice, double threshold) {
  for (std::size_t i = 0; i < advice.strides.size(); ++i) {
    const ColourPoint* best = nullptr;
    std::size_t cells = 0;
    for (const ColourPoint& point : advice.points) {
      if (!point.cells[i]) continue;
      ++cells;
      if (best == nullptr || point.cells[i]->median < best->cells[i]->median) best = &point;
    }
    if (cells < 2) return false;
    advice.best.push_back(best->colours);
    std::uint64_t smallest = 0;
    const Summary best_cell = *best->cells[i];
    for (ColourPoint& point : advice.points) {
      point.suffices[i] = point.cells[i] && within_noise(*point.cells[i], best_cell, threshold);
      if (point.suffices[i] && smallest == 0) smallest = point.colours;
    }
    advice.smallest.push_back(smallest);
  }
  return true;
}

void settle_overall(ColourAdvice& advice) {
  double least = 0;
  for (const ColourPoint& point : advice.points) {
    const bool all = std::ranges::all_of(point.suffices, [](bool suffices) { return suffices; });
    if (all && !advice.overall) advice.overall = point.colours;
    double worst = 0;
    bool whole = true;
    for (std::size_t i = 0; i < advice.strides.size(); ++i) {
      whole &= point.cells[i].has_value();
      for (const ColourPoint& other : advice.points)
        if (point.cells[i] && other.colours == advice.best[i])
          worst = std::max(worst, point.cells[i]->median / other.cells[i]->median - 1);
    }
    if (!whole || (advice.compromise && worst >= least)) continue;
    advice.compromise = point.colours;
    least = worst;
  }
  advice.compromise_loss = least;
  for (const ColourPoint& point : advice.points) {
    bool may_suffice = !advice.overall || point.colours < *advice.overall;
    for (std::size_t i = 0; i < advice.strides.size(); ++i)
      may_suffice = may_suffice && (!point.cells[i] || point.suffices[i]);
    for (std::size_t i = 0; i < advice.strides.size(); ++i) {
      if (point.cells[i] || (!may_suffice && point.colours >= advice.smallest[i])) continue;
      advice.gaps.emplace_back(point.colours, advice.strides[i]);
      advice.overall_is_bound |= may_suffice;
    }
  }
}

}  // namespace

bool within_noise(const Summary& cell, const Summary& best, double threshold) {
  const bool overlap =
      cell.has_interval() && best.has_interval() && cell.interval.low <= best.interval.high;
  return overlap || cell.median <= best.median * (1 + threshold);
}

Outcome<std::vector<ColourAdvice>> advise_colours(const ResultSet& set, double threshold) {
  if (is_emulated(set))
    return fail(ExitCode::kNotComparable,
                "the run was made under emulation: its times say nothing about a CPU");
  const PlacementTable table = placement_table(set, default_metric(set));
  std::vector<ColourAdvice> all;
  for (const PlacementBlock& block : table.blocks)
    for (const PlacementEntry& entry : placement_catalogue()) {
      if (entry.suffix != Suffix::kColours) continue;
      const std::string prefix(entry.name);
      ColourAdvice advice;
      advice.common = block.common;
      advice.made_by = prefix;
      advice.metric = table.metric;
      advice.strides = block.whole_strides;
      advice.points = points_of(block, prefix);
      if (advice.points.size() < 2 || !judge(advice, threshold)) continue;
      settle_overall(advice);
      all.push_back(std::move(advice));
    }
  if (all.empty() && !is_ours(set))
    return fail(ExitCode::kUsage, "{}: not of zpbench", set.runs().front().path);
  if (all.empty())
    return fail(ExitCode::kUsage,
                "no rows over at least two numbers of colours; measure ksm_coloured:N or "
                "memfd_coloured:N for N = 1, 2, 4, ...");
  return all;
}

}  // namespace zp::analysis
