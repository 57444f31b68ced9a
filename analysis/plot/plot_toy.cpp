// SPDX-License-Identifier: MIT
#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"

namespace zp::analysis {
std::vector<Plot> plot_toy(const ResultSet& set) {
  Plot plot{.name = "toy", .caption = "toy", .setup = "", .draw = "plot sin(x)\n"};
  plot.title = title_of("toy", "", set.context());
  return {plot};
}
}  // namespace zp::analysis
