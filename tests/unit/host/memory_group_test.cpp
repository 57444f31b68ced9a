// SPDX-License-Identifier: MIT
// What of the memory may be taken, by the kernel and the control groups, on trees of our own.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include "harness/host/available_memory.hpp"
#include "harness/host/memory_group.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

TEST(AvailableMemory, IsWhatTheKernelSays) {
  FakeTree tree;
  EXPECT_EQ(available_memory_bytes(tree.roots()), std::nullopt);
  tree.write("proc/meminfo", "MemTotal: 2000 kB\nMemFree: 10 kB\nMemAvailable:  1000 kB\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 1024'000U);
}

// A table is bound to its node: MemAvailable of the whole machine is not its to take.
TEST(AvailableMemory, OfANodeIsWhatThatHas) {
  FakeTree tree;
  tree.write("proc/meminfo", "MemAvailable: 9000000 kB\n");
  EXPECT_TRUE(check_memory(tree.roots(), 1ULL << 30, 1));
  tree.write("sys/devices/system/node/node1/meminfo",
             "Node 1 MemTotal: 4000000 kB\nNode 1 MemFree: 500000 kB\n"
             "Node 1 Inactive(file): 100000 kB\nNode 1 SReclaimable: 24 kB\n");
  EXPECT_EQ(node_memory_bytes(tree.roots(), 1), 600024U << 10);
  EXPECT_TRUE(check_memory(tree.roots(), 1ULL << 30));
  EXPECT_TRUE(check_memory(tree.roots(), 256ULL << 20, 1));
  EXPECT_EQ(error_of(check_memory(tree.roots(), 1ULL << 30, 1)).message,
            "needs 1.1 GiB of memory, 586.0 MiB is available on node 1");
}

TEST(MemoryGroup, OfTheSecondVersionNeedsItsController) {
  FakeTree tree;
  tree.write("proc/self/cgroup", "4:memory:/old\n");
  EXPECT_EQ(second_version_group(tree.roots()).error().message, "this machine has no cgroup v2");
  tree.write("proc/self/cgroup", "4:memory:/old\n0::/user/me\n");
  tree.write("sys/fs/cgroup/user/cgroup.subtree_control", "cpu pids\n");
  const auto off = error_of(second_version_group(tree.roots()));
  EXPECT_EQ(off.code, ExitCode::kCannotRun);
  EXPECT_THAT(off.message, testing::HasSubstr("not on in " + tree.path("sys/fs/cgroup/user")));
}

// Beside the group of this process in the second version, below it in the first: in both, the
// limits above stay in force.
TEST(MemoryGroup, LiesWhereTheLimitsAboveStayInForce) {
  FakeTree tree;
  tree.write("proc/self/cgroup", "4:cpu,memory:/old/me\n0::/user/me\n");
  const auto expect_group = [&](bool first_version, const std::string& home,
                                const std::string& above) {
    const auto group = value_of(any_version_group(tree.roots()));
    EXPECT_EQ(group.first_version, first_version);
    EXPECT_EQ(group.home, tree.path(home));
    EXPECT_EQ(group.group, tree.path(above + "/zpbench-" + std::to_string(::getpid())));
  };
  expect_group(true, "sys/fs/cgroup/memory/old/me", "sys/fs/cgroup/memory/old/me");
  tree.write("sys/fs/cgroup/user/cgroup.subtree_control", "cpu memory\n");
  expect_group(false, "sys/fs/cgroup/user/me", "sys/fs/cgroup/user");
  tree.write("proc/self/cgroup", "4:cpu:/\n");
  EXPECT_EQ(any_version_group(tree.roots()).error().message,
            "this machine has no cgroup v2; the memory controller of cgroup v1 is not there");
}

TEST(MemoryGroup, IsToldByItsName) {
  EXPECT_TRUE(is_our_memory_group("/sys/fs/cgroup/zpbench-1"));
  for (const char* other : {"", "/", "zpbench-1", "/sys/fs/cgroup/zpbench-", "/sys/fs/cgroup",
                            "/zpbench-1/user", "/sys/zpbench-1x", "/sys/azpbench-1"})
    EXPECT_FALSE(is_our_memory_group(other)) << other;
}

// What the files of the two versions are called, and what is written there.
TEST(MemoryGroup, IsReclaimedAsItsVersionHasIt) {
  FakeTree tree;
  const MemoryGroup second{tree.path("home"), tree.path("second")};
  const MemoryGroup first{tree.path("home"), tree.path("first"), true};
  EXPECT_THAT(error_of(reclaim_memory(second, 4096)).message,
              testing::HasSubstr("no memory.reclaim (Linux 5.19)"));
  EXPECT_TRUE(forbid_swap(second));  // a kernel that does not account swap
  for (const char* file : {"second/memory.reclaim", "second/memory.swap.max",
                           "first/memory.force_empty", "first/memory.swappiness"})
    tree.write(file, "");
  for (const MemoryGroup& group : {first, second}) {
    ASSERT_TRUE(reclaim_memory(group, 4096));
    ASSERT_TRUE(forbid_swap(group));
  }
  EXPECT_EQ(tree.read("second/memory.reclaim"), "4096");
  EXPECT_EQ(tree.read("second/memory.swap.max"), "0");
  EXPECT_EQ(tree.read("first/memory.force_empty"), "1");
  EXPECT_EQ(tree.read("first/memory.swappiness"), "0");
}

TEST(AvailableMemory, IsBoundByEveryControlGroupAbove) {
  FakeTree tree;
  tree.write("proc/meminfo", "MemAvailable: 1000000 kB\n");
  tree.write("proc/self/cgroup", "0::/outer/inner\n");
  tree.write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  tree.write("sys/fs/cgroup/outer/inner/memory.current", "4096\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 1'024'000'000U);
  tree.write("sys/fs/cgroup/outer/memory.max", "10000\n");
  tree.write("sys/fs/cgroup/outer/memory.current", "9000\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 1000U);
  tree.write("sys/fs/cgroup/outer/memory.stat", "anon 1\ninactive_file 2000\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 3000U);
  tree.write("sys/fs/cgroup/outer/memory.current", "20000\n");  // above its limit
  EXPECT_EQ(available_memory_bytes(tree.roots()), 0U);
}

// Above memory.high the kernel reclaims and throttles: a table would be swapped out.
TEST(AvailableMemory, MemoryHighIsALimitAtEveryLevel) {
  FakeTree tree;
  tree.write("proc/meminfo", "MemAvailable: 1000000 kB\n");
  tree.write("proc/self/cgroup", "0::/outer/middle/inner\n");
  for (const char* at : {"outer/middle/inner", "outer/middle", "outer"}) {
    tree.write(fmt::format("sys/fs/cgroup/{}/memory.max", at), "max\n");
    tree.write(fmt::format("sys/fs/cgroup/{}/memory.high", at), "max\n");
    tree.write(fmt::format("sys/fs/cgroup/{}/memory.current", at), "100\n");
  }
  tree.write("sys/fs/cgroup/outer/memory.high", "5100\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 5000U);
  tree.write("sys/fs/cgroup/outer/memory.max", "4100\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 4000U);
  tree.write("sys/fs/cgroup/outer/middle/inner/memory.high", "1100\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 1000U);
  // Beside hierarchies of the first version the second one lies deeper.
  tree.write("proc/self/cgroup", "5:cpu:/\n0::/a\n");
  tree.write("sys/fs/cgroup/unified/a/memory.high", "300\n");
  tree.write("sys/fs/cgroup/unified/a/memory.current", "100\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 200U);
}

TEST(AvailableMemory, KnowsTheFirstVersionOfControlGroups) {
  FakeTree tree;
  tree.write("proc/meminfo", "MemAvailable: 1000000 kB\n");
  tree.write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:hugetlb,memory:/docker/1\n0::/\n");
  tree.write("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "500\n");
  tree.write("sys/fs/cgroup/memory/docker/1/memory.usage_in_bytes", "200\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 300U);
  tree.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  tree.write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000\n");
  tree.write("sys/fs/cgroup/memory/docker/1/memory.stat",
             "inactive_file 1\ntotal_inactive_file 50\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 350U);
  // Its memory.high is called soft limit.
  tree.write("sys/fs/cgroup/memory/docker/1/memory.soft_limit_in_bytes", "400\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 250U);
}

}  // namespace
}  // namespace zp
