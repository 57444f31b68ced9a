// SPDX-License-Identifier: MIT
// What the probe does where its time ends too soon: under a quota, say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/model/catalogue.hpp"
#include "harness/probe/probe.hpp"
#include "harness/probe/verdict.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/probe/timers.hpp"

namespace zp::probe {
namespace {

using testing::HasSubstr;

// A read takes that long on the wall's clock.
class Stopped final : public Wrapped {
 public:
  explicit Stopped(double read_s)
      : Wrapped(simulated(value_of(model::find_cpu("zen5")))), read_s_(read_s) {}
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    seconds_ += read_s_ * static_cast<double>(reads);
    return Wrapped::sample_ns(slot, reads);
  }
  [[nodiscard]] double seconds() const override { return seconds_; }

 private:
  double read_s_, seconds_ = 0;
};

SetFindings twelve_lines() {
  SetFindings sets;
  sets.lines_that_fit = 12;
  return sets;
}

// A price takes 60 windows of 4096 reads.
TEST(ProbeTime, PricesEndWithIt) {
  Stopped timer(1e-5);
  const Prices found = value_of(find_prices(timer, {.deadline_s = 10}, {}, twelve_lines()));
  EXPECT_LE(timer.seconds(), 10 + 60 * 0.041);
  EXPECT_TRUE(found.out_of_time);
  EXPECT_TRUE(found.l1_hit);
  EXPECT_FALSE(found.l2_hit || found.same_set);
  Stopped quick(1e-9);
  EXPECT_FALSE(value_of(find_prices(quick, {}, {}, twelve_lines())).out_of_time);
}

TEST(ProbeTime, PageWalksEndWithIt) {
  Stopped timer(1e-5);
  const PageWalks found = value_of(find_page_walks(timer, {.deadline_s = 5}, Figure{14, 14, 14}));
  EXPECT_LE(timer.seconds(), 5 + 30 * 0.17);
  EXPECT_TRUE(found.out_of_time && found.in_order);
  EXPECT_FALSE(found.shuffled) << "one try can't agree";
  EXPECT_FALSE(found.latency || found.of_one_line);
}

TEST(ProbeTime, TheThirdLevelEndsWithIt) {
  Stopped timer(1e-5);
  const ThirdLevel found =
      value_of(find_third_level(timer, {.deadline_s = 10}, Figure{14, 14, 14}));
  EXPECT_LE(timer.seconds(), 10 + 60 * 0.041);
  EXPECT_EQ(found.why_not, kNoTimeLeft);
}

// Whatever the step in which it ends: the block says what is missing.
TEST(ProbeTime, AllEndsWithItAndSaysSo) {
  for (const double read_s : {7e-7, 2e-6}) {
    Stopped timer(read_s);
    const auto found = value_of(probe(timer, {}));
    EXPECT_LE(found.seconds, 11) << read_s;
    EXPECT_THAT(text_of(found, "a CPU"), HasSubstr(kNoTimeLeft)) << read_s;
  }
}

// Its clock has moved after the first prices, when no time is left for others.
class ClockMoves final : public Wrapped {
 public:
  using Wrapped::Wrapped;
  double cycle_ns() override {
    moved_ = moved_ || windows_++ == 120;
    return moved_ ? 1.05 : 1;
  }
  [[nodiscard]] double seconds() const override { return moved_ ? 8.5 : 0; }

 private:
  bool moved_ = false;
  unsigned windows_ = 0;
};

TEST(ProbeTime, AllPricesOfAnEarlierTryAreBetterThanNoneOfALaterOne) {
  ClockMoves timer(simulated(value_of(model::find_cpu("zen5"))));
  const auto found = value_of(probe(timer, {.rule_only = true}));
  EXPECT_FALSE(found.prices.out_of_time);
  EXPECT_TRUE(found.prices.l2_hit);
  EXPECT_NEAR(found.cycle_ns.middle, 1.025, 1e-9);
}

}  // namespace
}  // namespace zp::probe
