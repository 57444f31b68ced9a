// SPDX-License-Identifier: MIT
#include "analysis/plot/plot_parts.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/plot/gnuplot.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"

namespace zp::analysis {
namespace {

// CPU and kernel only: a title has no room for the caches.
std::string short_host(const Context& context) {
  auto text = shorten(context_value(context, "cpu.model"), 40);
  const auto kernel = shorten(kernel_of(context), 30);
  if (!kernel.empty()) text += (text.empty() ? "" : ", ") + kernel;
  return is_emulated(context) ? "EMULATED: " + text : text;
}

}  // namespace

PlotTitle title_of(std::string_view what, std::string_view conditions, const Context& context) {
  PlotTitle title{std::string(what), std::string(conditions)};
  const auto host = short_host(context);
  if (!host.empty()) title.conditions += (title.conditions.empty() ? "" : "; ") + host;
  auto& first = title.what;
  if (!first.empty() && first[0] >= 'a' && first[0] <= 'z' && first.find('_') > first.find(' '))
    first[0] = static_cast<char>(first[0] - 'a' + 'A');  // a word, not an identifier
  return title;
}

std::string log_axis(std::string_view axis, const std::vector<double>& values, double factor) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (!(*low * factor > 1e-290))
    return fmt::format("unset logscale {0}\nset {0}range [*:*]\n", axis);
  const double from = *low * factor / 1.15;
  const double to = *high * factor * 1.15;
  // More tics where the axis is short.
  const std::vector<double> steps =
      to / from > 20 ? std::vector{1.0, 2.0, 5.0} : std::vector{1.0, 1.5, 2.0, 3.0, 5.0, 7.0};
  std::string tics;
  for (double decade = std::pow(10, std::floor(std::log10(from))); decade <= to; decade *= 10)
    for (const double step : steps)
      if (decade * step >= from && decade * step <= to)
        tics += fmt::format("{}'{:g}' {}", tics.empty() ? "" : ", ", decade * step, decade * step);
  return fmt::format("set logscale {0}\nset {0}range [{1}:{2}]\nset {0}tics ({3})\n", axis, from,
                     to, tics);
}

std::string direction_words(const Metric& metric) {
  return metric.better == Better::kLower    ? "lower is better"
         : metric.better == Better::kHigher ? "higher is better"
                                            : "neither direction is better";
}

std::string file_word(std::string_view text) {
  auto word = machine_name(shorten(text, 40));
  std::replace(word.begin(), word.end(), '.', '_');
  return word;
}

}  // namespace zp::analysis
