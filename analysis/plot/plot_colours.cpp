// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "analysis/attribute/counts.hpp"
#include "analysis/colours/advice.hpp"
#include "analysis/plot/letter_rows.hpp"
#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

constexpr const char* kModelMetric = "model_l1d_miss";

std::optional<int> colours_of(const std::string& placement, std::string_view kind) {
  if (!placement.starts_with(kind) || placement.size() <= kind.size() ||
      placement[kind.size()] != ':')
    return std::nullopt;
  const auto colours = parse_whole<int>(std::string_view(placement).substr(kind.size() + 1));
  return colours.value_or(0) < 1 ? std::nullopt : colours;
}

using Curve = std::map<int, Summary>;  // by number of colours

std::map<std::string, Curve, decltype(&natural_less)> curves_of(const PlacementBlock& block,
                                                                std::string_view kind) {
  std::map<std::string, Curve, decltype(&natural_less)> curves(&natural_less);
  // One frame for all is one colour, measured or not under that name.
  const bool single = kind == "ksm_coloured" && block.find("ksm_coloured:1") == nullptr;
  for (const auto& row : block.rows) {
    const auto colours = single && row.placement == "ksm_single" ? std::optional(1)
                                                                 : colours_of(row.placement, kind);
    if (!colours) continue;
    for (std::size_t s = 0; s < block.strides.size(); ++s)
      if (row.cells[s]) curves[block.strides[s]].emplace(*colours, *row.cells[s]);
  }
  std::erase_if(curves, [](const auto& curve) { return curve.second.size() < 3; });
  return curves;
}

// The fewest colours that are as good as the best.
int knee_of(const Curve& curve) {
  const auto median_of = [](const auto& point) { return point.second.median; };
  const auto best = std::ranges::min_element(curve, {}, median_of)->second;
  for (const auto& [colours, summary] : curve)
    if (within_noise(summary, best)) return colours;
  return curve.rbegin()->first;
}

// Whether any number of colours is within the noise of the first.
bool is_flat(const Curve& curve) {
  return std::ranges::all_of(
      curve, [&](const auto& point) { return are_alike(point.second, curve.begin()->second); });
}

std::string colour_tics(const std::vector<int>& colours) {
  // As far apart as their figures are wide.
  const double apart = std::pow(static_cast<double>(colours.back()) / colours.front(), 1.0 / 16);
  std::string tics;
  double last = 0;
  for (const int n : colours) {
    if (n < last * apart) continue;
    last = n;
    tics += fmt::format("{}'{}' {}", tics.empty() ? "" : ", ", n, n);
  }
  return "set logscale x 2\nset xtics (" + tics + ")\n";
}

// The lower panel: what the cache model says about the same cells.
std::string model_panel(const PlacementBlock* model, std::string_view kind, std::string& setup) {
  if (model == nullptr) return {};
  const auto curves = curves_of(*model, kind);
  std::vector<std::string> titles;
  for (const auto& [stride, curve] : curves) titles.push_back(stride);
  titles = plot_labels(titles, 20);
  std::string draws;
  std::size_t i = 0;
  for (const auto& [stride, curve] : curves) {
    setup += fmt::format("$model{} << EOD\n", i);
    for (const auto& [colours, summary] : curve)
      setup += fmt::format("{} {}\n", colours, summary.median);
    setup += "EOD\n";
    draws += fmt::format("{}$model{} using 1:2 with linespoints lt {} title {}",
                         i == 0 ? "plot " : ", \\\n  ", i, i + 1, titles[i]);
    ++i;
  }
  return draws;
}

// The predicted time of every cell of a curve, dashed next to it; "" where there is none.
std::string predicted_line(const PlacementBlock& block, const std::string& stride,
                           const Curve& curve, std::string_view kind, EventCounts& predictions,
                           double ns_per_cycle, std::size_t number, std::string& setup) {
  std::string points;
  for (const auto& [colours, summary] : curve) {
    const auto time = predictions.time_of(block, stride, fmt::format("{}:{}", kind, colours));
    if (time)
      points +=
          fmt::format("{} {}\n", colours, model::middle(time->cycles_per_read()) * ns_per_cycle);
  }
  if (points.empty()) return {};
  setup += fmt::format("$predicted{} << EOD\n{}EOD\n", number, points);
  return fmt::format(", \\\n  $predicted{} using 1:2 with lines lt {} dt 2 notitle", number,
                     number + 1);
}

