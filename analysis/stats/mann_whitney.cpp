// SPDX-License-Identifier: MIT
#include "analysis/stats/mann_whitney.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/binomial.hpp>
#include <cmath>
#include <map>
#include <mutex>

namespace zp::analysis {
namespace {

// Number of ways to get each U, as a share of all: the coefficients of the Gaussian binomial
// [n+m choose n] built factor by factor, (1 - q^(m+i)) / (1 - q^i) for i = 1..n
// (Harding, Applied Statistics 33 (1984) 1). Doubles: the counts pass 2^64 long before n*m = 2500.
std::vector<double> cumulative_distribution(std::size_t n, std::size_t m) {
  const std::size_t top = n * m;
  std::vector<double> ways(top + 1, 0);
  ways[0] = 1;
  for (std::size_t i = 1; i <= n; ++i) {
    for (std::size_t u = top; u >= m + i; --u) ways[u] -= ways[u - m - i];
    for (std::size_t u = i; u <= top; ++u) ways[u] += ways[u - i];
  }
  double sum = 0;
  for (double& way : ways) way = sum += way;
  for (double& way : ways) way /= sum;
  return ways;
}

struct Ranked {
  double value;
  bool first;
};

struct RankSum {
  double ranks_of_first = 0;
  double tie_term = 0;  // sum of t^3 - t over groups of equal values
};

RankSum rank_sum(std::span<const double> a, std::span<const double> b) {
  std::vector<Ranked> all;
  all.reserve(a.size() + b.size());
  for (const double value : a) all.push_back({value, true});
  for (const double value : b) all.push_back({value, false});
  std::ranges::sort(all, [](const Ranked& x, const Ranked& y) { return x.value < y.value; });
  RankSum sum;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    while (end < all.size() && !(all[begin].value < all[end].value)) ++end;
    const auto equal = static_cast<double>(end - begin);
    const double rank = static_cast<double>(begin + 1 + end) / 2;  // the mean rank of the group
    for (auto i = begin; i < end; ++i) sum.ranks_of_first += all[i].first ? rank : 0;
    sum.tie_term += equal * equal * equal - equal;
  }
  return sum;
}

}  // namespace

const std::vector<double>& mann_whitney_distribution(std::size_t n, std::size_t m) {
  static std::mutex mutex;
  static std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> known;
  const auto sizes = std::minmax(n, m);  // the distribution is symmetric in them
  const std::lock_guard lock(mutex);
  auto& distribution = known[sizes];  // node-based: references stay good
  if (distribution.empty()) distribution = cumulative_distribution(sizes.first, sizes.second);
  return distribution;
}

MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const auto sum = rank_sum(a, b);
  MannWhitney result;
  result.u = sum.ranks_of_first - n * (n + 1) / 2;
  const double smaller = std::min(result.u, n * m - result.u);
  result.exact = sum.tie_term == 0 && a.size() * b.size() <= kExactPairs;
  if (result.exact) {
    const auto& cdf = mann_whitney_distribution(a.size(), b.size());
    result.p = std::min(1.0, 2 * cdf[static_cast<std::size_t>(smaller)]);
    return result;
  }
  const double total = n + m;
  const double variance = n * m / 12 * (total + 1 - sum.tie_term / (total * (total - 1)));
  if (variance <= 0) return result;  // all values equal: nothing speaks against "same", p = 1
  const double z = std::max(0.0, n * m / 2 - smaller - 0.5) / std::sqrt(variance);
  result.p = std::min(
      1.0, 2 * boost::math::cdf(boost::math::complement(boost::math::normal_distribution<>(), z)));
  return result;
}

double smallest_p(std::size_t n, std::size_t m) {
  if (n + m > 1000) return 0;  // the binomial coefficient would overflow
  return 2 / boost::math::binomial_coefficient<double>(static_cast<unsigned>(n + m),
                                                       static_cast<unsigned>(n));
}

}  // namespace zp::analysis
