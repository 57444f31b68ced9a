// SPDX-License-Identifier: MIT
#include "analysis/compare/verdict.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace zp::analysis {
namespace {

Change change(std::vector<double> base, std::vector<double> other, Better better = Better::kLower) {
  const VerdictRules rules{.min_n = kLeastRepetitions};
  auto result = measure_change(base, other, rules);
  result.p_holm = result.p;
  decide(result, better, rules);
  return result;
}

std::vector<double> around(double level, std::size_t n = 10, double step = 0.001) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(level * (1 + step * static_cast<double>(i)));
  return values;
}

TEST(Verdict, FollowsTheDirectionOfTheFigure) {
  EXPECT_EQ(change(around(1), around(1.5)).verdict, Verdict::kSlower);
  EXPECT_EQ(change(around(1), around(0.5)).verdict, Verdict::kFaster);
  EXPECT_EQ(change(around(1), around(1.5), Better::kHigher).verdict, Verdict::kFaster);
  EXPECT_EQ(change(around(1), around(0.5), Better::kHigher).verdict, Verdict::kSlower);
}

TEST(Verdict, SmallButSureChangesAreTheSame) {
  const auto small = change(around(1, 20, 1e-5), around(1.005, 20, 1e-5));
  EXPECT_LT(small.p, 1e-6);
  EXPECT_EQ(small.verdict, Verdict::kSame);
}

TEST(Verdict, WhatCannotBeShownIsUndecided) {
  EXPECT_EQ(change(around(1, 3), around(2, 3)).doubt, Doubt::kFewValues);
  EXPECT_EQ(change(around(1, 10, 0.05), around(1.01, 10, 0.05)).doubt, Doubt::kWideInterval);
  EXPECT_EQ(change({0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1}).doubt, Doubt::kNoRatio);
  EXPECT_EQ(change({0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}).verdict, Verdict::kSame);
}

TEST(Verdict, CountsDifferOrDoNot) {
  const VerdictRules rules{.counts = true};
  const auto measured = [&](std::vector<double> base, std::vector<double> other, Better better) {
    auto result = measure_change(base, other, rules);
    decide(result, better, rules);
    return result;
  };
  const auto verdict = [&](std::vector<double> base, std::vector<double> other) {
    return measured(std::move(base), std::move(other), Better::kLower).verdict;
  };
  EXPECT_EQ(verdict({0.5}, {0.5}), Verdict::kSame);
  EXPECT_EQ(verdict({0.5}, {0.505}), Verdict::kSame);
  EXPECT_EQ(verdict({0}, {0}), Verdict::kSame);
  EXPECT_EQ(verdict({0}, {0.5}), Verdict::kSlower);
  EXPECT_EQ(verdict({0.5}, {0}), Verdict::kFaster);
  EXPECT_EQ(verdict({0, 1}, {1}), Verdict::kUndecided);  // boots of one kernel disagree
  EXPECT_EQ(verdict({0, 0.5}, {1}), Verdict::kSlower);
  EXPECT_EQ(measured({1}, {2}, Better::kHigher).verdict, Verdict::kFaster);
  const auto answer = [&](double base, double other, Better better) {
    return bisect_answer(measured({base}, {other}, better), better, rules);
  };
  EXPECT_EQ(answer(0, 0, Better::kLower), BisectAnswer::kGood);
  EXPECT_EQ(answer(1, 0, Better::kLower), BisectAnswer::kGood);
  EXPECT_EQ(answer(0, 1, Better::kLower), BisectAnswer::kBad);
  EXPECT_EQ(answer(8, 8, Better::kNeither), BisectAnswer::kGood);
  EXPECT_EQ(answer(8, 1, Better::kNeither), BisectAnswer::kBad);
  EXPECT_EQ(answer(1, 8, Better::kNeither), BisectAnswer::kBad);
  EXPECT_EQ(bisect_answer(measured({0, 1}, {1}, Better::kLower), Better::kLower, rules),
            BisectAnswer::kSkip);
}

TEST(Verdict, BisectOnlyAnswersBeyondDoubt) {
  const VerdictRules rules{.min_n = kLeastRepetitions};
  const auto answer = [&](std::vector<double> other) {
    return bisect_answer(change(around(1), std::move(other)), Better::kLower, rules);
  };
  EXPECT_EQ(answer(around(1)), BisectAnswer::kGood);
  EXPECT_EQ(answer(around(0.5)), BisectAnswer::kGood);
  EXPECT_EQ(answer(around(1.5)), BisectAnswer::kBad);
  EXPECT_EQ(answer(around(1.02)), BisectAnswer::kSkip);    // straddles the threshold
  EXPECT_EQ(answer(around(1.5, 3)), BisectAnswer::kSkip);  // too few
}

}  // namespace
}  // namespace zp::analysis
