// SPDX-License-Identifier: MIT
// Cases whose counts can be written down: each test says where its numbers come from.
#include "harness/model/machine.hpp"

#include <gtest/gtest.h>

#include "harness/model/steady.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/model/geometries.hpp"

namespace zp::model {
namespace {

Counts steady(const Geometry& geometry, std::span<const std::uint64_t> pfns, std::uint64_t stride,
              std::uint64_t page_bytes = 4096, std::uint64_t mapping_bytes = 0) {
  const auto table =
      MappedTable::create(kBase, pfns, page_bytes, mapping_bytes == 0 ? page_bytes : mapping_bytes);
  if (!table) throw std::runtime_error(table.error().message);
  const auto state = settle_sequential(geometry, *table, stride);
  if (!state) throw std::runtime_error(state.error().message);
  EXPECT_TRUE(state->steady);
  EXPECT_EQ(state->counted_passes, 1U);
  return state->counts;
}

constexpr std::uint64_t kPages = 256;

TEST(Machine, OneFrameInAPhysicalCacheNeverMisses) {
  const Counts counts = steady(one_level(32 << 10, 8, 64), coloured(kPages, 1), 64);
  EXPECT_EQ(counts.reads, kPages * 64);
  EXPECT_EQ(counts.misses[0], 0U);
}

TEST(Machine, AFullCacheHitsAndOneLineMoreASetMissesAlways) {
  const Geometry cache = one_level(32 << 10, 8, 64);  // a way is a page
  EXPECT_EQ(steady(cache, coloured(8, 8), 64).misses[0], 0U);
  EXPECT_EQ(steady(cache, coloured(9, 9), 64).misses[0], 9U * 64);  // LRU, read in a circle
  EXPECT_EQ(steady(cache, coloured(9, 9), 8).misses[0], 9U * 64);   // one miss a line
  EXPECT_EQ(steady(cache, coloured(9, 9), 1024).misses[0], 9U * 4);
}

TEST(Machine, TheSecondLevelServesWhatTheFirstCannotHold) {
  Geometry caches = one_level(32 << 10, 8, 64);
  caches.caches.push_back({1 << 20, 16, 64, Replacement::kLru});  // 256 pages
  const Counts fits = steady(caches, coloured(256, 256), 64);
  EXPECT_EQ(fits.misses[0], 256U * 64);
  EXPECT_EQ(fits.misses[1], 0U);
  const Counts over = steady(caches, coloured(512, 512), 64);
  EXPECT_EQ(over.misses[1], 512U * 64);
}

TEST(Machine, TlbReach) {
  Geometry geometry = one_level(32 << 10, 8, 64);
  geometry.tlbs = {{64, 64, Replacement::kLru, 1, {4096, 2 << 20}},
                   {1024, 8, Replacement::kLru, 1, {4096}}};
  EXPECT_EQ(steady(geometry, coloured(64, 1), 64).tlb_misses[0], 0U);
  const Counts over = steady(geometry, coloured(65, 1), 64);
  EXPECT_EQ(over.tlb_misses[0], 65U);
  EXPECT_EQ(over.tlb_misses[1], 0U);
  const Counts far = steady(geometry, coloured(2048, 1), 64);
  EXPECT_EQ(far.tlb_misses[1], 2048U);
  geometry.tlbs[0].pages_per_entry = 2;
  EXPECT_EQ(steady(geometry, coloured(128, 1), 64).tlb_misses[0], 0U);
  EXPECT_EQ(steady(geometry, coloured(130, 1), 64).tlb_misses[0], 65U);  // one a pair
}

TEST(Machine, HugeMappingsTakeOneEntryWhereALevelHoldsThemAndPiecesElsewhere) {
  Geometry geometry = one_level(32 << 10, 8, 64);
  geometry.tlbs = {{64, 64, Replacement::kLru, 1, {4096, 2 << 20}}};
  const auto pfns = coloured(4096, 4096);  // 16 MiB: 8 huge pages
  EXPECT_EQ(steady(geometry, pfns, 64, 4096, 2 << 20).tlb_misses[0], 0U);
  geometry.tlbs[0].page_sizes_bytes = {4096};
  EXPECT_EQ(steady(geometry, pfns, 64, 4096, 2 << 20).tlb_misses[0], 4096U);
  geometry.tlbs[0].page_sizes_bytes = {4 << 20};
  const auto machine = error_of(Machine::create(geometry, 2 << 20));
  EXPECT_NE(machine.message.find("dtlb1 holds no pages of 2097152"), std::string::npos);
}

TEST(Machine, WithoutDetectionAFrameHasOneCopyAColour) {
  // Way 16 KiB: 4 colours. One frame fills 4 pages' worth of a 4-page cache and then hits.
  Geometry cache = one_level(16 << 10, 1, 64, SynonymRule::kDuplicate);
  EXPECT_EQ(steady(cache, coloured(kPages, 1), 64).misses[0], 0U);
  EXPECT_EQ(steady(cache, coloured(kPages, 4), 64).misses[0], 0U);
  // 8 frames by colour need 32 KiB: in a direct-mapped 16 KiB every line is thrown out.
  EXPECT_EQ(steady(cache, coloured(kPages, 8), 64).misses[0], kPages * 64);
  // The copies count: two tables' frames side by side hold 2 x 4 lines a set of 2 ways x 4 colours.
  Machine machine = machine_of(cache);
  const auto pfns = coloured(4, 1);
  ASSERT_TRUE(machine.run_strided(*MappedTable::create(kBase, pfns, 4096), 0, 64, 4 * 64));
  EXPECT_EQ(machine.counts().misses[0], 4U * 64);  // cold: 4 copies of 64 lines
  EXPECT_EQ(machine.counts().synonym_misses, 0U);
}

TEST(Machine, OneCopyMovesWithEveryChangeOfColour) {
  const Geometry geometry = s390_like(SynonymRule::kExclusive);
  for (std::uint64_t colours : {1U, 2U}) {
    const Counts counts = steady(geometry, coloured(kPages, colours), 256);
    EXPECT_EQ(counts.misses[0], kPages * 16) << colours;
    EXPECT_EQ(counts.synonym_misses, kPages * 16) << colours;
    EXPECT_EQ(counts.misses[1], 0U);
  }
  for (std::uint64_t colours : {4U, 8U, 32U})  // 32 frames are the whole first level
    EXPECT_EQ(steady(geometry, coloured(kPages, colours), 256).misses[0], 0U) << colours;
  const Counts larger = steady(geometry, coloured(kPages, 128), 256);
  EXPECT_EQ(larger.misses[0], kPages * 16);  // capacity, no synonyms
  EXPECT_EQ(larger.synonym_misses, 0U);
}

// A rule of its own for the bits: 8 ways of 4 colours hold 32 frames, whatever the bits are.
TEST(Machine, SynonymBitsAboveTheIndexAskForAsManyColours) {
  Geometry geometry = s390_like(SynonymRule::kExclusive);
  for (const auto& [high, colours] : {std::pair(13U, 4U), {14U, 8U}, {16U, 32U}}) {
    geometry.synonym_bits = {12, high};
    for (std::uint64_t frames = 1; frames <= 32; frames *= 2) {
      const Counts counts = steady(geometry, coloured(kPages, frames), 1024);
      EXPECT_EQ(counts.misses[0], frames < colours ? kPages * 4 : 0) << high << " " << frames;
      EXPECT_EQ(counts.synonym_misses, counts.misses[0]) << high << " " << frames;
    }
  }
}

// Bits 12 to 18 are 128 colours, but 64 frames are twice what the first level holds.
TEST(Machine, LinesCanBeGoneBeforeTheirSynonymComesRound) {
  Geometry geometry = s390_like(SynonymRule::kExclusive);
  geometry.synonym_bits = {12, 18};
  for (const std::uint64_t frames : {1U, 2U, 16U, 32U, 64U, 128U}) {
    const Counts counts = steady(geometry, coloured(kPages, frames), 1024);
    EXPECT_EQ(counts.misses[0], kPages * 4) << frames;
    EXPECT_EQ(counts.synonym_misses, frames <= 32 ? kPages * 4 : 0) << frames;
    EXPECT_EQ(counts.misses[1], 0U) << frames;
  }
}

TEST(Machine, ALogicalTagMissesOnEveryNewPageWhateverTheColours) {
  const Geometry geometry = s390_like(SynonymRule::kLogicalTag);
  for (std::uint64_t colours : {1U, 2U, 4U, 16U}) {
    const Counts counts = steady(geometry, coloured(kPages, colours), 256);
    EXPECT_EQ(counts.misses[0], kPages * 16) << colours;
    EXPECT_EQ(counts.synonym_misses, kPages * 16) << colours;
  }
  EXPECT_EQ(steady(geometry, coloured(32, 32), 256).misses[0], 0U);  // a page a frame
}

TEST(Machine, ALogicalTagCanDoWithoutTheTlbUntilItMisses) {
  Geometry geometry = s390_like(SynonymRule::kLogicalTag);
  geometry.tlbs = {{16, 16, Replacement::kLru, 1, {4096}}};
  geometry.translate_on_miss = true;
  EXPECT_EQ(steady(geometry, coloured(32, 32), 256).tlb_misses[0], 0U);  // 32 pages, 16 entries
  EXPECT_EQ(steady(geometry, coloured(kPages, 1), 256).tlb_misses[0], kPages);
  geometry.translate_on_miss = false;
  EXPECT_EQ(steady(geometry, coloured(32, 32), 256).tlb_misses[0], 32U);
}

TEST(Machine, VirtualCoherencyRaisesOneExceptionASecondaryLine) {
  for (std::uint32_t line : {32U, 64U, 128U}) {
    const Counts counts = steady(r4000sc_like(line), coloured(kPages, 1), 16);
    EXPECT_EQ(counts.exceptions, kPages * (4096 / line)) << line;  // 128: 32 a page
    EXPECT_EQ(counts.misses[1], counts.exceptions);                // each is refilled from memory
    EXPECT_EQ(counts.misses[0], kPages * 256);
  }
}

// PIdx has three bits, so 8 frames by colour never change it. Two frames do, but they fit the
// 8 KiB primary cache, which then never asks the secondary one; four frames do not fit.
TEST(Machine, VirtualCoherencyNeedsEightColoursOrAPrimaryThatHoldsAll) {
  const Geometry geometry = r4000sc_like(128);
  const auto exceptions = [&](std::uint64_t colours) {
    return steady(geometry, coloured(kPages, colours), 64).exceptions;
  };
  EXPECT_EQ(exceptions(1), kPages * 32);
  EXPECT_EQ(exceptions(2), 0U);
  EXPECT_EQ(exceptions(4), kPages * 32);
  EXPECT_EQ(exceptions(8), 0U);
  EXPECT_EQ(exceptions(16), 0U);
}

TEST(Machine, APrimaryHitRaisesNoException) {
  // 8 KiB: the primary index has one bit above the page, PIdx three. Colours 0 and 2 share an
  // index.
  Machine machine = machine_of(r4000sc_like(128));
  const std::uint64_t pa = 0x40000000;
  ASSERT_TRUE(machine.run(std::vector<Access>{{kBase, pa}, {kBase + 0x2000, pa}}));
  EXPECT_EQ(machine.counts().misses[0], 1U);
  EXPECT_EQ(machine.counts().exceptions, 0U);
  ASSERT_TRUE(machine.run(std::vector<Access>{{kBase + 0x1000, pa}}));
  EXPECT_EQ(machine.counts().exceptions, 1U);
}

TEST(Machine, AUtagBitCanBeOneAddressBitOrAnExclusiveOrOfSeveral) {
  Geometry geometry = one_level(48 << 10, 12, 64, SynonymRule::kUtag);
  geometry.utag_bits = {bits({28}), bits({12, 13, 21, 44})};
  const auto synonym = [&](std::uint64_t difference) {
    Machine machine = machine_of(geometry);
    EXPECT_TRUE(
        machine.run(std::vector<Access>{{kBase, 0x40000000}, {kBase ^ difference, 0x40000000}}));
    return machine.counts().synonym_misses == 1;
  };
  for (const unsigned bit : {12U, 13U, 21U, 28U}) EXPECT_TRUE(synonym(bits({bit}))) << bit;
  for (const unsigned bit : {14U, 20U, 27U, 29U, 43U}) EXPECT_FALSE(synonym(bits({bit}))) << bit;
  EXPECT_FALSE(synonym(bits({12, 13})));
  EXPECT_FALSE(synonym(bits({13, 21})));
  EXPECT_TRUE(synonym(bits({12, 13, 21})));
  EXPECT_TRUE(synonym(bits({12, 13, 28})));
}

TEST(Machine, TwoFramesWithOneUtagThrowEachOtherOut) {
  Geometry geometry = one_level(32 << 10, 8, 64, SynonymRule::kUtag);
  geometry.utag_bits = zen2_utag();
  Machine machine = machine_of(geometry);
  const Access one{kBase, 0x40000000};
  const Access same_utag{kBase + (1ULL << 28), 0x50000000};
  const Access other_utag{kBase + 0x1000, 0x60000000};
  ASSERT_TRUE(machine.run(std::vector{one, other_utag, one, other_utag}));
  EXPECT_EQ(machine.counts().misses[0], 2U);
  ASSERT_TRUE(machine.run(std::vector{same_utag, one, same_utag}));
  EXPECT_EQ(machine.counts().misses[0], 5U);
  EXPECT_EQ(machine.counts().synonym_misses, 0U);
}

TEST(Machine, OneFrameUnderUtagMissesOnEveryPageAndTheSecondLevelServesIt) {
  Geometry geometry = one_level(48 << 10, 12, 64, SynonymRule::kUtag);
  geometry.utag_bits = zen2_utag();
  geometry.caches.push_back({1 << 20, 16, 64, Replacement::kLru});
  const Counts counts = steady(geometry, coloured(kPages, 1), 1024);
  EXPECT_EQ(counts.misses[0], kPages * 4);
  EXPECT_EQ(counts.synonym_misses, kPages * 4);
  EXPECT_EQ(counts.misses[1], 0U);
}

TEST(Machine, PrefetchOfTheNextLineHalvesMissesAndStopsAtThePage) {
  Geometry geometry = one_level(32 << 10, 8, 64);
  geometry.prefetch = Prefetch::kNextLine;
  const Counts counts = steady(geometry, coloured(64, 64), 64);
  EXPECT_EQ(counts.misses[0], 64U * 32);  // every other line
  EXPECT_EQ(counts.prefetches, 64U * 32);
  geometry.prefetch = Prefetch::kStride;
  // The first line of each page, and two more until the stride is known again after the jump back.
  EXPECT_EQ(steady(geometry, coloured(64, 64), 64).misses[0], 64U + 2);
  EXPECT_EQ(steady(geometry, coloured(64, 64), 4096).misses[0], 64U);  // never beyond the page
}

TEST(Machine, RandomReplacementKeepsWhatFits) {
  Geometry geometry = one_level(32 << 10, 8, 64);
  geometry.caches[0].replacement = Replacement::kRandom;
  const auto fits =
      value_of(settle_sequential(geometry, *MappedTable::create(kBase, coloured(8, 8), 4096), 64));
  EXPECT_EQ(fits.counts.misses[0], 0U);
  // 16 pages in a circle: LRU would miss always, chance keeps some.
  const auto pfns = coloured(16, 16);
  const auto over =
      value_of(settle_sequential(geometry, *MappedTable::create(kBase, pfns, 4096), 64));
  EXPECT_FALSE(over.steady);
  EXPECT_EQ(over.counts.reads, kChancePasses * 16U * 64);
  EXPECT_GT(over.per_read(over.counts.misses[0]), 0.5);
  EXPECT_LT(over.per_read(over.counts.misses[0]), 1.0);
}

}  // namespace
}  // namespace zp::model
