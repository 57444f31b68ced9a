// SPDX-License-Identifier: MIT
#include "analysis/rows/interval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

constexpr double kWidest = 999;

std::string percent_off(double end, double middle) {
  if (!(std::abs(middle) > 0)) return "0";
  const double percent = std::round(100 * std::abs((end - middle) / middle));
  return percent > kWidest ? fmt::format(">{:.0f}", kWidest) : fmt::format("{:.0f}", percent);
}

}  // namespace

std::string spread_text(double middle, const Interval& interval) {
  // A figure of 0 has no percentage.
  if (!(std::abs(middle) > 0) && (std::abs(interval.low) > 0 || std::abs(interval.high) > 0))
    return interval_text(interval);
  const auto below = percent_off(interval.low, middle), above = percent_off(interval.high, middle);
  if (below == above) return "+-" + above + "%";
  return fmt::format("-{}+{}%", below, above);
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
