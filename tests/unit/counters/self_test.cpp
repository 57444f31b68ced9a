// SPDX-License-Identifier: MIT
// The self-test of the counters, over a PMU that is played, and over events of the real kernel.
#include "harness/counters/self_test/self_test.hpp"

#include <gmock/gmock.h>

#include <map>

#include "harness/counters/perf_source.hpp"
#include "harness/counters/self_test/expectations.hpp"
#include "harness/counters/self_test/loops.hpp"
#include "tests/unit/counters/played_source.hpp"

namespace zp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kInstructions = 4096 * 256;

// One event of a group of its own, which counts `value` of every loop.
TestedEvent tested(const std::string& key, std::optional<std::uint64_t> value,
                   const std::string& expression = "E") {
  PlayedSource source(value ? 2 : 0, {{"E", value.value_or(0)}, {"F", 5}});
  CounterPlan plan;
  PlannedGroup group{&source, {"E"}, {{{key, expression}, "", 0}}};
  if (expression != "E") group.names.emplace_back("F");
  plan.groups.push_back(group);
  return test_counters(Roots{}, plan, 1).at(0);
}

TEST(SelfTest, TellsWhatIsRightFromZeroAndMultiples) {
  EXPECT_EQ(tested("instructions", kInstructions).verdict, CounterVerdict::kOk);
  EXPECT_EQ(tested("instructions", kInstructions * 11 / 10).verdict, CounterVerdict::kOk);
  EXPECT_EQ(tested("instructions", kInstructions - kInstructions / 50).verdict,
            CounterVerdict::kImplausible);
  const auto zero = tested("instructions", 0);
  EXPECT_EQ(zero.verdict, CounterVerdict::kZero);
  EXPECT_EQ(finding_of(zero),
            "1048576 instructions: counted 0, expected: 1048576 (1038091 to 1310720)");
  const auto sixteen = tested("instructions", 16 * kInstructions);
  EXPECT_EQ(sixteen.verdict, CounterVerdict::kImplausible);
  EXPECT_THAT(finding_of(sixteen), HasSubstr("counted 16777216, 16 times what was expected"));
  EXPECT_TRUE(zero.failed() && sixteen.failed());
}

// A counter that never moves passes where nothing was to be counted; one that counts reads passes
// where they all miss.
TEST(SelfTest, AMissIsTestedFromBothSides) {
  for (const char* key : {"l1d_miss", "dtlb_miss", "dtlb_walk"}) {
    EXPECT_EQ(tested(key, 1024).verdict, CounterVerdict::kOk) << key;
    EXPECT_EQ(tested(key, 0).verdict, CounterVerdict::kZero) << key;
    const auto every_read = tested(key, 8000);
    EXPECT_EQ(every_read.verdict, CounterVerdict::kImplausible) << key;
    EXPECT_THAT(finding_of(every_read),
                HasSubstr("65536 reads of one page: counted 8000, expected: 0"))
        << key;
  }
}

TEST(SelfTest, CyclesAreHeldAgainstTheTime) {
  EXPECT_EQ(tested("cycles", 1).verdict, CounterVerdict::kImplausible);
  EXPECT_EQ(tested("cycles", 1ULL << 40).verdict, CounterVerdict::kImplausible);
  EXPECT_EQ(tested("cycles", 0).verdict, CounterVerdict::kZero);
}

TEST(SelfTest, WhatCanNotBeJudgedIsNotWithheld) {
  const auto unknown = tested("branches", 0);
  EXPECT_EQ(unknown.verdict, CounterVerdict::kUntested);
  EXPECT_EQ(finding_of(unknown), "no loop is known for it");
  EXPECT_FALSE(unknown.failed());
}

TEST(SelfTest, SaysWhatWasNotCountedAllTheTimeOrIsBelowZero) {
  const auto shared = tested("instructions", std::nullopt);
  EXPECT_EQ(shared.verdict, CounterVerdict::kMultiplexed);
  EXPECT_THAT(finding_of(shared), HasSubstr("counted for 9 of 10 ns"));
  const auto negative = tested("instructions", 4, "E - F");
  EXPECT_EQ(negative.verdict, CounterVerdict::kImplausible);
  EXPECT_THAT(finding_of(negative), HasSubstr("E - F is below zero"));
}

