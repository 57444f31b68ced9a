// SPDX-License-Identifier: MIT
#include "analysis/plot/plots.hpp"

#include <array>

namespace zp::analysis {

// ns per read with the knob off, on, and with one frame for all, by walk and stride. One picture
// per table size.
std::vector<Plot> plot_knob(const KnobTable& table, const ResultSet& set);

// ns per read against the number of colours, one line per stride, relative to one frame where that
// was measured; the knee is marked, and the model's misses stand below where rows have them.
// Without those in which no number of colours differs from one frame.
std::vector<Plot> plot_colours(const ResultSet& set, const std::string& metric,
                               const PlotPrediction& prediction);

// How many times slower one placement is than another, stride against table size; without those
// that nothing tells from 1.
std::vector<Plot> plot_heat_map(const PlacementTable& table, const ResultSet& set);

// Every counter per read against stride.
std::vector<Plot> plot_counters(const ResultSet& set);

namespace {

using Plots = std::vector<Plot>;
using In = const PlotInput&;

constexpr std::array kKinds{
    PlotKind{"knob", true, [](In in) { return plot_knob(in.knob, in.set); }},
    PlotKind{"strides", true, [](In in) { return plot_strides(in.table, in.set); }},
    PlotKind{"colours", true,
             [](In in) { return plot_colours(in.set, in.table.metric.key, in.prediction); }},
    PlotKind{"heatmap", true, [](In in) { return plot_heat_map(in.table, in.set); }},
    PlotKind{"programs", true,
             [](In in) { return in.loops ? plot_programs(*in.loops, in.set) : Plots{}; }},
    PlotKind{"counters", false, [](In in) { return plot_counters(in.set); }},
    PlotKind{"stability", true, [](In in) { return plot_stability(in.set, in.table.metric.key); }},
    PlotKind{"forest", false,
             [](In in) { return in.comparison ? plot_forest(*in.comparison) : Plots{}; }}};

}  // namespace

std::span<const PlotKind> plot_kinds() {
  return kKinds;
}

}  // namespace zp::analysis
