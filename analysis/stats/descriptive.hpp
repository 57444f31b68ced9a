// SPDX-License-Identifier: MIT
// Median, spread and the interval of a median.
#pragma once

#include <span>
#include <vector>

#include "harness/support/median.hpp"

namespace zp::analysis {

struct Interval {
  double low = 0;
  double high = 0;
};

// exp, but never 0 or infinite: intervals of few scattered values reach further than a double does.
double finite_ratio(double logarithm);

// A median and how sure it is.
struct Summary {
  std::size_t n = 0;
  double median = 0;
  double stddev = 0;  // of the sample (n - 1); 0 for n = 1
  Interval interval;  // of the median; of one value there is none
  [[nodiscard]] bool has_interval() const { return n > 1; }
  // False below 6 values: no distribution-free 95 % interval exists, `interval` is min..max.
  bool interval_is_95 = false;
};

// The p-quantile by linear interpolation (type 7 of Hyndman and Fan, as R and numpy do).
double quantile(std::span<const double> sorted, double p);

// The interval is made of two order statistics, so it is exact for any distribution
// (Conover, Practical Nonparametric Statistics, 3.2): coverage >= 95 %.
Summary summarise(std::vector<double> values);  // REQUIRES: not empty

}  // namespace zp::analysis
