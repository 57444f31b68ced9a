// SPDX-License-Identifier: MIT
#include "analysis/stats/draws.hpp"

#include <algorithm>
#include <cmath>

namespace zp::analysis {

std::optional<DrawSpread> draw_spread(std::span<const std::vector<double>> passes) {
  double all = 0, squared_sizes = 0, sum = 0, groups = 0;
  std::vector<double> means;
  double inside = 0;
  for (const auto& values : passes) {
    if (values.empty()) continue;
    const auto n = static_cast<double>(values.size());
    double mean = 0;
    for (const double value : values) {
      if (!(value > 0)) return std::nullopt;
      mean += std::log(value) / n;
    }
    for (const double value : values) inside += std::pow(std::log(value) - mean, 2);
    all += n;
    squared_sizes += n * n;
    sum += n * mean;
    groups += 1;
    means.push_back(mean);
  }
  if (groups < 2 || all <= groups) return std::nullopt;
  double outside = 0;
  std::size_t group = 0;
  for (const auto& values : passes)
    if (!values.empty())
      outside += static_cast<double>(values.size()) * std::pow(means[group++] - sum / all, 2);
  const double within = inside / (all - groups);
  const double size = (all - squared_sizes / all) / (groups - 1);
  const double between = (outside / (groups - 1) - within) / size;
  return DrawSpread{std::sqrt(std::max(0.0, between)), std::sqrt(within)};
}

}  // namespace zp::analysis
