// SPDX-License-Identifier: MIT
#include "analysis/rows/interval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

constexpr double kWidest = 999;

double percent_off(double end, double middle) {
  // A figure of 0 has no percentage: as wide as can be, unless its interval is 0 as well.
  if (!(std::abs(middle) > 0)) return std::abs(end) > 0 ? kWidest : 0;
  return std::round(std::min(kWidest, 100 * std::abs((end - middle) / middle)));
}

}  // namespace

std::string spread_text(double middle, const Interval& interval) {
  const auto below = percent_off(interval.low, middle), above = percent_off(interval.high, middle);
  if (std::abs(below - above) < 0.5) return fmt::format("+-{:.0f}%", above);
  return fmt::format("-{:.0f}+{:.0f}%", below, above);
}

std::string interval_text(const Interval& interval) {
  const auto& [low, high] = interval;
  const double width = high - low;
  if (!(width > 0)) return fmt::format("[{}, {}]", three_digits(low), three_digits(high));
  // Two digits of the width, and three of the figure at least.
  const auto digits = [](double value, int count) {
    return count - 1 - static_cast<int>(std::floor(std::log10(value)));
  };
  const int decimals = std::clamp(std::max(digits(width, 2), high > 0 ? digits(high, 3) : 0), 0, 6);
  return fmt::format("[{:.{}f}, {:.{}f}]", low, decimals, high, decimals);
}

}  // namespace zp::analysis
