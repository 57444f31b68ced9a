// SPDX-License-Identifier: MIT
#include "analysis/plot/plots.hpp"

#include <array>

namespace zp::analysis {
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
