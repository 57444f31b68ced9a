// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

namespace zp {

// Of an even number of values the mean of the two in the middle. REQUIRES: not empty.
inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  // The halves first: the sum of two large values could overflow.
  return values.size() % 2 == 1 ? values[middle] : values[middle - 1] / 2 + values[middle] / 2;
}

}  // namespace zp
