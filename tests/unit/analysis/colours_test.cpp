// SPDX-License-Identifier: MIT
// colours and model on rows and CPUs whose answer is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/colours/advice.hpp"
#include "analysis/model/predict.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/model/catalogue.hpp"
#include "harness/walk/walk.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/invented_rows.hpp"

namespace zp::analysis {
namespace {

using testing::HasSubstr;
using testing::Not;

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

TEST(Colours, WhatWasNotMeasuredMaySuffice) {
  Rows rows;
  for (const auto& [n, ns] : {std::pair(2, 2.0), {8, 1.0}, {16, 1.0}})
    rows.add(fmt::format("ksm_coloured:{}", n), ns);
  rows.add("ksm_coloured:2", 2.0, "", 4096).add("ksm_coloured:16", 1.0, "", 4096);
  const auto all = value_of(advise_colours(rows.set()));
  EXPECT_EQ(all.front().overall, 16U);
  EXPECT_THAT(render_advice(all, rows.set(), kColourThreshold, 75),
              HasSubstr("Not measured, so that fewer may suffice: 8 at stride 4096."));
}

TEST(Colours, WhatRestsOnDisturbedRepetitionsSaysSo) {
  Rows rows;
  for (const int n : {2, 8})
    rows.add(fmt::format("ksm_coloured:{}", n), 2.0 / n,
             R"(, "label": "census: strong; disturbed")");
  const auto set = rows.set();
  EXPECT_THAT(render_advice(value_of(advise_colours(set)), set, kColourThreshold, 300),
              HasSubstr("18 of 18 repetitions were disturbed"));
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

TEST(Colours, ALoneValueIsHeldAgainstMediansAlone) {
  const auto pass = [](double one, double two, const char* more) {
    const auto row = [](int colours, double ns) {
      return fmt::format(
          R"({{"name":"read/placement:memfd_coloured:{}/stride:64","ns_per_read":{}}})", colours,
          ns);
    };
    return fmt::format(R"({{"context":{{"schema":"zpbench-1"}},"benchmarks":[{},{}{}{}]}})",
                       row(2, one), row(4, two), *more ? "," : "", *more ? row(8, 1.1) : "");
  };
  // 1.1 once lies within 1.0..1.2 of the best, and is 4 % above its median.
  const auto set = set_of_passes({pass(1, 1.04, "8"), pass(1.05, 1.06, ""), pass(1.2, 1.3, "")});
  const auto advice = value_of(advise_colours(set));
  EXPECT_EQ(advice[0].points[1].suffices, std::vector<bool>{true});
  EXPECT_EQ(advice[0].points[2].suffices, std::vector<bool>{false});
  EXPECT_THAT(render_advice(advice, set, kColourThreshold, 300),
              HasSubstr("(smallest to largest of 3 or more values overlap, or medians differ by "
                        "less than 2%; of one value no noise is known)"));
}

TEST(Colours, FewValuesAreCounted) {
  const auto row = [](int colours, double ns) {
    return fmt::format(
        R"({{"name": "read/placement:memfd_coloured:{}/stride:64", "ns_per_read": {}}})", colours,
        ns);
  };
  const auto set =
      set_of(fmt::format(R"({{"context": {{"schema": "zpbench-1"}}, "benchmarks": [{}, {}]}})",
                         row(2, 1.5), row(8, 1)),
             3);
  EXPECT_THAT(render_advice(value_of(advise_colours(set)), set, kColourThreshold, 300),
              HasSubstr("(smallest to largest of 3 or more values overlap, or medians"));
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
  const auto sweep =
      value_of(sweep_colours(*model::find_cpu("z13"), 1024, 128, {.table_bytes = 4 << 20}));
  EXPECT_TRUE(sweep.undecided);
  EXPECT_EQ(free_of_synonyms_from(sweep), 64U);
  EXPECT_FALSE(first_that_hits(sweep));
  const auto older =
      value_of(sweep_colours(*model::find_cpu("z196"), 1024, 128, {.table_bytes = 4 << 20}));
  EXPECT_FALSE(older.undecided);
  EXPECT_EQ(older.colours[older.smallest], 4U);
  EXPECT_EQ(free_of_synonyms_from(older), 4U);
  EXPECT_EQ(first_that_hits(older), 4U);
}

// One frame a page needs L3: without its price, it is not the best by its counts.
TEST(Predict, PricesDecideHowManyColoursSuffice) {
  auto cpu = *model::find_cpu("zen5");
  cpu.overlap.caches[2].reset();
  const auto sweep = value_of(sweep_colours(cpu, 1024, 64, {.table_bytes = 8 << 20}));
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
  const PredictOptions options{.table_bytes = 1 << 20, .walk = "random", .seed = 7};
  const auto cell = value_of(predict(cpu, "private", 192, options));
  const std::uint64_t reads = (1 << 20) / 192;
  EXPECT_EQ(cell.state.counts.reads, reads * cell.state.counted_passes);

  const auto frames = *construct_table(cpu, "private", options.table_bytes);
  const auto table = *model::MappedTable::create(model::kConstructedAddress, frames.pfns, 4096);
  const Permutation shuffled(reads, options.seed);
  const auto expected = value_of(model::settle_order(cpu.geometry, table, [&](auto&& sink) {
    shuffled.for_each([&](std::uint64_t slot) { sink(slot * 192); });
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
