// SPDX-License-Identifier: MIT
#include "harness/memory/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "harness/memory/contents.hpp"
#include "harness/memory/placement.hpp"
#include "harness/walk/kernels.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"
#include "tests/unit/memory/filled_table.hpp"

namespace zp {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Table, IsAlignedWhereverItLands) {
  const std::uint64_t page = system_page_bytes();
  for (std::uint64_t alignment = page; alignment <= 4096 * page; alignment *= 2) {
    const auto table = value_of(Table::map(3 * page, alignment));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(table.base()) % alignment, 0U);
    EXPECT_EQ(table.pages(), 3U);
    table.base()[3 * page - 1] = std::byte{1};  // all of it is there
  }
}

TEST(Table, TooLargeIsAnErrorNotACrash) {
  EXPECT_EQ(error_of(Table::map(1ULL << 55, system_page_bytes())).code, ExitCode::kCannotRun);
}

TEST(Placement, HugePagesThatThisProcessIsNotGivenAreSaidToBeOff) {
  FakeTree tree;
  tree.write("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
  tree.write("sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n");
  tree.write("proc/self/status", "Name:\tx\nTHP_enabled:\t0\n");
  const auto why = value_of(why_not_here({PlacementKind::kHugePrivate}, tree.roots()));
  EXPECT_THAT(why, HasSubstr("PR_SET_THP_DISABLE"));
  tree.write("proc/self/status", "Name:\tx\nTHP_enabled:\t1\n");
  const auto weak = value_of(
      why_not_here({PlacementKind::kHugePrivate}, tree.roots()));  // no pagemap in this tree
  EXPECT_THAT(weak, Not(HasSubstr("PR_SET_THP_DISABLE")));
}

TEST(MemoryNeeded, IsThatOfTheFramesAndWhatTheKernelKeepsOfThem) {
  using enum PlacementKind;
  constexpr std::uint64_t kTable = 1ULL << 30;
  const std::uint64_t pages = kTable / system_page_bytes();
  EXPECT_EQ(memory_needed_bytes({kPrivate}, kTable), kTable + 8 * pages);
  EXPECT_GT(memory_needed_bytes({kKsmSingle}, kTable), memory_needed_bytes({kPrivate}, kTable));
  EXPECT_LT(memory_needed_bytes({kReadFault}, kTable), kTable / 100);
  EXPECT_LT(memory_needed_bytes({kMemfdColoured, 64}, kTable), kTable / 100);
  EXPECT_GT(memory_needed_bytes({kMemfdColoured, 1}, kTable), 200 * pages);
  EXPECT_EQ(memory_needed_bytes({kPrivate}, ~std::uint64_t{4095}), ~std::uint64_t{0});
}

TEST(Contents, EveryWordIsWhatWasAskedFor) {
  const Contents contents{0x5a5a, 4};
  const Table table = filled_table(9, contents);
  const std::uint64_t words_of_page = system_page_bytes() / sizeof(std::uint64_t);
  const auto* word = reinterpret_cast<const std::uint64_t*>(table.base());
  for (std::uint64_t i = 0; i < 9 * words_of_page; ++i) {
    const bool first = i % words_of_page == 0;
    const auto colour = static_cast<double>((table.first_vpn() + i / words_of_page) % 4);
    ASSERT_EQ(word[i], first ? std::bit_cast<std::uint64_t>(colour) : 0x5a5a) << i;
  }
}

TEST(Contents, ExpectedSumIsWhatIsInMemory) {
  std::mt19937_64 random(2026);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  const std::uint64_t page_bytes = system_page_bytes();
  for (int round = 0; round < 40; ++round) {
    const Contents contents{below(2) == 0 ? 0 : random(), below(4) == 0 ? 0 : 1ULL << below(7)};
    const Table table = filled_table(1 + below(100), contents);
    for (int i = 0; i < 50; ++i) {
      const bool whole_pages = below(3) == 0;
      const std::uint64_t stride =
          whole_pages ? page_bytes * (1 + below(std::min<std::uint64_t>(3, table.pages())))
                      : 8 * (1 + below(page_bytes / 4));
      if (stride > table.bytes()) continue;
      Walk walk{table.base(), stride, table.bytes() / stride, page_bytes, 0, Order::kSequential, 1};
      walk.order = Order{static_cast<int>(below(3))};
      walk.rotate_bytes = whole_pages && below(2) == 0 ? 64 : 0;
      ASSERT_EQ(run_walk(walk), expected_sum(walk, contents)) << stride << " " << contents.colours;
      const auto threads = static_cast<unsigned>(1 + below(9));
      for (unsigned t = 0; t < threads; ++t) {
        const Walk share = share_of(walk, t, threads);
        ASSERT_EQ(run_walk(share), expected_sum(share, contents)) << stride << " share " << t;
      }
    }
  }
}

}  // namespace
}  // namespace zp
