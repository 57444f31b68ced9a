// SPDX-License-Identifier: MIT
#include "harness/counters/plan.hpp"

#include <gmock/gmock.h>

#include <array>
#include <map>

#include "tests/outcome.hpp"

namespace zp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A PMU of few counters, each event of a fixed value.
class PlayedSource final : public CounterSource {
 public:
  PlayedSource(std::size_t counters, std::map<std::string, std::uint64_t> events)
      : counters_(counters), events_(std::move(events)) {}

  std::string_view name() const override { return "played"; }
  std::vector<std::string> known_names() const override { return {}; }
  Outcome<std::unique_ptr<EventGroup>> open(std::span<const std::string> names) override {
    std::vector<std::uint64_t> values;
    for (const std::string& name : names) {
      if (name == "REFUSED") return fail(ExitCode::kCannotRun, "REFUSED: no permission");
      const auto known = events_.find(name);
      if (known == events_.end()) return fail(ExitCode::kUsage, "{}: unknown", name);
      values.push_back(known->second);
    }
    // Half of the sets that do not fit are refused at once, the others only when they are read.
    if (names.size() > counters_ && names.size() % 2 == 0)
      return fail(ExitCode::kCannotRun, "too many");
    return std::make_unique<Group>(values, names.size() <= counters_);
  }

 private:
  struct Group final : EventGroup {
    Group(std::vector<std::uint64_t> v, bool f) : values(std::move(v)), fits(f) {}
    Outcome<void> start() override { return {}; }
    Outcome<void> stop() override { return {}; }
    Outcome<std::vector<std::uint64_t>> read() override {
      if (!fits) return fail(ExitCode::kCannotRun, "multiplexed");
      return values;
    }
    std::vector<std::uint64_t> values;
    bool fits;
  };
  std::size_t counters_;
  std::map<std::string, std::uint64_t> events_;
};

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
  EXPECT_THAT(plan.missing[1].reason, HasSubstr("multiplexed"));
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
