// SPDX-License-Identifier: MIT
// What the statistics promise, tried on invented data with known truth. Seeds are fixed: a failure
// is a change of the code, never bad luck.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/compare/verdict.hpp"
#include "analysis/stats/holm.hpp"
#include "tests/generator/sample_run.hpp"

namespace zp::analysis {
namespace {

using test::Noise;

std::vector<double> sample(Noise& noise, std::size_t n, double level, double spread) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(level * std::exp(spread * noise.normal()));
  return values;
}

// Skewed as real timings are: mostly close to the floor, sometimes far above.
std::vector<double> skewed(Noise& noise, std::size_t n, double level) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i)
    values.push_back(level * (1 - 0.02 * std::log(noise.uniform())));
  return values;
}

// Share of tables whose interval holds the truth.
template <class Draw, class Estimate>
double coverage(int tables, Draw draw, Estimate estimate) {
  constexpr double kTruth = 1.03;
  int covered = 0;
  for (int i = 0; i < tables; ++i) {
    const auto base = draw(1.0);
    const auto other = draw(kTruth);
    const auto found = estimate(base, other);
    covered += found->interval.low <= kTruth && kTruth <= found->interval.high ? 1 : 0;
  }
  return static_cast<double>(covered) / tables;
}

template <class Estimate>
void expect_coverage(std::size_t n, int tables, Estimate estimate) {
  Noise noise(100 + n);
  const double normal = coverage(
      tables, [&](double level) { return sample(noise, n, level, 0.01); }, estimate);
  const double skew = coverage(
      tables, [&](double level) { return skewed(noise, n, level); }, estimate);
  for (const double share : {normal, skew}) {
    EXPECT_GE(share, 0.94) << "n=" << n;
    EXPECT_LE(share, 0.96) << "n=" << n;
  }
}

TEST(Simulation, HodgesLehmannIntervalsCover95Percent) {
  const auto estimate = [](const auto& a, const auto& b) { return hodges_lehmann_ratio(a, b); };
  // The true level for 6 values is 95.9 %: the standard error must be well below 0.1 %.
  for (const std::size_t n : {5U, 6U}) expect_coverage(n, 60000, estimate);
  for (const std::size_t n : {9U, 12U, 20U, 40U}) expect_coverage(n, 6000, estimate);
}

TEST(Simulation, BootstrapIntervalsCover95Percent) {
  std::uint64_t seed = 0;
  for (const std::size_t n : {5U, 6U, 9U, 12U, 20U, 40U})
    expect_coverage(
        n, 6000, [&](const auto& a, const auto& b) { return bootstrap_ratio(a, b, ++seed, 500); });
}

TEST(Simulation, MedianIntervalsCoverAtLeast95Percent) {
  for (const std::size_t n : {6U, 9U, 20U}) {
    Noise noise(n);
    int covered = 0;
    for (int i = 0; i < 4000; ++i) {
      const auto summary = summarise(sample(noise, n, 1, 0.02));
      covered += summary.interval.low <= 1 && 1 <= summary.interval.high ? 1 : 0;
    }
    EXPECT_GE(covered, 3780) << n;  // 94.5 %: 95 % less two standard errors
  }
}

struct Cell {
  double level = 1;
  double shift = 1;
};

// One table, decided with the default rules; returns its changes.
std::vector<Change> table(Noise& noise, const std::vector<Cell>& cells, std::size_t n,
                          double spread) {
  const VerdictRules rules{.min_n = kLeastRepetitions};
  std::vector<Change> changes;
  std::vector<double> p;
  for (const auto& cell : cells) {
    changes.push_back(measure_change(sample(noise, n, cell.level, spread),
                                     sample(noise, n, cell.level * cell.shift, spread), rules));
    p.push_back(changes.back().p);
  }
  const auto adjusted = holm(p);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    changes[i].p_holm = adjusted[i];
    decide(changes[i], Better::kLower, rules);
  }
  return changes;
}

TEST(Simulation, SameKernelTwiceShowsNoChangeIn99PercentOfTables) {
  for (const auto& [n, spread] : {std::pair{9U, 0.01}, {20U, 0.01}, {10U, 0.05}, {30U, 0.1}}) {
    Noise noise(1000 + n);
    constexpr int kTables = 1500;
    int false_alarms = 0;
    for (int i = 0; i < kTables; ++i) {
      const auto changes = table(noise, std::vector<Cell>(12), n, spread);
      false_alarms += std::ranges::any_of(changes, [](const Change& change) {
        return change.verdict == Verdict::kFaster || change.verdict == Verdict::kSlower;
      });
    }
    EXPECT_LE(false_alarms, kTables / 100) << "n=" << n << " spread=" << spread;
  }
}

TEST(Simulation, TwoPercentShiftIsFoundWithOnePercentNoise) {
  Noise noise(42);
  constexpr int kTables = 2000;
  int found = 0;
  int wrong_way = 0;
  for (int i = 0; i < kTables; ++i) {
    const auto change = table(noise, {{1, 1.02}}, 20, 0.01).front();
    found += change.verdict == Verdict::kSlower ? 1 : 0;
    wrong_way += change.verdict == Verdict::kFaster ? 1 : 0;
  }
  EXPECT_GE(found, kTables * 95 / 100);
  EXPECT_EQ(wrong_way, 0);
}

TEST(Simulation, BisectIsNeverSurelyWrong) {
  Noise noise(5);
  const VerdictRules rules{.min_n = kLeastRepetitions};
  int good_called_bad = 0, bad_called_good = 0, bad_found = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto same = table(noise, {{1, 1}}, 10, 0.01).front();
    const auto worse = table(noise, {{1, 1.05}}, 10, 0.01).front();
    good_called_bad += bisect_answer(same, Better::kLower, rules) == BisectAnswer::kBad;
    bad_called_good += bisect_answer(worse, Better::kLower, rules) == BisectAnswer::kGood;
    bad_found += bisect_answer(worse, Better::kLower, rules) == BisectAnswer::kBad;
  }
  EXPECT_EQ(good_called_bad, 0);
  EXPECT_EQ(bad_called_good, 0);
  EXPECT_GE(bad_found, 950);
}

}  // namespace
}  // namespace zp::analysis
