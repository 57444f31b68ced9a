// SPDX-License-Identifier: MIT
// What of the memory may be taken, by the kernel and the control groups, on trees of our own.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include <filesystem>

#include "harness/host/available_memory.hpp"
#include "harness/host/memory_limit.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

TEST(AvailableMemory, IsWhatTheKernelSays) {
  FakeTree tree;
  EXPECT_EQ(available_memory_bytes(tree.roots()), std::nullopt);
  tree.write("proc/meminfo", "MemTotal: 2000 kB\nMemFree: 10 kB\nMemAvailable:  1000 kB\n");
  EXPECT_EQ(available_memory_bytes(tree.roots()), 1024'000U);
}

TEST(MemoryLimit, NeedsTheControllerOfTheSecondVersion) {
  FakeTree tree;
  tree.write("proc/self/cgroup", "4:memory:/old\n");
  EXPECT_EQ(MemoryLimit::set(tree.roots(), 1 << 20).error().message,
            "this machine has no cgroup v2");
  tree.write("proc/self/cgroup", "4:memory:/old\n0::/user/me\n");
  tree.write("sys/fs/cgroup/user/cgroup.subtree_control", "cpu pids\n");
  const auto off = MemoryLimit::set(tree.roots(), 1 << 20);
  ASSERT_FALSE(off);
  EXPECT_EQ(off.error().code, ExitCode::kCannotRun);
  EXPECT_THAT(off.error().message,
              testing::HasSubstr("not on in " + tree.path("sys/fs/cgroup/user")));
}

// A directory here is not a group: it has no files of the kernel's. What came before must be gone.
TEST(MemoryLimit, LeavesNoGroupBehind) {
  FakeTree tree;
  tree.write("proc/self/cgroup", "0::/user/me\n");
  tree.write("sys/fs/cgroup/user/cgroup.subtree_control", "cpu memory\n");
  std::filesystem::create_directories(tree.path("sys/fs/cgroup/user/zpbench-1"));  // as by SIGKILL
  EXPECT_FALSE(MemoryLimit::set(tree.roots(), 1 << 20));
  EXPECT_FALSE(std::filesystem::exists(tree.path("sys/fs/cgroup/user/zpbench-1")));
  EXPECT_FALSE(std::filesystem::exists(
      tree.path("sys/fs/cgroup/user/zpbench-" + std::to_string(::getpid()))));
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
