// SPDX-License-Identifier: MIT
#include "analysis/stats/draws.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/generator/sample_run.hpp"
#include "tests/outcome.hpp"

namespace zp::analysis {
namespace {

TEST(Draws, LuckOfFramesApartFromNoise) {
  test::Noise noise(11);
  std::vector<std::vector<double>> passes(2000);
  for (auto& pass : passes) {
    const double draw = 0.05 * noise.normal();
    for (int r = 0; r < 3; ++r) pass.push_back(3 * std::exp(draw + 0.02 * noise.normal()));
  }
  const auto spread = value_of(draw_spread(passes));
  EXPECT_NEAR(spread.between, 0.05, 0.002);
  EXPECT_NEAR(spread.within, 0.02, 0.001);
  using Lists = std::vector<std::vector<double>>;
  EXPECT_EQ(draw_spread(Lists{{1, 2}, {1, 2}})->between, 0);
  EXPECT_FALSE(draw_spread(Lists{{1, 2}}));
  EXPECT_FALSE(draw_spread(Lists{{1}, {2}}));
  EXPECT_FALSE(draw_spread(Lists{{1, 2}, {0, 2}}));
}

// Four hosts that differ by 10 % each, whose passes differ by 5 %.
TEST(Draws, HostsAreNoLuckOfFrames) {
  test::Noise noise(12);
  std::vector<std::vector<double>> passes(2000);
  std::vector<std::size_t> hosts(passes.size());
  for (std::size_t pass = 0; pass < passes.size(); ++pass) {
    hosts[pass] = pass % 4;
    const double draw = 0.1 * static_cast<double>(hosts[pass]) + 0.05 * noise.normal();
    for (int r = 0; r < 3; ++r) passes[pass].push_back(std::exp(draw + 0.02 * noise.normal()));
  }
  const auto spread = value_of(draw_spread(passes, hosts));
  EXPECT_NEAR(spread.between, 0.05, 0.002);
  EXPECT_NEAR(spread.within, 0.02, 0.001);
  EXPECT_GT(draw_spread(passes)->between, 0.1) << "where they are not told apart";
  using Lists = std::vector<std::vector<double>>;
  const std::size_t alone[] = {0, 1};
  EXPECT_FALSE(draw_spread(Lists{{1, 2}, {1, 2}}, alone)) << "one pass each";
}

}  // namespace
}  // namespace zp::analysis
