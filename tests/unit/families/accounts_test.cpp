// SPDX-License-Identifier: MIT
#include "harness/families/accounts.hpp"

#include <gtest/gtest.h>

#include "harness/families/pressure.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

using Leaks = std::vector<std::string>;

Accounts sample() {
  Accounts accounts;
  accounts.pages_shared = 4;
  accounts.pages_sharing = 40;
  accounts.ksm_zero_pages = -16;
  accounts.ksm_frames = 4;
  accounts.rss_excess_pages = 0;
  accounts.unaccounted_bytes = 1 << 20;
  accounts.zero_frames = 1;
  accounts.zero_flags = {1ULL << 24};
  accounts.zero_mappings = {0};
  return accounts;
}

TEST(Swap, IsWhatTheControlGroupsLeaveOfIt) {
  FakeTree tree;
  EXPECT_EQ(why_no_swap(tree.roots(), 0), "this machine has no swap");
  tree.write("proc/meminfo", "SwapTotal: 2048 kB\nSwapFree: 1024 kB\n");
  tree.write("proc/self/cgroup", "0::/a/b\n");
  EXPECT_EQ(why_no_swap(tree.roots(), 1 << 20), std::nullopt);
  EXPECT_EQ(why_no_swap(tree.roots(), 2 << 20), "1 MiB of swap are free, it takes 2 MiB");
  tree.write("sys/fs/cgroup/a/memory.swap.max", "524288\n");
  tree.write("sys/fs/cgroup/a/memory.swap.current", "0\n");
  EXPECT_EQ(why_no_swap(tree.roots(), 1 << 20),
            "512 KiB of swap are free to this control group (memory.swap.max), it takes 1 MiB");
  tree.write("sys/fs/cgroup/a/memory.swap.max", "0\n");
  EXPECT_TRUE(why_no_swap(tree.roots(), 0));
}

TEST(Accounts, AreTheSame) {
  EXPECT_EQ(find_leaks(sample(), sample()), Leaks{});
}

TEST(Accounts, NameWhatLeaksWithItsSize) {
  Accounts after = sample();
  after.pages_sharing = 43;
  after.ksm_zero_pages = -20;
  after.ksm_frames = 5;
  EXPECT_EQ(find_leaks(sample(), after),
            (Leaks{"pages_sharing: 3 too many", "ksm_zero_pages: 4 too few",
                   "frames flagged KSM: 1 too many"}));
}

TEST(Accounts, LetTheInexactOnesDrift) {
  Accounts after = sample();
  after.rss_excess_pages = rss_tolerance_pages();
  *after.unaccounted_bytes += kUnaccountedToleranceBytes;
  EXPECT_EQ(find_leaks(sample(), after), Leaks{});
  *after.rss_excess_pages += 1;
  *after.unaccounted_bytes += 1;
  EXPECT_EQ(find_leaks(sample(), after).size(), 2);
  after = sample();
  *after.unaccounted_bytes -= 1 << 30;  // memory that came back
  EXPECT_EQ(find_leaks(sample(), after), Leaks{});
}

TEST(Accounts, MergedFramesThatGoAwayAreNoLeak) {
  Accounts after = sample();
  *after.ksm_frames += 1;
  EXPECT_EQ(find_leaks(sample(), after), Leaks{"frames flagged KSM: 1 too many"});
  *after.ksm_frames -= 2;
  EXPECT_EQ(find_leaks(sample(), after), Leaks{});
}

TEST(Accounts, WatchTheZeroPage) {
  Accounts after = sample();
  after.zero_flags = {1ULL << 24 | 1ULL << 21};
  EXPECT_EQ(find_leaks(sample(), after), Leaks{"the zero page's flags (/proc/kpageflags) changed"});
  after = sample();
  after.zero_mappings = {7};
  EXPECT_EQ(find_leaks(sample(), after),
            Leaks{"the zero page's count of mappings (/proc/kpagecount) changed"});
  after = sample();
  after.zero_page_is_zero = false;
  EXPECT_EQ(find_leaks(sample(), after), Leaks{"the zero page is no longer all zeros"});
}

TEST(Accounts, LeaveOutWhatTheKernelDoesNotTell) {
  Accounts before = sample(), after = sample();
  before.ksm_zero_pages.reset();
  after.ksm_frames.reset();
  after.pages_shared.reset();
  EXPECT_EQ(find_leaks(before, after), Leaks{});
}

TEST(Accounts, ReadACountBelowZero) {
  const FakeTree tree;
  EXPECT_EQ(read_ksm_zero_pages(tree.roots()), std::nullopt);
  tree.write("sys/kernel/mm/ksm/ksm_zero_pages", "-16\n");
  EXPECT_EQ(read_ksm_zero_pages(tree.roots()), -16);
  tree.write("sys/kernel/mm/ksm/ksm_zero_pages", "x\n");
  EXPECT_EQ(read_ksm_zero_pages(tree.roots()), std::nullopt);
}

}  // namespace
}  // namespace zp
