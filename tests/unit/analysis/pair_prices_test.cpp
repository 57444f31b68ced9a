// SPDX-License-Identifier: MIT
// Prices of events from pairs of placements in latency walks: the truth is invented, and found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/attribute/attribution.hpp"
#include "analysis/attribute/counts.hpp"
#include "analysis/model/predict.hpp"
#include "harness/model/catalogue.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/invented_rows.hpp"

namespace zp::analysis {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kTable = 67108864;
constexpr double kHit = 10, kSynonymNs = 2, kDtlbNs = 5;  // the truth

struct Misses {
  double l1d = 1, synonym = 0, l2 = 0, dtlb = 1;
};

std::string counters(const Misses& misses) {
  return fmt::format(
      R"(, "l1d_miss": {}, "synonym_miss": {}, "l2_miss": {}, "l3_miss": 0, "dtlb_miss": {})",
      misses.l1d, misses.synonym, misses.l2, misses.dtlb);
}
double true_ns(const Misses& misses) {
  return kHit + kSynonymNs * misses.synonym + kDtlbNs * misses.dtlb;
}
void add_latency(Rows& rows, const std::string& placement, const Misses& misses,
                 double extra_ns = 0, std::uint64_t table = kTable, const std::string& more = "") {
  const int stride = table == kInL1 ? 64 : 1024;  // walks of 256 reads and more
  rows.add(placement, true_ns(misses) + extra_ns, counters(misses) + more, stride, table, "latency",
           "dependent");
}

// What `attribute` says of the one pair of `read` cells, ksm_coloured:8 and `ksm_single`.
Attribution attribution(Rows& rows, const Misses& extra) {
  rows.add("ksm_coloured:8", 1, counters({.l1d = 1, .synonym = 0, .l2 = 0, .dtlb = 0}), 1024,
           kTable);
  rows.add("ksm_single", 2, counters(extra), 1024, kTable);
  const auto all = value_of(attribute(rows.set(), {}));
  return all.back();
}
constexpr Misses kSynonymMore{.l1d = 1, .synonym = 1, .l2 = 0, .dtlb = 0};
constexpr Misses kDtlbMore{.l1d = 1, .synonym = 0, .l2 = 0, .dtlb = 1};

const Cause& only(const Attribution& one) {
  EXPECT_EQ(one.causes.size(), 1U);
  return one.causes.at(0);
}

TEST(PairPrices, FindTheTruePriceOfASynonym) {
  Rows rows;
  add_latency(rows, "ksm_coloured:1", {.synonym = 1});
  add_latency(rows, "ksm_coloured:16", {.synonym = 0.5});
  add_latency(rows, "ksm_coloured:64", {.synonym = 0});
  const Attribution one = attribution(rows, kSynonymMore);
  ASSERT_EQ(only(one).name, "synonyms among misses");
  ASSERT_TRUE(only(one).penalty_ns);
  EXPECT_EQ(only(one).penalty_ns->low, 0);  // these reads may overlap
  EXPECT_GE(only(one).penalty_ns->high, kSynonymNs);
  EXPECT_LT(only(one).penalty_ns->high, kSynonymNs * 1.15);
  EXPECT_THAT(one.penalties_source,
              HasSubstr("synonyms: 3 pairs of latency walks that differ in nothing else (counts: "
                        "PMU)"));
  EXPECT_TRUE(one.gaps.empty());
}

TEST(PairPrices, HoldFromBothSidesWhereTheWalkIsDependentItself) {
  Rows rows;
  add_latency(rows, "ksm_coloured:1", {.synonym = 1});
  add_latency(rows, "ksm_coloured:64", {.synonym = 0});
  add_latency(rows, "ksm_coloured:128", {.synonym = 0});
  const auto all =
      value_of(attribute(rows.set(), {.base = "ksm_coloured:64", .target = "ksm_coloured:1"}));
  const Interval& ns = *only(all.front()).penalty_ns;
  EXPECT_GT(ns.low, kSynonymNs * 0.85);
  EXPECT_LE(ns.low, kSynonymNs);
  EXPECT_GE(ns.high, kSynonymNs);
  EXPECT_EQ(all.front().sure_residual_share(), 0);
  EXPECT_THAT(render_attributions(all, 75), Not(HasSubstr("overlap")));
}

TEST(PairPrices, OfADtlbMissAreTheTablesOwn) {
  const auto price = [](std::uint64_t table) {
    Rows rows;
    add_latency(rows, "private", {.l2 = 1, .dtlb = 1}, 0, table);
    add_latency(rows, "huge_private", {.l2 = 1, .dtlb = 0}, 0, table);
    return only(attribution(rows, kDtlbMore)).penalty_ns;
  };
  ASSERT_TRUE(price(kTable));
  EXPECT_GE(price(kTable)->high, kDtlbNs);
  EXPECT_LT(price(kTable)->high, kDtlbNs * 1.05);
  EXPECT_FALSE(price(2 * kTable));
}

TEST(PairPrices, ThatDifferInTwoEventsAreNotUsed) {
  Rows rows;
  add_latency(rows, "ksm_coloured:1", {.synonym = 1, .dtlb = 1});
  add_latency(rows, "ksm_coloured:64", {.synonym = 0, .dtlb = 0});
  const Attribution one = attribution(rows, kSynonymMore);
  EXPECT_FALSE(only(one).penalty_ns);
  EXPECT_THAT(one.gaps, testing::ElementsAre("no penalty is known for synonyms among misses"));
}

TEST(PairPrices, ThatDifferALittleInAnotherAreUsedWhereItsPriceIsKnown) {
  for (const bool known : {false, true}) {
    Rows rows;
    if (known) {
      add_latency(rows, "private", {.dtlb = 0}, 0, kInL1);
      add_latency(rows, "private", {.dtlb = 0}, 50, kInL2);  // a miss of L1d: 50 ns
    }
    add_latency(rows, "ksm_coloured:1", {.l1d = 1, .synonym = 1});
    add_latency(rows, "ksm_coloured:64", {.l1d = 0.985, .synonym = 0}, -0.015 * 50);
    const Attribution one = attribution(rows, kSynonymMore);
    ASSERT_EQ(only(one).penalty_ns.has_value(), known);
    if (!known) continue;
    EXPECT_GE(only(one).penalty_ns->high, kSynonymNs);  // not that and the 0.75 ns of the others
    EXPECT_LT(only(one).penalty_ns->high, kSynonymNs + 0.25);
  }
}

TEST(PairPrices, ErrorRowsAreNotUsed) {
  Rows rows;
  const std::string error = R"(, "error_occurred": true, "error_message": "not merged")";
  add_latency(rows, "ksm_coloured:1", {.synonym = 1}, 900, kTable, error);
  add_latency(rows, "ksm_coloured:64", {.synonym = 0});
  EXPECT_FALSE(only(attribution(rows, kSynonymMore)).penalty_ns);
}

TEST(PairPrices, WhatIsCountedInPartIsNotUsed) {
  Rows rows;
  for (const int synonym : {0, 1})
    rows.add(fmt::format("ksm_coloured:{}", 64 - 63 * synonym), kHit + synonym,
             fmt::format(R"(, "l1d_miss": 1, "synonym_miss": {})", synonym), 1024, kTable,
             "latency", "dependent");
  EXPECT_FALSE(only(attribution(rows, kSynonymMore)).penalty_ns);
}

TEST(PairPrices, OneOddPlacementDoesNotMoveThem) {
  Rows rows;
  for (const int n : {1, 2, 4, 8})
    add_latency(rows, fmt::format("ksm_coloured:{}", n), {.synonym = 1});
  for (const int n : {64, 128, 256})
    add_latency(rows, fmt::format("ksm_coloured:{}", n), {.synonym = 0});
  add_latency(rows, "ksm_coloured:512", {.synonym = 0}, 30);
  const Attribution one = attribution(rows, kSynonymMore);
  EXPECT_GE(only(one).penalty_ns->high, kSynonymNs);
  EXPECT_LT(only(one).penalty_ns->high, kSynonymNs * 1.1);
}

TEST(PairPrices, OfLessThanNothingAreNone) {
  Rows rows;
  add_latency(rows, "ksm_coloured:1", {.synonym = 1}, -4);
  add_latency(rows, "ksm_coloured:64", {.synonym = 0});
  EXPECT_FALSE(only(attribution(rows, kSynonymMore)).penalty_ns);
}

TEST(PairPrices, NoPairPricesItsOwnDifference) {
  Rows rows;
  add_latency(rows, "ksm_coloured:8", {.synonym = 0});
  add_latency(rows, "ksm_single", {.synonym = 1});
  const auto all = value_of(attribute(rows.set(), {}));
  EXPECT_FALSE(only(all.front()).penalty_ns);
}

TEST(PairPrices, OfASynonymAreAddedToTheMissWhereItTakesThePlaceOfAHit) {
  Rows rows;
  add_latency(rows, "private", {.dtlb = 0}, 0, kInL1);
  add_latency(rows, "private", {.dtlb = 0}, 3, kInL2);
  add_latency(rows, "ksm_coloured:1", {.synonym = 1});
  add_latency(rows, "ksm_coloured:64", {.synonym = 0});
  const Attribution one = attribution(rows, {.l1d = 2, .synonym = 1, .l2 = 0, .dtlb = 0});
  EXPECT_EQ(only(one).name, "L1d synonym misses");
  EXPECT_NEAR(only(one).penalty_ns->high, 3 + kSynonymNs, 0.2);
}

TEST(PairPrices, TakeTheModelsCountsWhereRowsHaveNone) {
  constexpr std::uint64_t kSmall = 1 << 20;
  const auto cpu = *model::find_cpu("zen4");
  Rows rows;
  rows.add("private", 4, "", 1024, kInL1, "latency", "dependent");
  rows.add("private", 7.5, "", 1024, kInL2, "latency", "dependent");
  const PredictOptions as_run{.table_bytes = kSmall, .walk = "random"};
  for (const int n : {1, 2, 4, 64, 128}) {
    const std::string placement = fmt::format("ksm_coloured:{}", n);
    const auto state = predict(cpu, placement, 1024, as_run)->state;
    rows.add(placement,
             4 + 3.5 * state.per_read(state.counts.misses[0]) +
                 kSynonymNs * state.per_read(state.counts.synonym_misses),
             "", 1024, kSmall, "latency", "dependent");
  }
  rows.add("ksm_coloured:8", 2, "", 1024, kSmall).add("ksm_coloured:16", 1, "", 1024, kSmall);
  const auto all = value_of(
      attribute(rows.set(), {.base = "ksm_coloured:16", .target = "ksm_coloured:8", .cpu = cpu}));
  const auto& causes = all.front().causes;
  const auto synonyms = std::ranges::find_if(
      causes, [](const Cause& cause) { return cause.name == "synonyms among misses"; });
  ASSERT_NE(synonyms, causes.end());
  ASSERT_TRUE(synonyms->penalty_ns);
  EXPECT_GE(synonyms->penalty_ns->high, kSynonymNs);
  EXPECT_LT(synonyms->penalty_ns->high, kSynonymNs * 1.2);
  EXPECT_THAT(all.front().penalties_source, HasSubstr("model zen4 on constructed frames"));
}

TEST(PairPrices, FitTheTableIntoTheWidth) {
  Attribution one;
  one.base_ns = summarise({17.7, 17.7, 17.7});
  one.new_ns = summarise({16.5, 16.5, 16.5});
  one.causes = {{"L1d misses", -0.00702, Interval{2.196, 3.317}},
                {"synonyms among misses", -0.479, Interval{0.0343, 28.2}},
                {"L2 misses", 0.00499, Interval{0.0369, 0.203}},
                {"synonyms in flight", 1, Interval{0, 27.7}}};
  const std::string text = render_attributions({one}, 75);
  EXPECT_THAT(text, HasSubstr("-0.023..-0.015"));
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    EXPECT_LE(text.find('\n', at) - at, 75U) << text.substr(at);
}

// 64 frames of one page colour need 64 lines of each of its sets, and L2 has 16.
TEST(EventCounts, ModelledFramesLieInThePageColoursThatRowsSaw) {
  const auto l2_misses = [](const std::string& extra) {
    Rows rows;
    rows.add("ksm_default", 9, extra, 4096, kTable, "latency", "dependent");
    rows.add("ksm_single", 9, "", 4096, kTable, "latency", "dependent");
    const auto set = rows.set();
    const std::optional cpu = *model::find_cpu("zen5");
    const auto times = placement_table(set, "ns_per_read");
    return value_of(EventCounts(set, cpu).of(times.blocks.front(), times.blocks.front().strides[0],
                                             "ksm_default", "ksm_single"))
        .base["l2_miss"];
  };
  EXPECT_LT(l2_misses(""), 0.01);
  EXPECT_LT(l2_misses(R"(, "l2_page_colours": 16)"), 0.01);
  EXPECT_GT(l2_misses(R"(, "l2_page_colours": 1)"), 0.5);
}

TEST(EventCounts, LongWalksAreNotPredictedForPricesAlone) {
  Rows rows;
  rows.add("ksm_single", 2).add("private", 1);
  const ResultSet set = rows.set();
  const std::optional<model::Description> cpu = *model::find_cpu("zen4");
  EventCounts counts(set, cpu);
  const PlacementTable times = placement_table(set, "ns_per_read");
  EXPECT_EQ(error_of(counts.of(times.blocks.front(), "256", "private", "ksm_single", 1000)).message,
            "a walk of more than 1000 reads");
}

}  // namespace
}  // namespace zp::analysis
