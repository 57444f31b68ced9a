// SPDX-License-Identifier: MIT
// The Mann-Whitney U test: do two samples come from the same distribution?
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace zp::analysis {

struct MannWhitney {
  double u = 0;  // of the first sample: pairs in which its value is larger; ties count 1/2
  double p = 1;  // two-sided
  bool exact =
      false;  // from the exact distribution, else normal with tie and continuity correction
};

// Exact without ties and n*m <= kExactPairs, as scipy's method="exact"; otherwise as its
// method="asymptotic". Both samples must hold at least one value.
MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b);

// P(U <= u) for u = 0 .. n*m under the null hypothesis. Computed once per pair of sizes, then kept.
const std::vector<double>& mann_whitney_distribution(std::size_t n, std::size_t m);

// Beyond this the normal distribution agrees to three digits and the exact one costs too much.
inline constexpr std::size_t kExactPairs = 2500;

// The smallest two-sided p that samples of these sizes can reach: 2 / C(n+m, n).
double smallest_p(std::size_t n, std::size_t m);

}  // namespace zp::analysis
