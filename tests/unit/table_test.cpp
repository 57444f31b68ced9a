// SPDX-License-Identifier: MIT
#include "harness/memory/table.hpp"

#include <gtest/gtest.h>

#include "harness/memory/placement.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

TEST(Table, IsAlignedWhereverItLands) {
  const std::uint64_t page = system_page_bytes();
  for (std::uint64_t alignment = page; alignment <= 4096 * page; alignment *= 2) {
    const auto table = Table::map(3 * page, alignment);
    ASSERT_TRUE(table);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(table->base()) % alignment, 0U);
    EXPECT_EQ(table->pages(), 3U);
    table->base()[3 * page - 1] = std::byte{1};  // all of it is there
  }
}

TEST(Table, TooLargeIsAnErrorNotACrash) {
  const auto table = Table::map(1ULL << 55, system_page_bytes());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, ExitCode::kCannotRun);
}

TEST(Placement, HugePagesThatThisProcessIsNotGivenAreSaidToBeOff) {
  FakeTree tree;
  tree.write("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
  tree.write("sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n");
  tree.write("proc/self/status", "Name:\tx\nTHP_enabled:\t0\n");
  const auto why = why_not_here({PlacementKind::kHugePrivate}, tree.roots());
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("PR_SET_THP_DISABLE"), why->npos) << *why;
  tree.write("proc/self/status", "Name:\tx\nTHP_enabled:\t1\n");
  const auto weak = why_not_here({PlacementKind::kHugePrivate}, tree.roots());
  ASSERT_TRUE(weak);  // no pagemap in this tree
  EXPECT_EQ(weak->find("PR_SET_THP_DISABLE"), weak->npos) << *weak;
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
}

}  // namespace
}  // namespace zp
