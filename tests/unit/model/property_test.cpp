// SPDX-License-Identifier: MIT
// Properties over random geometries and walks; every failure prints the seed and the shape.
#include <gtest/gtest.h>

#include "harness/model/steady.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/model/geometries.hpp"
#include "tests/unit/model/reference.hpp"

namespace zp::model {
namespace {

class EveryRule : public testing::TestWithParam<SynonymRule> {};
INSTANTIATE_TEST_SUITE_P(Model, EveryRule, testing::ValuesIn(all_rules()),
                         [](const auto& rule) { return std::string(name_of(rule.param)); });

struct Walked {
  std::vector<std::uint64_t> pfns;
  std::vector<std::uint64_t> offsets;
};

// A few pages with shared frames, read in runs and jumps, with repeats.
Walked random_walk(std::mt19937_64& random) {
  Walked walk;
  const std::size_t pages = 1 + random() % 64;
  const std::size_t frames = 1 + random() % 16;
  for (std::size_t i = 0; i < pages; ++i) walk.pfns.push_back(0x1230 + random() % frames * 3);
  const std::uint64_t bytes = pages * 4096;
  std::uint64_t at = 0;
  while (walk.offsets.size() < 3000) {
    if (random() % 8 == 0) at = random() % bytes;
    const std::uint64_t stride = 8ULL << (random() % 11);
    for (std::uint64_t n = random() % 64; n > 0; --n) {
      walk.offsets.push_back(at);
      at = (at + stride) % bytes;
    }
  }
  return walk;
}

TEST_P(EveryRule, CountsAsThePlainlyWrittenRulesDo) {
  Counts seen;
  for (std::uint64_t seed = 0; seed < rounds(300); ++seed) {
    std::mt19937_64 random(seed);
    const Geometry geometry = random_geometry(random, GetParam());
    const Walked walk = random_walk(random);
    const MappedTable table = *MappedTable::create(kBase, walk.pfns, 4096);
    reference::Machine expected(geometry);
    Machine machine = machine_of(geometry);
    std::vector<Access> accesses;
    for (std::uint64_t offset : walk.offsets) {
      accesses.push_back({table.virtual_address(offset), table.physical_address(offset)});
      expected.read(accesses.back().virtual_address, accesses.back().physical_address);
    }
    ASSERT_TRUE(machine.run(accesses));
    ASSERT_EQ(machine.counts(), expected.counts)
        << "seed " << seed << ": " << describe(geometry) << "\n  machine   "
        << describe(machine.counts()) << "\n  reference " << describe(expected.counts);
    seen.synonym_misses += expected.counts.synonym_misses;
    seen.exceptions += expected.counts.exceptions;
  }
  const bool detects = GetParam() != SynonymRule::kNone && GetParam() != SynonymRule::kDuplicate;
  EXPECT_EQ(seen.synonym_misses > 0, detects);
  EXPECT_EQ(seen.exceptions > 0, GetParam() == SynonymRule::kVirtualCoherency);
}

TEST_P(EveryRule, TheThreeWaysToFeedItAgree) {
  for (std::uint64_t seed = 0; seed < rounds(200); ++seed) {
    std::mt19937_64 random(seed);
    Geometry geometry = random_geometry(random, GetParam());
    geometry.prefetch =
        std::vector{Prefetch::kNone, Prefetch::kNextLine, Prefetch::kStride}[random() % 3];
    const std::size_t pages = 1 + random() % 40;
    const auto pfns = coloured(pages, 1 + random() % pages);
    const MappedTable table = *MappedTable::create(kBase, pfns, 4096);
    const std::uint64_t stride = random() % 2 ? 8ULL << (random() % 11) : 1 + random() % 9000;
    const std::uint64_t first = random() % 3 ? 0 : random() % table.bytes();
    const std::uint64_t count = (table.bytes() - 1 - first) / stride + 1;

    Machine by_access = machine_of(geometry);
    Machine by_order = machine_of(geometry);
    Machine by_stride = machine_of(geometry);
    for (int pass = 0; pass < 3; ++pass) {
      std::vector<Access> accesses;
      for (std::uint64_t i = 0; i < count; ++i)
        accesses.push_back({table.virtual_address(first + i * stride),
                            table.physical_address(first + i * stride)});
      ASSERT_TRUE(by_access.run(accesses));
      ASSERT_TRUE(by_order.run_order(table, [&](auto&& sink) {
        for (std::uint64_t i = 0; i < count; ++i) sink(first + i * stride);
      }));
      ASSERT_TRUE(by_stride.run_strided(table, first, stride, count));
    }
    const std::string shape = fmt::format("seed {}: {}, {} pages, first {} stride {}", seed,
                                          describe(geometry), pages, first, stride);
    ASSERT_EQ(by_access.counts(), by_order.counts()) << shape;
    ASSERT_EQ(by_access.counts(), by_stride.counts()) << shape;
  }
}

TEST_P(EveryRule, OneClassOfLinesStandsForAll) {
  for (std::uint64_t seed = 0; seed < rounds(300); ++seed) {
    std::mt19937_64 random(seed);
    const Geometry geometry = random_geometry(random, GetParam());
    const std::uint64_t page_bytes = 4096ULL << (random() % 3);
    const std::size_t pages = 1 + random() % 48;
    auto pfns = coloured(pages, 1 + random() % pages);
    if (random() % 2) std::shuffle(pfns.begin(), pfns.end(), random);
    const MappedTable table = *MappedTable::create(kBase, pfns, page_bytes);
    const std::uint64_t stride = std::min<std::uint64_t>(8ULL << (random() % 12), table.bytes());
    const auto quick = settle_sequential(geometry, table, stride);
    const auto plain = settle_every_read(geometry, table, stride);
    ASSERT_TRUE(quick) << quick.error().message;
    ASSERT_TRUE(plain);
    ASSERT_EQ(quick->counts, plain->counts)
        << "seed " << seed << ": " << describe(geometry) << ", " << pages << " pages of "
        << page_bytes << ", stride " << stride << "\n  quick " << describe(quick->counts)
        << "\n  plain " << describe(plain->counts);
  }
}

TEST_P(EveryRule, WhatIsCalledSteadyStaysSo) {
  for (std::uint64_t seed = 0; seed < rounds(60); ++seed) {
    std::mt19937_64 random(seed);
    Geometry geometry = random_geometry(random, GetParam());
    for (auto& cache : geometry.caches) cache.replacement = Replacement::kLru;
    for (auto& tlb : geometry.tlbs) tlb.replacement = Replacement::kLru;
    const std::size_t pages = 1 + random() % 48;
    auto pfns = coloured(pages, 1 + random() % pages);
    std::shuffle(pfns.begin(), pfns.end(), random);
    const MappedTable table = *MappedTable::create(kBase, pfns, 4096);
    const auto state = value_of(settle_every_read(geometry, table, 64));
    ASSERT_TRUE(state.steady) << "seed " << seed << ": " << describe(geometry);
    Machine machine = machine_of(geometry);
    for (int pass = 0; pass < 40; ++pass) {
      machine.clear_counts();
      ASSERT_TRUE(machine.run_strided(table, 0, 64, pages * 64));
      if (pass >= 20) {
        ASSERT_EQ(machine.counts(), state.counts)
            << "seed " << seed << " pass " << pass << ": " << describe(geometry);
      }
    }
  }
}

TEST_P(EveryRule, APassThatEndsAsItBeganIsRepeatedForever) {
  unsigned early = 0;
  for (std::uint64_t seed = 0; seed < rounds(100); ++seed) {
    std::mt19937_64 random(seed);
    Geometry geometry = random_geometry(random, GetParam());
    for (auto& cache : geometry.caches)
      if (cache.replacement == Replacement::kRandom) cache.replacement = Replacement::kFifo;
    for (auto& tlb : geometry.tlbs)
      if (tlb.replacement == Replacement::kRandom) tlb.replacement = Replacement::kFifo;
    const Walked walk = random_walk(random);
    const MappedTable table = *MappedTable::create(kBase, walk.pfns, 4096);
    const auto one_pass = [&](Machine& machine) { return machine.run(table, walk.offsets); };
    Machine compared = machine_of(geometry);
    const auto state = value_of(settle(compared, one_pass, 0));
    if (!state.steady || state.passes > geometry.caches.size() + 1) continue;
    ++early;  // counts alone would not have told yet
    Machine machine = machine_of(geometry);
    for (unsigned pass = 0; pass < 20; ++pass) {
      machine.clear_counts();
      ASSERT_TRUE(one_pass(machine));
      if (pass >= state.passes) {
        ASSERT_EQ(machine.counts(), state.counts)
            << "seed " << seed << " pass " << pass << ": " << describe(geometry);
      }
    }
  }
  EXPECT_GT(early, 0U);
}

// LRU is a stack policy: with the same sets, what fewer ways hold more ways hold too.
TEST(ModelProperty, MoreWaysAreNeverWorseUnderLru) {
  for (std::uint64_t seed = 0; seed < rounds(60); ++seed) {
    std::mt19937_64 random(seed);
    const Walked walk = random_walk(random);
    const MappedTable table = *MappedTable::create(kBase, walk.pfns, 4096);
    const std::uint32_t line = 64;
    const std::uint64_t sets = 1ULL << (random() % 8);
    std::uint64_t fewer_ways_missed = ~0ULL;
    for (std::uint32_t ways = 1; ways <= 16; ++ways) {
      Machine machine = machine_of(one_level(sets * ways * line, ways, line));
      ASSERT_TRUE(machine.run(table, walk.offsets));
      EXPECT_LE(machine.counts().misses[0], fewer_ways_missed) << "seed " << seed;
      fewer_ways_missed = machine.counts().misses[0];
    }
  }
}

// What a level could not serve, the next one is asked for; a TLB likewise.
TEST_P(EveryRule, MissesShrinkFromLevelToLevel) {
  for (std::uint64_t seed = 0; seed < rounds(100); ++seed) {
    std::mt19937_64 random(seed);
    const Geometry geometry = random_geometry(random, GetParam());
    const Walked walk = random_walk(random);
    Machine machine = machine_of(geometry);
    ASSERT_TRUE(machine.run(*MappedTable::create(kBase, walk.pfns, 4096), walk.offsets));
    const Counts& counts = machine.counts();
    std::uint64_t above = counts.reads;
    for (std::size_t k = 0; k < geometry.caches.size(); ++k) {
      EXPECT_LE(counts.misses[k], above);
      above = counts.misses[k];
    }
    EXPECT_LE(counts.synonym_misses, counts.misses[0]);
    EXPECT_LE(counts.exceptions, counts.synonym_misses);
  }
}

// Which of N equal frames carries which colour makes no difference as long as no level is indexed
// by the frame's number: one level, virtually indexed or within the page.
TEST_P(EveryRule, PermutingTheColoursChangesNothing) {
  for (std::uint64_t seed = 0; seed < rounds(40); ++seed) {
    std::mt19937_64 random(seed);
    Geometry geometry;
    geometry.synonyms = GetParam();
    geometry.utag_bits = zen2_utag();
    const bool within_page = GetParam() == SynonymRule::kNone || GetParam() == SynonymRule::kUtag;
    const std::uint32_t way = within_page ? 4096 : 16384;
    geometry.caches = {{way * 2, 2, 64, Replacement::kLru},
                       {2 << 20, 16, 64, Replacement::kLru}};  // holds everything
    const std::size_t colours = 1ULL << (random() % 6);
    std::vector<std::uint64_t> frames(colours);
    std::iota(frames.begin(), frames.end(), 0x777);
    std::optional<Counts> first;
    for (int round = 0; round < 4; ++round) {
      std::vector<std::uint64_t> pfns(256);
      for (std::size_t i = 0; i < pfns.size(); ++i) pfns[i] = frames[i % colours];
      const auto state =
          value_of(settle_sequential(geometry, *MappedTable::create(kBase, pfns, 4096), 256));
      if (!first) first = state.counts;
      EXPECT_EQ(state.counts, *first) << "seed " << seed << " colours " << colours;
      std::shuffle(frames.begin(), frames.end(), random);
    }
  }
}

}  // namespace
}  // namespace zp::model
