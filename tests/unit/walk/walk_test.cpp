// SPDX-License-Identifier: MIT
#include "harness/walk/walk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include "harness/walk/kernels.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr Order kOrders[] = {Order::kSequential, Order::kRandom, Order::kDependent};

// Random words, so that a slot read twice, or not at all, changes the sum.
std::vector<std::uint64_t> random_words(std::uint64_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> words(bytes / sizeof(std::uint64_t));
  for (auto& word : words) word = random();
  return words;
}

std::uint64_t reference_sum(const Walk& walk) {
  std::uint64_t sum = 0;
  replay(walk, [&](std::uint64_t offset) {
    sum += *reinterpret_cast<const std::uint64_t*>(walk.base + offset);
  });
  return sum;
}

TEST(Permutation, IsABijection) {
  std::vector<std::uint64_t> counts;
  for (std::uint64_t count = 1; count <= 70; ++count) counts.push_back(count);
  for (std::uint64_t count : {127U, 128U, 129U, 1000U, 4095U, 4096U, 4097U, 65537U, 100003U})
    counts.push_back(count);
  for (const std::uint64_t count : counts) {
    for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, 12345ULL, ~0ULL}) {
      const Permutation shuffled(count, seed);
      std::vector<bool> seen(count);
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t slot = shuffled(i);
        ASSERT_LT(slot, count) << count << " " << seed;
        ASSERT_FALSE(seen[slot]) << count << " " << seed;
        seen[slot] = true;
      }
    }
  }
}

TEST(Permutation, VisitsEachSlotOnce) {
  for (const std::uint64_t count : {1U, 2U, 5U, 4096U, 4097U, 100003U}) {
    const Permutation shuffled(count, 7);
    std::vector<bool> seen(count);
    shuffled.for_each([&](std::uint64_t slot) {
      ASSERT_LT(slot, count);
      ASSERT_FALSE(seen[slot]) << slot;
      seen[slot] = true;
    });
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), count);
  }
}

// A TLB must find as many pages of a shuffled walk, and a set as many lines of a few frames, as
// they would if a die had been rolled, whatever the seed: such hits decide what a walk takes.
TEST(Permutation, ComesBackToPagesAndFramesAsChanceDoes) {
  constexpr std::uint64_t kSlotsOfPage = 4, kFrames = 128;
  struct Window {
    bool of_frames;
    std::uint64_t reads;
  };
  constexpr Window kWindows[] = {
      {false, 1024}, {false, 2048}, {false, 4096}, {true, 12}, {true, 48}};
  std::mt19937_64 die(1);
  for (const std::uint64_t count : {65536U, 81920U, 262144U, 327680U}) {
    // The share of reads that come back to a page, or a frame, within a window.
    const auto shares = [&](const auto& for_each) {
      std::vector<std::uint64_t> pages(count / kSlotsOfPage), frames(kFrames);
      std::array<double, std::size(kWindows)> found{};
      std::uint64_t read = 1ULL << 40;
      for_each([&](std::uint64_t slot) {
        auto& page = pages[slot / kSlotsOfPage];
        auto& frame = frames[slot % kFrames];
        for (std::size_t k = 0; k < found.size(); ++k)
          found[k] += read - (kWindows[k].of_frames ? frame : page) < kWindows[k].reads
                          ? 1.0 / static_cast<double>(count)
                          : 0;
        page = frame = read++;
      });
      return found;
    };
    std::vector<std::uint64_t> slots(count);
    std::iota(slots.begin(), slots.end(), 0);
    std::ranges::shuffle(slots, die);
    const auto wanted = shares([&](auto visit) { std::ranges::for_each(slots, visit); });
    for (const std::uint64_t seed : {1ULL, 1764000053ULL, 1764000084ULL, 1764000130ULL}) {
      const auto found = shares([&](auto visit) { Permutation(count, seed).for_each(visit); });
      for (std::size_t k = 0; k < wanted.size(); ++k)
        EXPECT_NEAR(found[k], wanted[k], 0.15 * wanted[k]) << count << " " << seed << " " << k;
    }
  }
}

// A prefetcher must not guess the next slot, nor two seeds give one order.
TEST(Permutation, ShufflesAndDependsOnTheSeed) {
  constexpr std::uint64_t kCount = 4096;
  const Permutation a(kCount, 1), b(kCount, 2);
  std::set<std::uint64_t> steps;
  std::uint64_t same = 0;
  for (std::uint64_t i = 1; i < kCount; ++i) {
    steps.insert((a(i) - a(i - 1)) % kCount);
    same += a(i) == b(i);
  }
  EXPECT_GT(steps.size(), kCount / 8);
  EXPECT_LT(same, kCount / 64);
}

TEST(Replay, VisitsEachSlotOnce) {
  for (const Order order : kOrders) {
    for (const std::uint64_t reads : {1U, 7U, 8U, 9U, 100U, 256U}) {
      const Walk walk{nullptr, 24, reads, kPage, 0, order, 3};
      std::multiset<std::uint64_t> offsets;
      replay(walk, [&](std::uint64_t offset) { offsets.insert(offset); });
      ASSERT_EQ(offsets.size(), reads);
      std::uint64_t slot = 0;
      for (const std::uint64_t offset : offsets) EXPECT_EQ(offset, 24 * slot++);
    }
  }
}

