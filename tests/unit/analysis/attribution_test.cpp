// SPDX-License-Identifier: MIT
// attribute, colours and model on rows whose answer is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/attribute/attribution.hpp"
#include "analysis/attribute/penalties.hpp"
#include "analysis/model/predict.hpp"
#include "harness/model/catalogue.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/invented_rows.hpp"

namespace zp::analysis {
namespace {

using testing::HasSubstr;

constexpr auto kAllMiss =
    R"(, "l1d_miss": 1, "synonym_miss": 1, "l2_miss": 0, "l3_miss": 0, "dtlb_miss": 0.06)";
constexpr auto kNoMiss =
    R"(, "l1d_miss": 0, "synonym_miss": 0, "l2_miss": 0, "l3_miss": 0, "dtlb_miss": 0.06)";

constexpr auto kNoTlbMiss = R"(, "l1d_miss": 1, "dtlb_miss": 0)";

// One frame misses on every read, eight take 1 ns and never miss; L2 takes 2 ns more than L1.
std::vector<Attribution> one_frame_against_eight(double one_frame_ns) {
  Rows rows;
  rows.add("ksm_single", one_frame_ns, kAllMiss, 64).add("ksm_coloured:8", 1.0, kNoMiss, 64);
  rows.add("private", 1.0, kNoTlbMiss, 64, kInL1).add("private", 3.0, kNoTlbMiss, 64, kInL2);
  return value_of(attribute(rows.set(), {}));
}

TEST(Attribute, SplitsADifferenceIntoMissesTimesPenaltyAndAResidual) {
  const auto all = one_frame_against_eight(3.5);
  ASSERT_EQ(all.size(), 1U);
  const Attribution& one = all.front();
  EXPECT_EQ(one.counts_source, "PMU");
  EXPECT_EQ(one.penalties_source, "cells of this walk and stride with other table sizes");
  ASSERT_EQ(one.causes.size(), 1U);  // the TLB misses alike
  EXPECT_EQ(one.causes[0].name, "L1d synonym misses");
  EXPECT_DOUBLE_EQ(one.causes[0].extra_per_read, 1);
  EXPECT_NEAR(one.causes[0].contribution_ns()->low, 2.0, 0.02);
  EXPECT_NEAR(one.causes[0].contribution_ns()->high, 2.0, 0.02);
  EXPECT_NEAR(one.difference_ns(), 2.5, 1e-9);
  EXPECT_NEAR(one.residual_ns().low, 0.5, 0.04);
  EXPECT_NEAR(one.residual_ns().high, 0.5, 0.04);
  EXPECT_LT(one.difference_interval().low, 2.5);
  EXPECT_GT(one.difference_interval().high, 2.5);
  EXPECT_NEAR(one.sure_residual_share(), 0.2, 0.02);
  const std::string text = render_attributions(all, 75);
  EXPECT_THAT(text, HasSubstr("Largest cause: L1d synonym misses"));
}

// The larger table of a price may owe its time to the TLB: then the price has no lower bound but
// what the TLB misses leave.
TEST(Attribute, WhatTlbMissesCostIsNoPartOfALevelsPrice) {
  const auto l2_price = [](bool tlb_priced) {
    Rows rows;
    rows.add("ksm_single", 9, R"(, "l1d_miss": 1, "l2_miss": 1)", 1024);
    rows.add("ksm_coloured:8", 1, R"(, "l1d_miss": 1, "l2_miss": 0)", 1024);
    rows.add("private", 2.0, kNoTlbMiss, 1024, kInL2);
    rows.add("private", 12.0, R"(, "l1d_miss": 1, "dtlb_miss": 0.5)", 1024, kInL3);
    if (tlb_priced)
      for (const auto& [placement, ns, misses] :
           {std::tuple("private", 30.0, 1), std::tuple("huge_private", 26.0, 0)})
        rows.add(placement, ns,
                 fmt::format(R"(, "l1d_miss": 1, "synonym_miss": 0, "l2_miss": 1, "l3_miss": 0, )"
                             R"("dtlb_miss": {})",
                             misses),
                 1024, 67108864, "latency", "dependent");
    const auto all = value_of(attribute(rows.set(), {}));
    return all.front().causes.at(0).penalty_ns.value();
  };
  EXPECT_EQ(l2_price(false).low, 0);
  EXPECT_NEAR(l2_price(true).low, 10 - 0.5 * 4, 0.2);
  EXPECT_NEAR(l2_price(true).high, 10, 0.1);
}

TEST(Attribute, AResidualOverAThirdIsSaidFirst) {
  const auto all = one_frame_against_eight(5.0);
  EXPECT_NEAR(all.front().sure_residual_share(), 0.5, 0.02);
  const std::string text = render_attributions(all, 75);
  EXPECT_LT(text.find("More than a third is open: 4"), text.find("cause "));
}

TEST(Attribute, CountsThatExplainTooMuchAreADisagreement) {
  const auto all = one_frame_against_eight(2.0);
  EXPECT_NEAR(all.front().sure_residual_share(), -1, 0.05);
  EXPECT_THAT(render_attributions(all, 75), HasSubstr("Counts and time disagree"));
  // Up to a third is none, but it leaves nothing open.
  EXPECT_THAT(render_attributions(one_frame_against_eight(2.7), 75),
              HasSubstr("That is at least 16%"));
}

TEST(Attribute, LatencyWalksBoundIndependentReadsFromAboveOnly) {
  Rows rows;
  rows.add("ksm_single", 2.0, kAllMiss).add("ksm_coloured:8", 1.0, kNoMiss);
  rows.add("private", 1.0, "", 64, kInL1, "latency", "dependent");
  rows.add("private", 4.0, "", 64, kInL2, "latency", "dependent");
  const auto all = value_of(attribute(rows.set(), {}));
  const Attribution& one = all.front();
  EXPECT_EQ(one.penalties_source, "this run's latency walks");
  ASSERT_TRUE(one.causes[0].penalty_ns);
  EXPECT_EQ(one.causes[0].penalty_ns->low, 0);
  EXPECT_NEAR(one.causes[0].penalty_ns->high, 3, 0.02);
  EXPECT_EQ(one.sure_residual_share(), 0);  // 0 to 3 ns can explain 1 ns
}

TEST(Attribute, AnUnknownPenaltyIsSaidAndLeftInTheResidual) {
  Rows rows;
  rows.add("ksm_single", 2.0, kAllMiss).add("ksm_coloured:8", 1.0, kNoMiss);
  const auto all = value_of(attribute(rows.set(), {}));
  EXPECT_FALSE(all.front().causes[0].penalty_ns);
  EXPECT_NEAR(all.front().sure_residual_share(), 1, 0.01);
  ASSERT_EQ(all.front().gaps.size(), 1U);
  EXPECT_EQ(all.front().gaps[0], "no penalty is known for L1d synonym misses");
}

TEST(Attribute, TheModelCountsWhereRowsDoNot) {
  Rows rows;
  rows.add("ksm_single", 2.0).add("ksm_coloured:4", 1.0);
  AttributeOptions options;
  options.base = "ksm_coloured:4";
  const auto without = value_of(attribute(rows.set(), options));
  EXPECT_TRUE(without.front().causes.empty());
  EXPECT_THAT(without.front().gaps[0], HasSubstr("--cpu NAME"));
  options.cpu = *model::find_cpu("z196");
  const auto with = value_of(attribute(rows.set(), options));
  EXPECT_EQ(with.front().counts_source, "model z196 on constructed frames");
  ASSERT_EQ(with.front().causes.size(), 1U);
  EXPECT_DOUBLE_EQ(with.front().causes[0].extra_per_read, 1);  // a synonym on every line
}

// On Zen one frame and eight miss alike, but one frame's misses wait for one another.
TEST(Attribute, ThePricesOfACpuSayWhatLimitsTheSlowerCell) {
  Rows rows;
  rows.add("ksm_single", 4.0, "", 4096, 67108864).add("ksm_coloured:8", 3.0, "", 4096, 67108864);
  const auto all = value_of(attribute(rows.set(), {.cpu = *model::find_cpu("zen5"), .ghz = 4}));
  const Attribution& one = all.front();
  ASSERT_EQ(one.causes.size(), 1U);
  EXPECT_EQ(one.causes[0].name, "turn-around of one line, not walks");
  ASSERT_TRUE(one.causes[0].predicted_ns);
  EXPECT_NEAR(one.causes[0].predicted_ns->low, (12.1 - 9.0) / 4, 0.01);
  EXPECT_NEAR(one.causes[0].predicted_ns->high, (13.6 - 8.3) / 4, 0.01);
  EXPECT_EQ(one.sure_residual_share(), 0);
  const std::string text = render_attributions(all, 75);
  EXPECT_THAT(text, HasSubstr("+1.00 ns [0.9"));
  EXPECT_THAT(text, HasSubstr("Predicted by the prices"));
  EXPECT_THAT(text, HasSubstr("prices of zen5 at 4 GHz"));
}

// Lines of 1024 frames and entries for 1 GiB are in L3, as far as others leave them there.
TEST(Attribute, WhatStaysOpenOfReadsFromL3MayBeTheDoingOfOthers) {
  const AttributeOptions options{
      .base = "ksm_zero_page", .target = "ksm_default", .cpu = *model::find_cpu("zen5"), .ghz = 4};
  const auto gaps = [&](std::uint64_t table) {
    Rows rows;
    rows.add("ksm_zero_page", 0.3, "", 64, table).add("ksm_default", 0.4, "", 64, table);
    return value_of(attribute(rows.set(), options)).front().gaps;
  };
  EXPECT_TRUE(gaps(64 << 20).empty());
  ASSERT_EQ(gaps(1 << 30).size(), 1U);
  EXPECT_THAT(gaps(1 << 30)[0], HasSubstr("how much of L3 others left"));
}

// At small strides the difference is smaller than what the intervals of the prices leave open.
TEST(Attribute, PricesThatAllowBothSignsTellNothing) {
  Rows rows;
  rows.add("ksm_single", 0.32, "", 64, 67108864).add("ksm_coloured:8", 0.33, "", 64, 67108864);
  const auto all = value_of(attribute(rows.set(), {.cpu = *model::find_cpu("zen5"), .ghz = 4}));
  EXPECT_LT(all.front().causes.at(0).predicted_ns->low, 0);
  EXPECT_GT(all.front().causes.at(0).predicted_ns->high, 0);
  EXPECT_EQ(all.front().sure_residual_share(), 0);
  EXPECT_THAT(render_attributions(all, 75), HasSubstr("The prices can't tell: within their"));
}

TEST(Attribute, AWalkOfFewReadsPricesNothing) {
  Rows rows;
  rows.add("ksm_single", 3.5, kAllMiss, 256).add("ksm_coloured:8", 1.0, kNoMiss, 256);
  rows.add("private", 1.0, kNoTlbMiss, 256, kInL1);  // 64 reads a walk
  rows.add("private", 3.0, kNoTlbMiss, 256, kInL2);
  const auto all = value_of(attribute(rows.set(), {}));
  EXPECT_FALSE(all.front().causes[0].penalty_ns);
}

// A table that fits L3 but reads like one that does not is not served by L3.
TEST(Attribute, TheLevelOfATableIsWhatItsTimesSay) {
  const auto l2_price = [](double l3_ns) {
    Rows rows;
    rows.add("ksm_single", 9, R"(, "l1d_miss": 1, "l2_miss": 1)");
    rows.add("ksm_coloured:8", 1, R"(, "l1d_miss": 1, "l2_miss": 0)");
    rows.add("private", 2.0, kNoTlbMiss, 256, kInL2);
    rows.add("private", l3_ns, kNoTlbMiss, 256, kInL3);
    rows.add("private", 40.0, kNoTlbMiss, 256, kInMemory);
    const auto all = value_of(attribute(rows.set(), {}));
    return all.front().causes.at(0).penalty_ns;
  };
  ASSERT_TRUE(l2_price(10));
  EXPECT_NEAR(l2_price(10)->high, 8, 0.1);
  EXPECT_FALSE(l2_price(35));
}

TEST(Attribute, TheModelsCountersInRowsAreCalledSo) {
  Rows rows;
  rows.add("ksm_single", 2.0, ", \"model_l1d_miss\": 1")
      .add("ksm_coloured:8", 1.0, ", \"model_l1d_miss\": 0");
  const auto all = value_of(attribute(rows.set(), {}));
  EXPECT_EQ(all.front().counts_source, "model, in the rows");
}

TEST(Attribute, NoDifferenceIsNotAttributed) {
  Rows rows;
  rows.add("ksm_single", 1.0, kAllMiss).add("ksm_coloured:8", 1.001, kNoMiss);
  EXPECT_THAT(render_attributions(*attribute(rows.set(), {}), 75),
              HasSubstr("by them the two can't be told apart"));
}

// One pass or two a side: what the next draw of frames would bring is not known.
TEST(Attribute, OneValueOrTwoAreNoEvidence) {
  const auto text_of = [](int passes) {
    const auto row = [](const char* placement, double ns, const char* counts) {
      return fmt::format(
          R"({{"name": "read/placement:{}/table:4096/stride:64/walk:random", "ns_per_read": {}{}}})",
          placement, ns, counts);
    };
    const auto set =
        set_of(fmt::format(R"({{"context": {{"schema": "zpbench-1"}}, "benchmarks": [{}, {}]}})",
                           row("ksm_single", 2, kAllMiss), row("ksm_coloured:8", 1, kNoMiss)),
               passes);
    return render_attributions(value_of(attribute(set, {})), 75);
  };
  for (const int passes : {1, 2}) {
    EXPECT_THAT(text_of(passes), HasSubstr("Nothing is attributed: it takes 3 passes of each"));
    EXPECT_THAT(text_of(passes), Not(HasSubstr("cause")));
  }
  EXPECT_THAT(text_of(1), HasSubstr("(+100%; 1 pass each)"));
  EXPECT_THAT(text_of(3), HasSubstr("(+100%; 3 passes each)"));
  EXPECT_THAT(text_of(3), HasSubstr("cause"));
  EXPECT_THAT(text_of(3), HasSubstr("lie apart by chance alone in up to 10% of the"));
  EXPECT_THAT(text_of(4), Not(HasSubstr("by chance")));
}

TEST(Attribute, RefusesWhatItCannotJudge) {
  Rows rows;
  rows.add("ksm_single", 2.0).add("private", 1.0);
  EXPECT_EQ(error_of(attribute(rows.set(), {})).message,
            "no row with a time has the placement 'ksm_coloured:8': give --base PLACEMENT, one of "
            "private, ksm_single");
  EXPECT_EQ(error_of(attribute(rows.set("true"), {})).code, ExitCode::kNotComparable);
}

TEST(Penalties, TablesAreServedByTheLevelTheyFitWithRoomToSpare) {
  Rows rows;
  rows.add("private", 1);
  const ResultSet set = rows.set();
  const Context& context = set.context();
  EXPECT_EQ(server_of(context, kInL1), 0U);
  EXPECT_EQ(server_of(context, kInL2), 1U);
  EXPECT_EQ(server_of(context, kInL3), 2U);
  EXPECT_EQ(server_of(context, kInMemory), 3U);
  EXPECT_FALSE(server_of(context, 32768));     // just fits: no
  EXPECT_FALSE(server_of(context, 67108864));  // twice L3: some of it hits
  EXPECT_FALSE(server_of({}, kInL1));
}

}  // namespace
}  // namespace zp::analysis
