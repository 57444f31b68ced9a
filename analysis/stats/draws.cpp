// SPDX-License-Identifier: MIT
#include "analysis/stats/draws.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace zp::analysis {

namespace {

struct Host {
  double values = 0, squared_sizes = 0, sum = 0;
};

}  // namespace

std::optional<DrawSpread> draw_spread(std::span<const std::vector<double>> passes,
                                      std::span<const std::size_t> hosts) {
  const auto host_of = [&](std::size_t pass) { return hosts.empty() ? 0 : hosts[pass]; };
  std::map<std::size_t, Host> known;
  double all = 0, groups = 0, inside = 0;
  std::vector<double> means(passes.size());
  for (std::size_t pass = 0; pass < passes.size(); ++pass) {
    const auto& values = passes[pass];
    if (values.empty()) continue;
    const auto n = static_cast<double>(values.size());
    double& mean = means[pass];
    for (const double value : values) {
      if (!(value > 0)) return std::nullopt;
      mean += std::log(value) / n;
    }
    for (const double value : values) inside += std::pow(std::log(value) - mean, 2);
    Host& host = known[host_of(pass)];
    host.values += n;
    host.squared_sizes += n * n;
    host.sum += n * mean;
    all += n;
    groups += 1;
  }
  const auto free = groups - static_cast<double>(known.size());
  if (free < 1 || all <= groups) return std::nullopt;
  double outside = 0, size = all;
  for (const auto& [number, host] : known) size -= host.squared_sizes / host.values;
  for (std::size_t pass = 0; pass < passes.size(); ++pass) {
    if (passes[pass].empty()) continue;
    const Host& host = known[host_of(pass)];
    outside += static_cast<double>(passes[pass].size()) *
               std::pow(means[pass] - host.sum / host.values, 2);
  }
  const double within = inside / (all - groups);
  const double between = (outside / free - within) / (size / free);
  return DrawSpread{std::sqrt(std::max(0.0, between)), std::sqrt(within)};
}

}  // namespace zp::analysis
