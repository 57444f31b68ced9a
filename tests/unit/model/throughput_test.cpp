// SPDX-License-Identifier: MIT
// How close walks come to themselves, and what a read takes by prices that a test invents.
#include "harness/model/throughput.hpp"

#include <gtest/gtest.h>

namespace zp::model {
namespace {

constexpr CacheGeometry kFirstLevel{32 << 10, 8, 64, Replacement::kLru};  // 64 sets

TEST(Closeness, OfLinesInTurnIsOneInAsMany) {
  for (const std::uint64_t lines : {1U, 4U, 16U}) {
    ClosenessMeter meter(kFirstLevel);
    // One frame under many pages, read at `lines` offsets of each.
    for (std::uint64_t i = 0; i < 100000; ++i)
      meter.read(i / lines * 4096 + i % lines * 64, i % lines * 64);
    EXPECT_NEAR(meter.result().line, 1.0 / static_cast<double>(lines), 1e-3) << lines;
    EXPECT_NEAR(meter.result().set, 1.0 / static_cast<double>(lines), 1e-3) << lines;
  }
}

TEST(Closeness, OfFramesInOneSet) {
  ClosenessMeter meter(kFirstLevel);
  for (std::uint64_t i = 0; i < 100000; ++i) meter.read(i * 4096, i % 8 * 4096);
  EXPECT_NEAR(meter.result().line, 1.0 / 8, 1e-3);
  EXPECT_NEAR(meter.result().set, 1, 1e-3);
}

TEST(Closeness, CountsHowOftenAWalkLeavesItsLines) {
  for (const std::uint64_t lines : {1U, 4U}) {
    ClosenessMeter meter(kFirstLevel);
    // A frame of its own for each 32 pages in a row; 64 frames, so each is forgotten meanwhile.
    for (std::uint64_t i = 0; i < 131072; ++i)
      meter.read(i / lines * 4096 + i % lines * 64, i / lines / 32 % 64 * 4096 + i % lines * 64);
    EXPECT_NEAR(meter.result().changes, 1.0 / static_cast<double>(32 * lines), 1e-3) << lines;
  }
  ClosenessMeter colours(kFirstLevel);
  for (std::uint64_t i = 0; i < 100000; ++i) colours.read(i * 4096, i % 8 * 4096);
  EXPECT_EQ(colours.result().changes, 0);
}

TEST(Closeness, ReadsOfOneLineInARowAreOneLookUp) {
  ClosenessMeter meter(kFirstLevel);
  for (std::uint64_t i = 0; i < 80000; ++i) meter.read(i * 8, i * 8);
  EXPECT_EQ(meter.lookups(), 10000U);
  EXPECT_EQ(meter.result().line, 0);  // each line once
  EXPECT_NEAR(meter.result().set, 1.0 / 64, 1e-3);
}

Description priced() {
  Description cpu;
  cpu.name = "invented";
  cpu.geometry.caches = {
      kFirstLevel, {1 << 20, 16, 64, Replacement::kLru}, {32 << 20, 16, 64, Replacement::kLru}};
  cpu.geometry.tlbs = {{64, 64, Replacement::kLru, 1, {4096}}};
  cpu.latencies.caches = {Range{4, 4}, Range{14, 14}, Range{50, 50}, std::nullopt};
  cpu.latencies.walk = Range{40, 40};
  cpu.loop = {Range{0.5, 0.5}, Range{3, 3}, Range{2, 2}};
  cpu.overlap.same_line = Range{12, 12};
  cpu.overlap.same_set = Range{8, 8};
  cpu.overlap.lines = Range{1, 1};
  cpu.overlap.walk = Range{9, 9};
  return cpu;
}

SteadyState counts(std::uint64_t l1, std::uint64_t synonyms, std::uint64_t walks) {
  SteadyState state;
  state.counts.reads = 1000;
  state.counts.misses = {l1, 0, 0, 0};
  state.counts.synonym_misses = synonyms;
  state.counts.tlb_misses = {walks, 0, 0};
  return state;
}

void expect_limit(const Throughput& time, Bound bound, double cycles) {
  ASSERT_FALSE(time.limits.empty()) << time.missing;
  EXPECT_EQ(name_of(time.limits[0].bound), name_of(bound));
  EXPECT_NEAR(middle(time.cycles_per_read()), cycles, 1e-6);
}

TEST(Throughput, IsWhatTheTightestLimitAllows) {
  const Description cpu = priced();
  WalkShape walk{WalkShape::Order::kSequential, 16384, {}};
  expect_limit(predict_throughput(cpu, counts(0, 0, 10), walk), Bound::kLoop, 0.5);
  expect_limit(predict_throughput(cpu, counts(1000, 0, 10), walk), Bound::kFills, 1);
  walk.closeness = {1, 1};
  expect_limit(predict_throughput(cpu, counts(1000, 0, 10), walk), Bound::kOneSet, 8);
  expect_limit(predict_throughput(cpu, counts(1000, 1000, 10), walk), Bound::kOneLine, 12);
  walk.closeness = {0.25, 0.25};  // a round trip and three fills, in four reads
  expect_limit(predict_throughput(cpu, counts(1000, 1000, 10), walk), Bound::kOneLine,
               (12 + 3) / 4.0);
  expect_limit(predict_throughput(cpu, counts(1000, 0, 10), walk), Bound::kOneSet, (8 + 3) / 4.0);
  expect_limit(predict_throughput(cpu, counts(1000, 1000, 1000), walk), Bound::kWalks, 9);
}

TEST(Throughput, TheNextLineDoesNotWaitForTheOneBefore) {
  Description cpu = priced();
  const WalkShape walk{WalkShape::Order::kSequential, 16384, {1, 1, 1.0 / 64}};
  expect_limit(predict_throughput(cpu, counts(1000, 1000, 10), walk), Bound::kOneLine, 12);
  cpu.overlap.next_line = Range{128, 128};
  expect_limit(predict_throughput(cpu, counts(1000, 1000, 10), walk), Bound::kOneLine, 10);
}

TEST(Throughput, AShuffledWalkFetchesThePageTableToo) {
  const Description cpu = priced();
  const WalkShape walk{WalkShape::Order::kRandom, 16384, {}};
  expect_limit(predict_throughput(cpu, counts(0, 0, 1000), walk), Bound::kWalks, 10);
  expect_limit(predict_throughput(cpu, counts(0, 0, 0), walk), Bound::kLoop, 3);
}

TEST(Throughput, ThePageTableSharesTheCachesWithWhatIsRead) {
  Description cpu = priced();
  cpu.overlap.caches[2] = Range{6, 6};
  // A page table of 2 MiB in an L2 of 1: half of its entries come from L3, of as many other lines a
  // quarter is found.
  const auto shuffled = [&](std::uint64_t lines) {
    const WalkShape walk{WalkShape::Order::kRandom, 1 << 18, {}, lines};
    const auto time = predict_throughput(cpu, counts(0, 0, 1000), walk);
    EXPECT_EQ(time.limits.front().bound, Bound::kWalks);
    return middle(time.cycles_per_read());
  };
  EXPECT_NEAR(shuffled(0), 9 + 1.0 / 2 + 1.0 / 2 * 6, 0.01);
  EXPECT_NEAR(shuffled(32768), 9 + 1.0 / 4 + 1.0 / 128 + 3.0 / 4 * 6, 0.03);
  EXPECT_LT(shuffled(1024), shuffled(8192));
  // In order a walk in eight fetches a line, where L2 can't hold all of them.
  const auto in_order = [&](std::uint64_t mappings) {
    const WalkShape walk{WalkShape::Order::kSequential, mappings, {}};
    return middle(predict_throughput(cpu, counts(0, 0, 1000), walk).cycles_per_read());
  };
  EXPECT_NEAR(in_order(1 << 14), 9, 1e-9);
  EXPECT_NEAR(in_order(1 << 18), 9 + 6.0 / 8 / 2, 1e-9);  // half of it: if it is not fetched ahead
  cpu.overlap.l3_entry = Range{4, 4};
  EXPECT_NEAR(shuffled(0), 9 + 1.0 / 2 + 1.0 / 2 * 4, 0.01);
  // A table of 128 KiB, of which the first level would hold a quarter; as many lines take half of
  // that.
  const auto waiting = [&](std::uint64_t lines) {
    const WalkShape walk{WalkShape::Order::kDependent, 16384, {}, lines};
    return middle(predict_throughput(cpu, counts(1000, 0, 1000), walk).cycles_per_read());
  };
  EXPECT_NEAR(waiting(0), 14 + 40 + 2, 1e-6);
  EXPECT_NEAR(waiting(2048), 14 + 40 + 2 + 10.0 / 8, 0.1);
}

// 1024 frames of KSM, whose entries in the host's table have a line each: at best all sets of the
// first level keep some of them, at worst all are in one.
TEST(Throughput, AGuestsWalkReadsTheHostsEntryForTheFrame) {
  Description cpu = priced();
  WalkShape walk{WalkShape::Order::kDependent, 16384, {}, 64, 1024 * 4096, 256 * 4096};
  const auto cycles = [&] {
    return predict_throughput(cpu, counts(1000, 0, 1000), walk).cycles_per_read();
  };
  const Range bare = cycles();
  cpu.nested_page_bytes = 2 << 20;
  EXPECT_NEAR(cycles().high, bare.high, 1e-9);  // eight frames have their entries in one line
  cpu.nested_page_bytes = 4096;
  EXPECT_GT(cycles().low, bare.low + 10 * 0.7);
  EXPECT_LT(cycles().low, bare.low + 10 * 0.9);
  EXPECT_NEAR(cycles().high, bare.high + 10, 1e-9);
  walk.frame_bytes = 64 * 4096;
  EXPECT_NEAR(cycles().low, bare.low, 0.5);
  EXPECT_NEAR(cycles().high, bare.high + 10, 1e-9);
  walk.frame_bytes = 8 * 4096;  // as many as a set has ways
  EXPECT_NEAR(cycles().high, bare.high, 1e-9);
  walk.frame_bytes = 64 * 4096;
  walk.frame_distance_bytes = 4096;  // side by side
  EXPECT_NEAR(cycles().high, bare.high, 1e-9);
  walk.frame_distance_bytes = 256 * 4096;
  walk.order = WalkShape::Order::kRandom;
  EXPECT_NEAR(cycles().low, 10, 0.05);
  EXPECT_NEAR(cycles().high, 10 + 1, 0.05);
  walk.order = WalkShape::Order::kSequential;
  EXPECT_NEAR(cycles().low, 9, 1e-9);
  EXPECT_NEAR(cycles().high, 9 + 1, 1e-9);
}

// What others leave of it is not the CPU's to say.
TEST(Throughput, OfAQuarterOfL3ThereIsAPriceAndOfMoreNone) {
  Description cpu = priced();
  cpu.overlap.caches[2] = Range{3, 3};
  SteadyState state = counts(1000, 0, 0);
  state.counts.misses[1] = 1000;
  for (const auto order : {WalkShape::Order::kRandom, WalkShape::Order::kDependent}) {
    EXPECT_FALSE(predict_throughput(cpu, state, {order, 2048, {}, 0, 8 << 20}).limits.empty());
    const auto most = predict_throughput(cpu, state, {order, 4096, {}, 0, 16 << 20});
    EXPECT_TRUE(most.limits.empty());
    EXPECT_EQ(most.missing,
              "reads from L3 are priced up to 8 MiB of frames, and these have 16 MiB: others share "
              "it");
    EXPECT_FALSE(
        predict_throughput(cpu, counts(1000, 0, 0), {order, 4096, {}, 0, 16 << 20}).limits.empty());
  }
}

// Whether the walks wait for the lines or go on meanwhile is not known: both ends count.
TEST(Throughput, LinesFromBelowL2ComeBesideOrAfterPageWalks) {
  Description cpu = priced();
  cpu.overlap.caches[2] = Range{6, 6};
  SteadyState state = counts(1000, 0, 1000);
  state.counts.misses[1] = 1000;
  WalkShape walk{WalkShape::Order::kRandom, 16384, {}};
  const auto random = predict_throughput(cpu, state, walk).cycles_per_read();
  EXPECT_NEAR(random.low, 10, 1e-9);
  EXPECT_NEAR(random.high, 10 + 6, 1e-9);
  // In order, they may have been fetched ahead.
  walk.order = WalkShape::Order::kSequential;
  state.counts.tlb_misses[0] = 0;
  const auto in_order = predict_throughput(cpu, state, walk).cycles_per_read();
  EXPECT_NEAR(in_order.low, 1, 1e-9);
  EXPECT_NEAR(in_order.high, 6, 1e-9);
}

TEST(Throughput, WhatIsPricedOnItsOwnTakesThatPrice) {
  Description cpu = priced();
  cpu.overlap.same_set_synonym = Range{10, 10};
  cpu.overlap.shuffled_walk = Range{13, 13};
  WalkShape walk{WalkShape::Order::kSequential, 16384, {0.125, 1}};  // eight frames, one set
  expect_limit(predict_throughput(cpu, counts(1000, 1000, 0), walk), Bound::kOneSet, 10);
  expect_limit(predict_throughput(cpu, counts(1000, 500, 0), walk), Bound::kOneSet, 9);
  expect_limit(predict_throughput(cpu, counts(1000, 0, 0), walk), Bound::kOneSet, 8);
  walk.order = WalkShape::Order::kRandom;
  expect_limit(predict_throughput(cpu, counts(1000, 1000, 0), walk), Bound::kOneSet, 10);
  cpu.overlap.shuffled_same_set_synonym = Range{15, 15};
  expect_limit(predict_throughput(cpu, counts(1000, 1000, 0), walk), Bound::kOneSet, 15);
  walk.closeness = {};
  expect_limit(predict_throughput(cpu, counts(0, 0, 1000), walk), Bound::kWalks, 13);
  walk.order = WalkShape::Order::kSequential;
  expect_limit(predict_throughput(cpu, counts(0, 0, 1000), walk), Bound::kWalks, 9);
}

TEST(Throughput, ADependentReadTakesTheSumOfItsLatencies) {
  const Description cpu = priced();
  const WalkShape walk{WalkShape::Order::kDependent, 16384, {}};
  const auto read = counts(1000, 0, 1000);
  expect_limit(predict_throughput(cpu, read, walk), Bound::kLatency, 14 + 40 + 2);
  // A page table of 2 MiB in an L2 of 1: half of its entries come from L3.
  const WalkShape large{WalkShape::Order::kDependent, 1 << 18, {}};
  expect_limit(predict_throughput(cpu, read, large), Bound::kLatency,
               14 + 40 + 2 + 0.5 * (50 - 14));
}

TEST(Throughput, IsAbsentWithTheReasonWhereAPriceIsMissing) {
  Description cpu = priced();
  cpu.overlap.same_line.reset();
  cpu.overlap.walk.reset();
  const WalkShape walk{WalkShape::Order::kSequential, 16384, {1, 1}};
  const Throughput time = predict_throughput(cpu, counts(1000, 1000, 1000), walk);
  EXPECT_TRUE(time.limits.empty());
  EXPECT_EQ(time.missing,
            "invented has no figure for overlap.same_line_cycles, overlap.walk_cycles");
  EXPECT_TRUE(predict_throughput(cpu, counts(1000, 0, 0), walk).missing.empty());  // not needed
}

}  // namespace
}  // namespace zp::model