std::optional<Plot> one_sweep(const PlacementBlock& block, const PlacementBlock* model,
                              const Metric& metric, std::string_view kind, const ResultSet& set,
                              const PlotPrediction& prediction, EventCounts& predictions,
                              const std::vector<Plot>& others) {
  const auto curves = curves_of(block, kind);
  if (curves.empty()) return std::nullopt;
  Plot plot{.name = plot_name("colours-" + file_word(kind), block.common, others),
            .caption = {},
            .setup = {},
            .draw = {}};
  std::vector<double> medians, ends;  // as drawn
  std::vector<int> all_colours;
  for (const auto& [stride, curve] : curves)
    for (const auto& [colours, summary] : curve) {
      medians.push_back(summary.median);
      all_colours.push_back(colours);
    }
  std::ranges::sort(all_colours);
  all_colours.erase(std::unique(all_colours.begin(), all_colours.end()), all_colours.end());
  const auto scale = scale_for(metric, median(medians));
  // Relative to one frame where every curve has it and no times are predicted next to it.
  const bool ratios = !prediction.cpu && std::ranges::all_of(curves, [](const auto& curve) {
    return curve.second.begin()->first == 1 && curve.second.begin()->second.median > 0;
  });
  if (model == nullptr && ratios &&
      std::ranges::all_of(curves, [](const auto& curve) { return is_flat(curve.second); }))
    return std::nullopt;  // there is nothing to see
  std::vector<std::string> titles;
  for (const auto& [stride, curve] : curves)
    titles.push_back(fmt::format("{}: {}", stride, knee_of(curve)));
  titles = plot_labels(titles, 20);
  std::string draws, knees, predicted;
  const char* figures = "median";
  std::vector<LetterRow> letters;
  std::size_t i = 0;
  for (const auto& [stride, curve] : curves) {
    const double factor = ratios ? 1 / curve.begin()->second.median : scale.factor;
    const int knee = knee_of(curve);
    plot.setup += fmt::format("$line{} << EOD\n", i);
    letters.push_back({fmt::format("stride {}, {} enough", shorten(stride, 20), knee)});
    for (const auto& [colours, summary] : curve) {
      const auto [low, high] = summary.interval;
      const auto mark = mark_of(summary, colours == knee ? '@' : 'o', factor);
      letters.push_back({fmt::format("  {:4}", colours), {mark}});
      if (summary.has_interval()) figures = "median and its interval";
      ends.insert(ends.end(), {low * factor, high * factor});
      plot.setup += fmt::format("{} {} {}\n", colours, mark.at, bar_ends(mark.interval));
    }
    plot.setup +=
        fmt::format("EOD\n$knee{} << EOD\n{} {}\nEOD\n", i, knee, curve.at(knee).median * factor);
    draws += fmt::format("{}$line{} using 1:2:3:4 with yerrorlines lt {} title {}",
                         i == 0 ? "plot " : ", \\\n  ", i, i + 1, titles[i]);
    knees += fmt::format(
        ", \\\n  $knee{} using 1:2 with points pt 6 ps 2.4 lw 2 lc rgb ink "
        "notitle",
        i);
    if (metric.key == "ns_per_read" && prediction.ghz > 0)
      predicted += predicted_line(block, stride, curve, kind, predictions,
                                  scale.factor / prediction.ghz, i, plot.setup);
    ++i;
  }
  if (!predicted.empty()) predicted += ", \\\n  1/0 with lines dt 2 lc rgb ink title 'by prices'";
  knees += predicted;
  const auto drawn = i;
  knees += ", \\\n  1/0 with points pt 6 ps 2.4 lw 2 lc rgb ink title 'enough'";
  const auto model_draw = model_panel(model, kind, plot.setup);
  const bool two_panels = !model_draw.empty() && drawn > 0;
  plot.setup += colour_tics(all_colours);
  plot.setup +=
      fmt::format("set xrange [{}:{}]\n", all_colours.front() / 1.2, all_colours.back() * 1.2);
  plot.setup += "set key outside right top vertical samplen 2 title 'stride (bytes): enough'\n";
  // A ratio is drawn from 0, so that what looks twice as high is.
  const auto axis = ratios ? std::string("unset logscale y\nset ytics autofreq\nset yrange [0:*]\n")
                           : log_axis("y", ends, 1);
  auto unit = axis_words(metric, scale);
  if (ratios) unit += ", relative to one frame";
  plot.title = title_of(fmt::format("How many colours are enough? {}:N", kind),
                        conditions_of(block), set.context());
  plot.draw = axis + "set ylabel " + plot_text(unit) + "\n";
  // gnuplot draws what has a model below it, or prices next to it.
  if (!two_panels && predicted.empty())
    plot.letters = letter_rows(
        fmt::format("{}, by number of colours: o {}, @ the fewest that are enough", unit, figures),
        letters, ratios ? std::optional(1.0) : std::nullopt);
  if (two_panels) {
    plot.height_px = 680;
    plot.height_lines = 40;
    plot.draw +=
        "set multiplot\nset lmargin 11\nset rmargin (narrow ? 2 : 22)\nset size 1,0.6\nset origin "
        "0,0.4\n"
        "unset xlabel\n" +
        draws + knees +
        "\nset size 1,0.4\nset origin 0,0\nunset title\nunset logscale y\nset ytics "
        "autofreq\nset yrange [0:*]\nset ylabel 'model: L1d misses'\nset xlabel 'colours: "
        "frames behind the table, laid out by colour'\nset key title 'model, by stride'\n" +
        model_draw + "\nunset multiplot\nset key title 'stride (bytes): enough'\n";
  } else {
    plot.draw += "set xlabel 'colours: frames behind the table, laid out by colour'\n" + draws +
                 knees + "\n";
  }
  plot.caption = fmt::format(
      "{} against the number of colours ({}). The circle is the fewest "
      "colours within {:.0f} % of the "
      "best, or whose interval overlaps the best one's; {}.",
      unit, figures, 100 * kColourThreshold, direction_words(metric));
  if (!predicted.empty())
    plot.caption += fmt::format(" Dashed: what the prices of {} predict at {} GHz.",
                                prediction.cpu->name, prediction.ghz);
  return plot;
}

}  // namespace

std::vector<Plot> plot_colours(const ResultSet& set, const std::string& metric,
                               const PlotPrediction& prediction) {
  EventCounts predictions(set, prediction.cpu);
  const auto table = placement_table(set, metric);
  const auto model = set.has_metric(kModelMetric)
                         ? std::optional(placement_table(set, kModelMetric))
                         : std::nullopt;
  std::vector<Plot> plots;
  for (const PlacementBlock& block : table.blocks) {
    for (const PlacementEntry& entry : placement_catalogue()) {
      if (entry.suffix != Suffix::kColours) continue;
      const auto* model_block = model ? model->find(block) : nullptr;
      auto plot = one_sweep(block, model_block, table.metric, std::string(entry.name), set,
                            prediction, predictions, plots);
      if (plot) plots.push_back(std::move(*plot));
    }
  }
  return plots;
}

}  // namespace zp::analysis
