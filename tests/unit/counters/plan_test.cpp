// SPDX-License-Identifier: MIT
#include "harness/counters/plan.hpp"

#include <gmock/gmock.h>

#include <array>

#include "tests/outcome.hpp"
#include "tests/unit/counters/played_source.hpp"

namespace zp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::map<std::string, std::uint64_t> kEvents = {
    {"A", 1}, {"B", 20}, {"C", 300}, {"D", 4}, {"E", 5}};

Outcome<CounterPlan> plan_of(PlayedSource& source, const std::vector<CandidateEvent>& candidates) {
  const std::array<CounterSource*, 1> sources = {&source};
  return make_plan(sources, candidates);
}

TEST(Plan, SplitsWhatExceedsTheHardware) {
  PlayedSource source(2, kEvents);
  const auto plan = value_of(plan_of(
      source,
      {{{"a", "A"}, ""}, {{"b", "B"}, ""}, {{"c", "C"}, ""}, {{"d", "D"}, ""}, {{"e", "E"}, ""}}));
  ASSERT_EQ(plan.groups.size(), 3U);
  EXPECT_THAT(plan.groups[0].names, ElementsAre("A", "B"));
  EXPECT_THAT(plan.groups[1].names, ElementsAre("C", "D"));
  EXPECT_THAT(plan.groups[2].names, ElementsAre("E"));
  EXPECT_TRUE(plan.missing.empty());
}

TEST(Plan, KeepsTheTermsOfASumTogetherAndSharesThem) {
  PlayedSource source(3, kEvents);
  const auto plan = value_of(plan_of(
      source,
      {{{"a", "A"}, ""}, {{"difference", "C - B"}, ""}, {{"b", "B"}, ""}, {{"d", "D"}, ""}}));
  ASSERT_EQ(plan.groups.size(), 2U);
  EXPECT_THAT(plan.groups[0].names, ElementsAre("A", "C", "B"));
  ASSERT_EQ(plan.groups[0].events.size(), 3U);
  EXPECT_EQ(plan.groups[0].events[1].overhead, 280U);  // what it counts around nothing
  EXPECT_THAT(plan.groups[1].names, ElementsAre("D"));
}

TEST(Plan, TakesTheFirstCandidateThatCounts) {
  PlayedSource source(4, kEvents);
  const auto plan = value_of(plan_of(source, {{{"a", "REFUSED"}, ""},
                                              {{"a", "UNHEARD_OF"}, ""},
                                              {{"a", "A"}, "third"},
                                              {{"b", "UNHEARD_OF"}, ""},
                                              {{"b", "REFUSED"}, ""},
                                              {{"c", "A + B + C + D + E"}, ""},
                                              {{"d", ""}, "no such cache"},
                                              {{"d", "D"}, "never reached"}}));
  ASSERT_EQ(plan.groups.size(), 1U);
  EXPECT_EQ(plan.groups[0].events[0].about, "third");
  ASSERT_EQ(plan.missing.size(), 3U);
  EXPECT_EQ(plan.missing[0].key, "b");
  EXPECT_THAT(plan.missing[0].reason, HasSubstr("no permission"));
  EXPECT_THAT(plan.missing[1].reason, HasSubstr("9 of 10 ns"));
  EXPECT_EQ(plan.missing[2].reason, "no such cache");
}

TEST(Plan, RefusesATypedNameThatNobodyKnows) {
  PlayedSource source(4, kEvents);
  EXPECT_EQ(error_of(plan_of(source, {{{"X", "X"}, "", true}})).code, ExitCode::kUsage);
  const auto from_the_table = value_of(plan_of(source, {{{"X", "X"}, "", false}}));
  EXPECT_EQ(from_the_table.missing.size(), 1U);
}

TEST(Event, AddsAndSubtracts) {
  const std::vector<std::string> names = {"A", "B", "C"};
  const std::vector<std::uint64_t> values = {10, 4, 3};
  EXPECT_EQ(evaluate({"", "A"}, names, values), 10U);
  EXPECT_EQ(evaluate({"", "A - B - C"}, names, values), 3U);
  EXPECT_EQ(evaluate({"", "B - A + C"}, names, values), std::nullopt);  // below zero
  EXPECT_EQ(evaluate({"", "A + D"}, names, values), std::nullopt);
}

}  // namespace
}  // namespace zp
