// SPDX-License-Identifier: MIT
// Order statistics of all differences between two samples, without making them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace zp::analysis {

// The double half way between two, counted in doubles: 64 halves leave none between any two.
inline double half_way(double low, double high) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  const auto key = [](double value) {  // of doubles in their order
    const auto bits = std::bit_cast<std::uint64_t>(value);
    return bits & kSign ? ~bits : bits | kSign;
  };
  const auto middle = key(low) + (key(high) - key(low)) / 2;
  return std::bit_cast<double>(middle & kSign ? middle ^ kSign : ~middle);
}

// The `rank`-th smallest (from 0) of all to[j] - from[i]. The differences of sorted values form a
// matrix with sorted rows and columns, in which those up to a bound are counted in one walk along
// its edge. Bounds on both sides of the rank close in on it, by interpolation, which takes a few
// walks, and every third time by halves, which ends whatever the values; the few differences
// between them are then made. So the result is one of the differences, exactly.
// REQUIRES: both sorted and finite, rank < from.size() * to.size().
inline double nth_difference(std::span<const double> from, std::span<const double> to,
                             std::size_t rank) {
  const auto up_to = [&](double bound) {
    std::size_t count = 0;
    std::size_t i = 0;  // from[i..] are near enough to to[j]; of larger to[j] fewer are
    for (const double value : to) {
      while (i < from.size() && !(value - from[i] <= bound)) ++i;
      count += from.size() - i;
    }
    return count;
  };
  double low = std::nextafter(to.front() - from.back(), -std::numeric_limits<double>::infinity());
  double high = to.back() - from.front();
  std::size_t below = 0, within = from.size() * to.size();  // count up to low, and up to high
  for (int walk = 0; within - below > from.size() + to.size(); ++walk) {
    const double share =
        (static_cast<double>(rank - below) + 0.5) / static_cast<double>(within - below);
    double bound = low + (high - low) * share;
    if (walk % 3 == 2 || !(bound > low && bound < high)) bound = half_way(low, high);
    if (!(bound > low)) return high;  // there is none between
    const auto count = up_to(bound);
    (count > rank ? high : low) = bound;
    (count > rank ? within : below) = count;
  }
  std::vector<double> differences;
  std::size_t first = 0;
  for (const double value : to) {
    while (first < from.size() && !(value - from[first] <= high)) ++first;
    for (auto i = first; i < from.size() && value - from[i] > low; ++i)
      differences.push_back(value - from[i]);
  }
  const auto place = differences.begin() + static_cast<std::ptrdiff_t>(rank - below);
  std::nth_element(differences.begin(), place, differences.end());
  return *place;
}

}  // namespace zp::analysis