TEST(Replay, RotatedReadsStayInTheirPageAndMoveOn) {
  for (const std::uint64_t page : {4096U, 16384U, 65536U}) {
    for (const std::uint64_t line : {32U, 64U, 128U, 256U}) {
      const Walk walk{nullptr, 2 * page, 5000, page, line, Order::kRandom, 9};
      std::set<std::uint64_t> in_page;
      replay(walk, [&](std::uint64_t offset) {
        EXPECT_EQ(offset / page % 2, 0U);  // every other page, as the stride says
        EXPECT_LE(offset % page, page - sizeof(std::uint64_t));
        in_page.insert(offset % page);
      });
      EXPECT_EQ(in_page.size(), page / line);
    }
  }
}

TEST(RunWalk, ReadsWhatReplayVisits) {
  constexpr std::uint64_t kBytes = 64 * kPage;
  const auto words = random_words(kBytes, 42);
  const auto* base = reinterpret_cast<const std::byte*>(words.data());
  for (const Order order : kOrders)
    for (const std::uint64_t stride : {8UL, 24UL, 64UL, 1000UL, 1024UL, kPage, 3U * kPage}) {
      const std::uint64_t most = kBytes / stride;
      for (std::uint64_t reads :
           {most, most - 1U, most - 3U, most - 5U, most / 2U + 1U, 1U + most % 8U}) {
        reads = std::min(reads, most);
        const Walk walk{base, stride, reads, kPage, 0, order, reads};
        ASSERT_EQ(run_walk(walk), reference_sum(walk))
            << to_string(order) << stride << " " << reads;
        if (stride % kPage != 0) continue;
        const Walk rotated{base, stride, reads, kPage, 64, order, reads};
        ASSERT_EQ(run_walk(rotated), reference_sum(rotated))
            << to_string(order) << stride << " " << reads;
      }
    }
}

// Chosen pages take the place of the table's, in turn.
TEST(RunWalk, ReadsChosenPagesRoundAndRound) {
  constexpr std::uint64_t kBytes = 64 * kPage;
  const auto words = random_words(kBytes, 43);
  const auto* base = reinterpret_cast<const std::byte*>(words.data());
  const std::vector<std::uint64_t> pages{7 * kPage, 0, 63 * kPage, 12 * kPage};
  for (const Order order : kOrders)
    for (const std::uint64_t stride : {8UL, 64UL, 1024UL, kPage, 3U * kPage})
      for (const std::uint64_t reads : {1UL, 5UL, 64UL, 1001UL}) {
        for (const std::uint64_t rotate : {0U, 64U}) {
          if (rotate != 0 && stride % kPage != 0) continue;
          const Walk walk{base, stride, reads, kPage, rotate, order, reads, pages};
          ASSERT_EQ(run_walk(walk), reference_sum(walk))
              << to_string(order) << stride << " " << reads;
        }
      }
  const Walk walk{base, 1024, 20, kPage, 0, Order::kSequential, 0, pages};
  std::vector<std::uint64_t> read;
  replay(walk, [&](std::uint64_t offset) { read.push_back(offset); });
  for (std::size_t i = 0; i < read.size(); ++i)
    EXPECT_EQ(read[i], pages[i / 4 % 4] + i % 4 * 1024) << i;
  const Walk far{base, 2 * kPage, 6, kPage, 64, Order::kSequential, 0, pages};
  read.clear();
  replay(far, [&](std::uint64_t offset) { read.push_back(offset); });
  for (std::size_t i = 0; i < read.size(); ++i)
    EXPECT_EQ(read[i], pages[i % 4] + (i + i / 4) * 64) << i;
}

TEST(RunWalk, OfNothingIsNothing) {
  for (const Order order : kOrders) {
    const Walk walk{nullptr, 64, 0, kPage, 0, order, 1};
    EXPECT_EQ(run_walk(walk), 0U);
  }
}

TEST(ShareOf, CoversEverySlotOnce) {
  for (const std::uint64_t reads : {1U, 5U, 64U, 1000U, 1001U})
    for (const unsigned threads : {1U, 2U, 3U, 7U, 16U}) {
      const std::byte base{};
      const Walk walk{&base, 64, reads, kPage, 0, Order::kRandom, 5};
      std::multiset<std::uint64_t> slots;
      for (unsigned i = 0; i < threads; ++i) {
        const Walk share = share_of(walk, i, threads);
        const auto first = static_cast<std::uint64_t>(share.base - walk.base);
        replay(share, [&](std::uint64_t offset) { slots.insert((first + offset) / 64); });
        // Nobody has more than one read above the others.
        EXPECT_GE(share.reads + 1, (reads + threads - 1) / threads);
        EXPECT_LE(share.reads, (reads + threads - 1) / threads);
      }
      ASSERT_EQ(slots.size(), reads);
      std::uint64_t next = 0;
      for (const std::uint64_t slot : slots) ASSERT_EQ(slot, next++);
    }
}

}  // namespace
}  // namespace zp
