// SPDX-License-Identifier: MIT
#include "harness/families/split_table.hpp"

#include <gtest/gtest.h>

#include "harness/host/huge_pages.hpp"
#include "harness/host/page_size.hpp"
#include "tests/outcome.hpp"

namespace zp {
namespace {

TEST(SplitTable, FillingAndLookingEndWhereCancelled) {
  if (huge_page_bytes(Roots{}) == 0) GTEST_SKIP() << "this kernel has no huge pages";
  SplitRequest request;
  request.contents = SplitContents::kLastWord;
  request.way = SplitWay::kDebugfs;
  const std::uint64_t bytes = 2 * kPagesBetweenAsking * system_page_bytes();
  const SplitTable split(request, Roots{}, value_of(Table::map(bytes, system_page_bytes())));
  const auto never = [] { return false; };
  int asked = 0;
  const auto second_time = [&asked] { return ++asked == 2; };
  EXPECT_EQ(error_of(split.fill(second_time)).code, ExitCode::kInterrupted);
  EXPECT_FALSE(value_of(split.holds(never))) << "half of it was filled";
  EXPECT_TRUE(split.fill(never));
  EXPECT_TRUE(value_of(split.holds(never)));
  asked = 0;
  EXPECT_EQ(error_of(split.holds(second_time)).code, ExitCode::kInterrupted);
}

}  // namespace
}  // namespace zp
