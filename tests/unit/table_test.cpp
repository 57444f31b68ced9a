// SPDX-License-Identifier: MIT
#include "harness/memory/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/memory/placement.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

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
}

}  // namespace
}  // namespace zp
