// SPDX-License-Identifier: MIT
// What the probe makes of page walks, and how a description has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "harness/model/catalogue.hpp"
#include "harness/probe/chase.hpp"
#include "harness/probe/report.hpp"
#include "harness/probe/verdict.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/probe/timers.hpp"

namespace zp::probe {
namespace {

constexpr Figure kL2Hit{14, 14, 14};

// Every try that is spaced takes so many times as long as the model has it.
class Tried final : public Wrapped {
 public:
  Tried(std::unique_ptr<Timer> timer, std::vector<double> times)
      : Wrapped(std::move(timer)), times_(std::move(times)) {}
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    if (loop.spaced) orders.push_back(loop.reads.front().address);
    factor_ = loop.spaced ? times_.at(orders.size() - 1) : 1;
    return Wrapped::prepare(slot, loop);
  }
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    return factor_ * Wrapped::sample_ns(slot, reads);
  }

  std::vector<std::uint64_t> orders;  // the first page of each

 private:
  std::vector<double> times_;
  double factor_ = 1;
};

Findings with(const PageWalks& walks) {
  Findings found;
  found.cycle_ns = {1, 1, 1};
  found.rule = Rule::kNone;
  found.walks = walks;
  return found;
}

model::Description described(const PageWalks& walks) {
  const Origin origin{"a CPU", "2026-11-28", {{48 << 10, 64, 12}, {2 << 20, 64, 16}}};
  return value_of(
      model::parse_description(value_of(cpu_description(with(walks), origin)), "a.cpu"));
}

TEST(ProbePageWalks, InEitherOrderAreFoundAgain) {
  const auto cpu = value_of(model::find_cpu("emeraldrapids"));
  const auto timer = simulated(cpu);
  const PageWalks found = value_of(find_page_walks(*timer, {}, kL2Hit));
  EXPECT_NEAR(found.in_order->middle, 17.5, 0.01);   // of 16 to 19
  EXPECT_NEAR(found.shuffled->middle, 11.15, 0.01);  // of 10.8 to 11.5
  EXPECT_EQ(found.disagreeing, 0U);
  EXPECT_TRUE(found.of_one_line && found.latency);
  const auto again = described(found).overlap;
  EXPECT_NEAR(again.walk->low, 17.5, 0.01);
  EXPECT_NEAR(again.shuffled_walk->high, 11.15, 0.01);
  EXPECT_THAT(text_of(with(found), "a CPU"),
              testing::HasSubstr("page walks\n           17.5, shuffled 11.2 cycles a read\n"));
}

// As the model takes them where there is no price.
TEST(ProbePageWalks, ShuffledOnesFetchTheirEntryWhereTheDescriptionSaysNothing) {
  const auto cpu = value_of(model::find_cpu("zen5"));
  ASSERT_FALSE(cpu.overlap.shuffled_walk);
  const auto timer = simulated(cpu);
  const PageWalks found = value_of(find_page_walks(*timer, {}, kL2Hit));
  const auto middle = [](const model::Range& price) { return (price.low + price.high) / 2; };
  EXPECT_NEAR(found.shuffled->middle, middle(*cpu.overlap.walk) + middle(*cpu.overlap.lines), 0.01);
}

TEST(ProbePageWalks, TheCheaperTwoOfSeveralOrdersCount) {
  Tried timer(simulated(value_of(model::find_cpu("emeraldrapids"))), {3, 1, 2, 1.04});
  const PageWalks found = value_of(find_page_walks(timer, {}, kL2Hit));
  EXPECT_EQ(found.disagreeing, 0U);
  EXPECT_NEAR(found.shuffled->middle, 1.02 * 11.15, 0.01);
  ASSERT_EQ(timer.orders.size(), 4U);
  EXPECT_NE(timer.orders[0], timer.orders[1]);
}

TEST(ProbePageWalks, TriesThatDoNotAgreeAreUncertain) {
  Tried timer(simulated(value_of(model::find_cpu("emeraldrapids"))), {6, 5, 4, 3, 2, 1.5});
  const PageWalks found = value_of(find_page_walks(timer, {}, kL2Hit));
  EXPECT_EQ(found.disagreeing, 6U);
  const auto cpu = described(found);
  EXPECT_NEAR(cpu.overlap.shuffled_walk->low, 1.5 * 11.15, 0.01);
  EXPECT_NEAR(cpu.overlap.shuffled_walk->high, 2 * 11.15, 0.01);
  EXPECT_THAT(
      value_of(cpu_description(with(found), {"a CPU", "2026-11-28", {{48 << 10, 64, 12}}})),
      testing::ContainsRegex("shuffled_walk_cycles .* uncertain no two of 6 tries agree\n"));
}

TEST(ProbeChase, SpacedReadsReadTheSame) {
  const std::array<std::uint64_t, 3> data{1, 20, 300};
  const std::array<Head, 3> words{&data[0], &data[1], &data[2]};
  EXPECT_EQ(read_all_spaced(words, 4), 4 * 321U);
  EXPECT_EQ(read_all_spaced(words, 4), read_all(words, 4));
  EXPECT_EQ(read_all_spaced({}, 4), 0U);
}

}  // namespace
}  // namespace zp::probe
