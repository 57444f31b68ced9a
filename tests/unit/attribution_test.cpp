// SPDX-License-Identifier: MIT
// attribute, colours and model on rows whose answer is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/attribute/attribution.hpp"
#include "analysis/attribute/penalties.hpp"
#include "analysis/colours/advice.hpp"
#include "analysis/model/predict.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/model/catalogue.hpp"
#include "harness/walk/walk.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/invented_rows.hpp"

namespace zp::analysis {
namespace {

using testing::HasSubstr;
using testing::Not;

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
  AttributeOptions options;
  options.cpu = *model::find_cpu("zen5");
  options.ghz = 4;
  const auto all = value_of(attribute(rows.set(), options));
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

TEST(Colours, TheSmallestWithinTheNoiseOfTheBest) {
  Rows rows;
  rows.add("ksm_single", 1.2).add("ksm_coloured:2", 0.9).add("ksm_coloured:4", 0.71);
  rows.add("ksm_coloured:8", 0.70).add("ksm_coloured:64", 0.69);
  for (const auto& [n, ns] : {std::pair(2, 2.4), {4, 2.4}, {8, 2.38}, {64, 2.9}})
    rows.add(fmt::format("ksm_coloured:{}", n), ns, "", 4096);
  rows.add("ksm_single", 3.3, "", 4096);
  const auto all = value_of(advise_colours(rows.set()));
  ASSERT_EQ(all.size(), 1U);
  const ColourAdvice& advice = all.front();
  EXPECT_EQ(advice.strides, (std::vector<std::string>{"256", "4096"}));
  EXPECT_EQ(advice.best, (std::vector<std::uint64_t>{64, 8}));
  EXPECT_EQ(advice.smallest, (std::vector<std::uint64_t>{8, 2}));
  EXPECT_EQ(advice.overall, 8U);
  const ResultSet set = rows.set();
  EXPECT_THAT(render_advice(all, set, kColourThreshold, 75),
              HasSubstr("8 zero pages, order 3 in setup_zero_pages()"));
}

TEST(Colours, WithoutOneForAllTheLeastLossIsNamed) {
  Rows rows;
  rows.add("memfd_coloured:1", 1.0).add("memfd_coloured:8", 1.1);
  rows.add("memfd_coloured:1", 2.0, "", 4096).add("memfd_coloured:8", 1.0, "", 4096);
  const auto all = value_of(advise_colours(rows.set()));
  EXPECT_EQ(all.front().made_by, "memfd_coloured");
  EXPECT_FALSE(all.front().overall);
  EXPECT_EQ(all.front().compromise, 8U);
  EXPECT_NEAR(all.front().compromise_loss, 0.1, 1e-6);
}

TEST(Colours, OneValueACellShowsNoNoise) {
  std::string rows;
  for (const auto& [colours, stride, ns] :
       {std::tuple(2, 256, 1.0), {8, 256, 1.1}, {2, 4096, 2.0}, {8, 4096, 1.0}})
    rows += fmt::format(
        "{}{{\"name\": \"read/placement:memfd_coloured:{}/stride:{}\", \"ns_per_read\": {}}}",
        rows.empty() ? "" : ", ", colours, stride, ns);
  const auto set = set_of(
      fmt::format("{{\"context\": {{\"schema\": \"zpbench-1\"}}, \"benchmarks\": [{}]}}", rows));
  const auto text = render_advice(value_of(advise_colours(set)), set, kColourThreshold, 75);
  EXPECT_THAT(text, Not(HasSubstr("+-0%")));
  EXPECT_THAT(text, Not(HasSubstr("95 %")));
  EXPECT_THAT(text, HasSubstr("None of 2, 8 zero pages is within"));
  EXPECT_THAT(text, HasSubstr("of 2, 8: 2 at stride 256, 8 at stride 4096."));
}

TEST(Colours, LongStridesStandBelowEachOther) {
  Rows rows;
  for (int digits = 1; digits < 5; ++digits)
    for (const int colours : {2, 8})
      rows.add(fmt::format("memfd_coloured:{}/stride:{:0>30}", colours, digits), 1.0, "", digits);
  const auto text =
      render_advice(value_of(advise_colours(rows.set())), rows.set(), kColourThreshold, 75);
  EXPECT_LE(widest_line(text), 75U) << text;
}

TEST(Colours, NeedAtLeastTwoNumbersOfThem) {
  Rows rows;
  rows.add("ksm_coloured:8", 1.0).add("private", 2.0);
  EXPECT_THAT(advise_colours(rows.set()).error().message, HasSubstr("at least two numbers"));
}

TEST(Predict, TheSmallestIsWhatNoOtherBeatsDeepLevelsFirst) {
  const auto cell = [](std::uint64_t l1, std::uint64_t l2, std::uint64_t exceptions) {
    PredictedCell made;
    made.state.counts.reads = 1000;
    made.state.counts.misses = {l1, l2, 0, 0};
    made.state.counts.exceptions = exceptions;
    return made;
  };
  EXPECT_EQ(smallest_that_suffices({cell(900, 0, 0), cell(0, 0, 0), cell(0, 0, 0)}, 2), 1U);
  EXPECT_EQ(smallest_that_suffices({cell(0, 100, 0), cell(900, 0, 0)}, 2), 1U);
  EXPECT_EQ(smallest_that_suffices({cell(0, 0, 50), cell(900, 100, 0)}, 2), 1U);
  EXPECT_EQ(smallest_that_suffices({cell(1, 0, 0), cell(0, 0, 0)}, 2), 0U);  // 1 in 1000: none
}

TEST(Predict, OnZ13CountsDoNotDecideAndNoNumberOfColoursHits) {
  PredictOptions options;
  options.table_bytes = 4 << 20;
  const auto sweep = value_of(sweep_colours(*model::find_cpu("z13"), 1024, 128, options));
  EXPECT_TRUE(sweep.undecided);
  EXPECT_EQ(free_of_synonyms_from(sweep), 64U);
  EXPECT_FALSE(first_that_hits(sweep));
  const auto older = value_of(sweep_colours(*model::find_cpu("z196"), 1024, 128, options));
  EXPECT_FALSE(older.undecided);
  EXPECT_EQ(older.colours[older.smallest], 4U);
  EXPECT_EQ(free_of_synonyms_from(older), 4U);
  EXPECT_EQ(first_that_hits(older), 4U);
}

// One frame a page needs L3, which zen5.cpu has no price for: it is not the best by its counts.
TEST(Predict, PricesDecideHowManyColoursSuffice) {
  PredictOptions options;
  options.table_bytes = 8 << 20;
  const auto sweep = value_of(sweep_colours(*model::find_cpu("zen5"), 1024, 64, options));
  EXPECT_TRUE(sweep.by_time);
  EXPECT_FALSE(sweep.undecided);
  EXPECT_TRUE(sweep.cells.back().time.limits.empty());
  EXPECT_EQ(sweep.colours[sweep.smallest], 2U);
  std::vector<PredictedCell> cells = sweep.cells;
  cells.front().time.limits.clear();  // misses as little as the others: it may be the best
  EXPECT_FALSE(smallest_by_time(cells, 3));
}

// The very order of zpbench's walk, and its number of reads where the stride does not divide.
TEST(Predict, ShuffledWalksReadAsTheHarnessDoes) {
  const auto cpu = *model::find_cpu("skylake");
  PredictOptions options;
  options.table_bytes = 1 << 20;
  options.walk = "random";
  options.seed = 7;
  const auto cell = value_of(predict(cpu, "private", 192, options));
  const std::uint64_t reads = (1 << 20) / 192;
  EXPECT_EQ(cell.state.counts.reads, reads * cell.state.counted_passes);

  const auto frames = *construct_table(cpu, "private", options.table_bytes);
  const auto table = *model::MappedTable::create(model::kConstructedAddress, frames.pfns, 4096);
  const Permutation shuffled(reads, options.seed);
  const auto expected = value_of(model::settle_order(cpu.geometry, table, [&](auto&& sink) {
    for (std::uint64_t i = 0; i < reads; ++i) sink(shuffled(i) * 192);
  }));
  EXPECT_EQ(cell.state.counts, expected.counts);
}

TEST(Predict, RandomAndSequentialWalksReadTheSame) {
  const auto cpu = *model::find_cpu("skylake");
  PredictOptions options;
  options.table_bytes = 1 << 20;
  const auto sequential = predict(cpu, "private", 64, options);
  options.walk = "random";
  const auto random = predict(cpu, "private", 64, options);
  ASSERT_TRUE(sequential && random);
  EXPECT_EQ(sequential->state.counts.reads, random->state.counts.reads);
  EXPECT_EQ(sequential->state.counts.misses[2], 0U);
  EXPECT_EQ(random->state.counts.misses[2], 0U);
}

}  // namespace
}  // namespace zp::analysis