TEST(SelfTest, MissingEventsKeepTheirReason) {
  CounterPlan plan;
  plan.missing = {{"cycles", "perf::CYCLES: Permission denied (errno 13): paranoid"},
                  {"l1d_miss", "perf::X: No such file or directory (errno 2): no PMU"},
                  {"l2_miss", "the PMU had no counter free"},
                  {"l3_miss",
                   "PAPI_L3_DCM: PAPI: Component containing event is disabled: perf_event: "
                   "perf_event support disabled by Linux with paranoid=3"}};
  const auto all = test_counters(Roots{}, plan, 1);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].verdict, CounterVerdict::kNotPermitted);
  EXPECT_EQ(all[1].verdict, CounterVerdict::kAbsent);
  EXPECT_EQ(all[2].verdict, CounterVerdict::kMultiplexed);
  EXPECT_EQ(all[3].verdict, CounterVerdict::kNotPermitted);
  EXPECT_EQ(finding_of(all[1]), plan.missing[1].reason);
}

TEST(SelfTest, WhatFailedIsMissingFromThePlan) {
  Counters counters;
  counters.sources.push_back(std::make_unique<PlayedSource>(
      3, std::map<std::string, std::uint64_t>{{"INS", kInstructions}, {"DEAD", 0}, {"OTHER", 7}}));
  counters.plan.groups.push_back({counters.sources[0].get(),
                                  {"INS", "DEAD", "OTHER"},
                                  {{{"instructions", "INS"}, "", 0},
                                   {{"dtlb_miss", "DEAD"}, "", 0},
                                   {{"other", "OTHER + INS"}, "", 0}}});
  counters.plan.groups.push_back(
      {counters.sources[0].get(), {"DEAD"}, {{{"l1d_miss", "DEAD"}, "", 0}}});
  const auto all = test_counters(Roots{}, counters.plan, 1);
  withhold_failed(counters, all);
  ASSERT_EQ(counters.plan.groups.size(), 1U);
  EXPECT_THAT(counters.plan.groups[0].names, ElementsAre("INS", "OTHER"));
  EXPECT_EQ(counters.plan.groups[0].events.size(), 2U);
  ASSERT_EQ(counters.plan.missing.size(), 2U);
  EXPECT_EQ(counters.plan.missing[0].key, "dtlb_miss");
  EXPECT_THAT(
      counters.plan.missing[0].reason,
      HasSubstr("DEAD: failed the self-test: a read of each of 1024 cold pages: counted 0"));
  EXPECT_EQ(counters.source, "played");
  const auto facts = self_test_facts(all);
  ASSERT_EQ(facts.size(), 4U);
  EXPECT_EQ(facts[0].first, "counters.self_test.instructions");
  EXPECT_THAT(facts[0].second, HasSubstr("ok: 1048576 instructions: counted 1048576"));
}

TEST(SelfTest, EventsByNameAreHeldToTheirKeys) {
  EXPECT_EQ(expectations_of({"PAPI_TOT_INS", "PAPI_TOT_INS"}).at(0).key, "instructions");
  EXPECT_EQ(expectations_of({"perf::CYCLES", "perf::CYCLES"}).at(0).key, "cycles");
  EXPECT_EQ(expectations_of({"cpum_cf::DTLB2_WRITES", "cpum_cf::DTLB2_WRITES"}).at(0).key,
            "dtlb_miss");
  // A raw number means another thing on every CPU.
  EXPECT_TRUE(expectations_of({"perf_raw::r4", "perf_raw::r4"}).empty());
  EXPECT_FALSE(expectations_of({"l1d_miss", "perf_raw::r4"}).empty());
}

TEST(Loops, SayWhatCanNotBeRun) {
  Roots nowhere;
  nowhere.sys = nowhere.proc = "/nonexistent";
  const Loops blind(nowhere);
  EXPECT_THAT(blind.why_not(Loop::kColdPages).value_or(""), HasSubstr("of memory"));
  EXPECT_FALSE(Loops(Roots{}).why_not(Loop::kNops));
}

// --- the real kernel counts these without a PMU

TEST(SelfTest, EventsOfTheKernelAsTheyAre) {
  PerfSource source{Roots{}};
  CounterPlan plan;
  for (const char* name : {"perf::PAGE-FAULTS", "perf::TASK-CLOCK"}) {
    if (auto opened = source.open(std::vector<std::string>{name}); !opened)
      GTEST_SKIP() << opened.error().message;
    plan.groups.push_back({&source, {name}, {{{name, name}, "", 0}}});
  }
  const auto all = test_counters(Roots{}, plan, 5);
  EXPECT_EQ(all[0].verdict, CounterVerdict::kOk) << finding_of(all[0]);
  EXPECT_EQ(all[1].verdict, CounterVerdict::kOk) << finding_of(all[1]);
}

}  // namespace
}  // namespace zp
