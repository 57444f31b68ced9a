// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/stats/descriptive.hpp"
#include "analysis/stats/holm.hpp"
#include "analysis/stats/mann_whitney.hpp"
#include "analysis/stats/moderated.hpp"
#include "analysis/stats/pair_differences.hpp"
#include "analysis/stats/ratio.hpp"
#include "tests/generator/sample_run.hpp"
#include "tests/outcome.hpp"

namespace zp::analysis {
namespace {

// Hollander and Wolfe, Nonparametric Statistical Methods, table 4.1: permeability of the placenta.
const std::vector<double> kTerm{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
const std::vector<double> kEarly{1.15, 0.88, 0.90, 0.74, 1.21};

TEST(MannWhitney, AgreesWithScipyExact) {
  // scipy 1.10.1, mannwhitneyu(a, b, alternative="two-sided", method="exact")
  const auto apart =
      mann_whitney(std::array{1.1, 2.2, 3.3, 4.4, 5.5}, std::array{6.1, 7.2, 8.3, 9.4, 10.5});
  EXPECT_DOUBLE_EQ(apart.u, 0);
  EXPECT_NEAR(apart.p, 0.007936507936507936, 1e-15);
  EXPECT_TRUE(apart.exact);
  const auto mixed =
      mann_whitney(std::array{19., 22., 16., 29., 24.}, std::array{20., 11., 17., 12.});
  EXPECT_DOUBLE_EQ(mixed.u, 17);
  EXPECT_NEAR(mixed.p, 0.1111111111111111, 1e-15);
  const auto placenta = mann_whitney(kTerm, kEarly);
  EXPECT_DOUBLE_EQ(placenta.u, 35);
  EXPECT_NEAR(placenta.p, 0.2544122544122544, 1e-15);
}

TEST(MannWhitney, AgreesWithScipyAsymptoticWhereThereAreTies) {
  // method="asymptotic", which corrects for ties and continuity
  const auto ties =
      mann_whitney(std::array{1., 2., 2., 3., 3., 3., 4.}, std::array{2., 3., 4., 4., 5., 5., 6.});
  EXPECT_FALSE(ties.exact);
  EXPECT_DOUBLE_EQ(ties.u, 8.5);
  EXPECT_NEAR(ties.p, 0.043051432728945134, 1e-14);
  EXPECT_NEAR(mann_whitney(std::array{5., 5., 5., 5.}, std::array{5., 5., 5., 6.}).p,
              0.4532547047537364, 1e-14);
  std::vector<double> a, b;
  for (int i = 0; i < 60; ++i) a.push_back(i + 0.3 * (i % 7));
  for (int i = 0; i < 55; ++i) b.push_back(i * 1.02 + 2.1 + 0.11 * (i % 5));
  const auto large = mann_whitney(a, b);
  EXPECT_FALSE(large.exact);
  EXPECT_NEAR(large.p, 0.8776330426765524, 1e-12);
}

TEST(MannWhitney, EqualValuesSayNothing) {
  EXPECT_DOUBLE_EQ(mann_whitney(std::array{3., 3., 3.}, std::array{3., 3.}).p, 1);
}

TEST(MannWhitney, DistributionHasThePublishedCriticalValues) {
  // Largest U with a two-sided p <= 0.05, and <= 0.01 (Conover, table A7, and any textbook).
  struct Critical {
    std::size_t n, m, at_5, at_1;
  };
  for (const auto& [n, m, at_5, at_1] : {Critical{5, 5, 2, 0},
                                         {8, 8, 13, 7},
                                         {8, 10, 17, 11},
                                         {10, 10, 23, 16},
                                         {12, 15, 49, 37},
                                         {20, 20, 127, 105}}) {
    const auto& cdf = mann_whitney_distribution(n, m);
    EXPECT_LE(cdf[at_5], 0.025) << n << ',' << m;
    EXPECT_GT(cdf[at_5 + 1], 0.025) << n << ',' << m;
    EXPECT_LE(cdf[at_1], 0.005) << n << ',' << m;
    EXPECT_GT(cdf[at_1 + 1], 0.005) << n << ',' << m;
    EXPECT_DOUBLE_EQ(cdf.back(), 1);
  }
}

TEST(MannWhitney, DistributionStaysExactAtItsLargest) {
  const auto& cdf = mann_whitney_distribution(50, 50);
  // Symmetric around n*m/2: P(U <= 1249) + P(U <= 1250) = 1.
  EXPECT_NEAR(cdf[1249] + cdf[1250], 1, 1e-9);
  for (std::size_t u = 1; u < cdf.size(); ++u) ASSERT_GE(cdf[u], cdf[u - 1]) << u;
  EXPECT_GT(cdf[0], 0);
}

TEST(MannWhitney, SmallestP) {
  EXPECT_NEAR(smallest_p(5, 5), 2.0 / 252, 1e-15);
  EXPECT_NEAR(smallest_p(2, 2), 2.0 / 6, 1e-15);
}

TEST(Holm, AsInHisPaperAndR) {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const auto adjusted = holm(std::array{0.01, 0.04, 0.03, 0.005});
  EXPECT_NEAR(adjusted[0], 0.03, 1e-15);
  EXPECT_NEAR(adjusted[1], 0.06, 1e-15);
  EXPECT_NEAR(adjusted[2], 0.06, 1e-15);
  EXPECT_NEAR(adjusted[3], 0.02, 1e-15);
  EXPECT_TRUE(holm({}).empty());
}

TEST(Ratio, HodgesLehmannAsInHollanderAndWolfe) {
  // Their example works with differences: 0.305, with the 96.0 % interval -0.15 .. 0.76. One pair
  // further in on each side it is 94.5 %, nearer to 95. Ratios of exponentials are exponentials of
  // differences.
  std::vector<double> base, other;
  for (const double value : kEarly) base.push_back(std::exp(value));
  for (const double value : kTerm) other.push_back(std::exp(value));
  const auto estimate = value_of(hodges_lehmann_ratio(base, other));
  EXPECT_NEAR(std::log(estimate.ratio), 0.305, 1e-12);
  EXPECT_NEAR(std::log(estimate.interval.low), -0.11, 1e-12);
  EXPECT_NEAR(std::log(estimate.interval.high), 0.74, 1e-12);
  EXPECT_NEAR(estimate.confidence, 0.945, 5e-4);
}

TEST(Ratio, TooFewValuesAreSaidToCoverLess) {
  const auto estimate =
      value_of(hodges_lehmann_ratio(std::array{1., 1.1, 1.2}, std::array{2., 2.2, 2.4}));
  EXPECT_NEAR(estimate.confidence, 0.9, 1e-12);
  EXPECT_LE(bootstrap_ratio(std::array{1., 1.1, 1.2}, std::array{2., 2.2, 2.4}, 1)->confidence,
            0.9 + 1e-12);
}

TEST(Ratio, ConfidenceIsTheExactLevelNearestTo95Percent) {
  // 1 - 2 P(U < c), from tables of the U test.
  const auto level = [](std::size_t n, std::size_t m) {
    std::vector<double> base(n), other(m);
    for (std::size_t i = 0; i < n; ++i) base[i] = 1 + 0.01 * static_cast<double>(i);
    for (std::size_t i = 0; i < m; ++i) other[i] = 1.005 + 0.01 * static_cast<double>(i);
    return hodges_lehmann_ratio(base, other)->confidence;
  };
  EXPECT_NEAR(level(4, 4), 1 - 4 / 70., 1e-12);
  EXPECT_NEAR(level(5, 5), 1 - 14 / 252., 1e-12);
  EXPECT_NEAR(level(6, 6), 0.9589, 1e-4);
  EXPECT_NEAR(level(9, 9), 0.9497, 1e-4);
  for (std::size_t n = 4; n <= 60; ++n)
    for (std::size_t m = n; m <= 60; m += 7) {
      EXPECT_GE(level(n, m), 0.94) << n << " " << m;
      EXPECT_LE(level(n, m), 0.96) << n << " " << m;
    }
}

TEST(Ratio, ManyValuesGiveNarrowIntervals) {
  // 4000 values a side are thinned out before they are paired; the interval is that of 4000. Its
  // half width is 1.96 sqrt((1/n + 1/m) / 12) over the integral of the squared density, 3/2 here.
  std::vector<double> base;
  for (int i = 0; i < 4000; ++i) base.push_back(1 + i / 4000.0);
  const auto estimate = hodges_lehmann_ratio(base, base);
  EXPECT_NEAR(estimate->ratio, 1, 1e-9);
  EXPECT_NEAR(std::log(estimate->interval.high), 1.96 * std::sqrt(2 / 4000.0 / 12) / 1.5, 1e-4);
}

TEST(Ratio, IsFiniteHoweverFarTheValuesAre) {
  const auto estimate = value_of(hodges_lehmann_ratio(
      std::vector{1e-308, 2e-308, 3e-308, 1e-307}, std::vector{1e308, 1.1e308, 1.2e308, 1.3e308}));
  EXPECT_TRUE(std::isfinite(estimate.ratio));
  EXPECT_TRUE(std::isfinite(estimate.interval.high));
  EXPECT_DOUBLE_EQ(finite_ratio(std::log(1.25)), 1.25);
  EXPECT_GT(finite_ratio(-1e6), 0);
  EXPECT_TRUE(std::isfinite(finite_ratio(1e6)));
}

TEST(Ratio, NoRatioOfWhatIsNotPositive) {
  EXPECT_FALSE(hodges_lehmann_ratio(std::array{0., 1.}, std::array{1., 2.}));
  EXPECT_FALSE(hodges_lehmann_ratio(std::array{1., 1.}, std::array{-1., 2.}));
  EXPECT_FALSE(bootstrap_ratio(std::array{0., 1.}, std::array{1., 2.}, 1));
  EXPECT_FALSE(hodges_lehmann_ratio({}, std::array{1.}));
}

TEST(Ratio, BootstrapRepeatsWithItsSeed) {
  const auto one = bootstrap_ratio(kEarly, kTerm, 7);
  const auto two = bootstrap_ratio(kEarly, kTerm, 7);
  const auto other = bootstrap_ratio(kEarly, kTerm, 8);
  EXPECT_EQ(one->interval.low, two->interval.low);
  EXPECT_NE(one->interval.low + one->interval.high, other->interval.low + other->interval.high);
  EXPECT_LT(one->interval.low, one->ratio);
  EXPECT_GT(one->interval.high, one->ratio);
}

TEST(Descriptive, MedianAndQuantiles) {
  EXPECT_DOUBLE_EQ(median({3, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_DOUBLE_EQ(median({1.7e308, 1.7e308}), 1.7e308);
  // numpy.quantile([1.2, 2.2, 3.1, 4.4, 5.5], ...)
  const std::array sorted{1.2, 2.2, 3.1, 4.4, 5.5};
  EXPECT_NEAR(quantile(sorted, 0.025), 1.3, 1e-12);
  EXPECT_NEAR(quantile(sorted, 0.9), 5.06, 1e-12);
  EXPECT_DOUBLE_EQ(quantile(sorted, 1), 5.5);
}

TEST(Descriptive, IntervalOfTheMedianHasThePublishedRanks) {
  // Conover, 3.2; ranks of the 95 % interval for n values.
  struct Ranks {
    int n, low, high;
  };
  for (const auto& [n, low, high] : {Ranks{6, 1, 6},
                                     {9, 2, 8},
                                     {10, 2, 9},
                                     {15, 4, 12},
                                     {20, 6, 15},
                                     {25, 8, 18},
                                     {50, 18, 33},
                                     {100, 40, 61}}) {
    std::vector<double> values;
    for (int i = 1; i <= n; ++i) values.push_back(i);
    const auto summary = summarise(values);
    EXPECT_TRUE(summary.interval_is_95);
    EXPECT_EQ(summary.interval.low, low) << n;
    EXPECT_EQ(summary.interval.high, high) << n;
  }
  EXPECT_FALSE(summarise({1, 2, 3, 4, 5}).interval_is_95);
}

TEST(Descriptive, StddevOfTheSample) {
  EXPECT_NEAR(summarise({2, 4, 4, 4, 5, 5, 7, 9}).stddev, std::sqrt(32.0 / 7), 1e-12);
  EXPECT_EQ(summarise({2}).stddev, 0);
  // A small spread on a large offset: sum of squares minus square of the sum would lose it.
  EXPECT_NEAR(summarise({1e9, 1e9 + 1, 1e9 + 2}).stddev, 1, 1e-9);
  for (const double scale : {1e300, 1e-300})
    EXPECT_NEAR(summarise({1 * scale, 2 * scale, 3 * scale}).stddev / scale, 1, 1e-12);
  EXPECT_EQ(summarise({0, 0}).stddev, 0);
}

TEST(PairDifferences, AreThoseThatSortingAllPairsFinds) {
  test::Noise noise(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> from, to, all;
    // Ties, long tails, and neither.
    const auto value = [&] {
      const double plain = noise.normal();
      return round % 3 == 0 ? std::round(2 * plain) : round % 3 == 1 ? std::pow(plain, 21) : plain;
    };
    const int most = round % 20 == 0 ? 50 : 11;
    for (int i = 0; i <= round % 7 * most / 7; ++i) from.push_back(value());
    for (int i = 0; i <= round % most; ++i) to.push_back(value());
    std::ranges::sort(from);
    std::ranges::sort(to);
    for (const double b : to)
      for (const double a : from) all.push_back(b - a);
    std::ranges::sort(all);
    for (std::size_t rank = 0; rank < all.size(); ++rank)
      ASSERT_EQ(nth_difference(from, to, rank), all[rank]) << round << ' ' << rank;
  }
}

TEST(Moderated, OneCellIsWelchsTest) {
  // scipy 1.10.1, ttest_ind(equal_var=False)
  const auto base = moderate(std::vector<UnitValues>{{1, 2, 3, 4, 5}});
  const auto other = moderate(std::vector<UnitValues>{{2, 4, 6, 8, 10}});
  std::vector<Variance> terms;
  append_terms(base, 0, terms);
  append_terms(other, 0, terms);
  const auto test = t_test(other.cells[0].mean - base.cells[0].mean, terms);
  EXPECT_NEAR(test.df, 5.88235294, 1e-8);
  EXPECT_NEAR(test.p, 0.1075, 5e-5);
  EXPECT_LT(test.interval.low, 0);
}

TEST(Moderated, PriorIsFoundAgain) {
  // Variances drawn from a scaled inverse chi-square with 8 degrees of freedom, seen with 4.
  test::Noise noise(3);
  const auto chi = [&](int df) {
    double sum = 0;
    for (int i = 0; i < df; ++i) sum += std::pow(noise.normal(), 2);
    return sum / df;
  };
  std::vector<Variance> cells;
  for (int i = 0; i < 20000; ++i) cells.push_back({0.04 / chi(8) * chi(4), 4});
  const auto prior = fit_prior(cells);
  EXPECT_NEAR(prior.df, 8, 0.8);
  EXPECT_NEAR(prior.variance, 0.04, 0.002);
  for (auto& cell : cells) cell.value = 0.04 * chi(4);  // all alike
  EXPECT_GT(fit_prior(cells).df, 80);
}

TEST(Moderated, NoVarianceAndFewCells) {
  EXPECT_EQ(fit_prior(std::vector<Variance>{{1, 2}, {2, 2}}).df, 0);
  const auto exact = moderate(std::vector<UnitValues>(5, {1, 1, 1}));
  std::vector<Variance> terms;
  append_terms(exact, 0, terms);
  EXPECT_EQ(t_test(0.5, terms).p, 0);
  EXPECT_EQ(t_test(0, terms).p, 1);
  // One quiet cell among noisy ones is not taken as exact.
  auto cells = std::vector<UnitValues>(8, {1, 1.1, 1.2});
  cells[3] = {1, 1, 1};
  EXPECT_GT(moderate(cells).cells[3].own.value, 0);
  // A unit without the cell is left out of it.
  cells[0][1] = std::nan("");
  EXPECT_EQ(moderate(cells).cells[0].n, 2U);
}

TEST(Moderated, WhatTheTableLendsCountsOnce) {
  const Variance alone{1, 40}, lent{1, 40, 36};
  EXPECT_NEAR(sum_of(std::array{alone, alone}).df, 80, 1e-9);
  EXPECT_NEAR(sum_of(std::array{lent, lent}).df, 2. * 40 * 40 / (4 + 2 * 36), 1e-9);
  EXPECT_NEAR(sum_of(std::array{lent}).df, 40, 1e-9);
}

// Its deviations are most of what seems common to all.
TEST(Moderated, TheCalmestCellKeepsItsVariance) {
  test::Noise noise(12);
  double sum = 0;
  for (int i = 0; i < 300; ++i) {
    std::vector<UnitValues> cells(4);
    for (std::size_t c = 0; c < cells.size(); ++c)
      for (int unit = 0; unit < 9; ++unit)
        cells[c].push_back((c == 0 ? 0.003 : 0.1) * noise.normal());
    const auto side = moderate(cells);
    sum += side.cells[0].own.value + side.common.value;
  }
  EXPECT_GT(std::sqrt(sum / 300), 0.003);
}

TEST(Moderated, WhatAUnitDoesToAllCellsIsOneEvent) {
  test::Noise noise(9);
  std::vector<UnitValues> cells(40);
  for (const double unit : {0.1, -0.05, 0.02})
    for (auto& cell : cells) cell.push_back(unit + 0.001 * noise.normal());
  const auto side = moderate(cells);
  // The variance of the three, of which 0.7 is the median of chi2(2) / 2.
  EXPECT_NEAR(side.common.value, 0.0057 / 0.7, 0.0004);
  EXPECT_EQ(side.common.df, 2);
  EXPECT_LT(side.cells[0].own.value, 1e-5);
}

}  // namespace
}  // namespace zp::analysis
