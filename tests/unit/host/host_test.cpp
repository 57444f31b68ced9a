// SPDX-License-Identifier: MIT
// What is read of machine and kernel, on /proc and /sys trees of our own.
#include <gmock/gmock.h>
#include <numaif.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "harness/host/available_memory.hpp"
#include "harness/host/boot_parameters.hpp"
#include "harness/host/control_groups.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/huge_pages.hpp"
#include "harness/host/kernel_log.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/process_stat.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/host/topology.hpp"
#include "harness/host/zram_swap.hpp"
#include "harness/support/clock.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

TEST(HugePages, AFileThatSaysWhatNoneCanBeMeansNone) {
  FakeTree tree;
  const auto bytes = [&](const std::string& text) {
    tree.write("sys/kernel/mm/transparent_hugepage/hpage_pmd_size", text);
    return huge_page_bytes(tree.roots());
  };
  EXPECT_EQ(bytes("2097152\n"), 2097152U);
  for (const char* text : {"", "0\n", "max\n", "-1\n", "2097153\n", "9223372036854775808\n",
                           "18446744073709551615\n", "18446744073709551616\n"})
    EXPECT_EQ(bytes(text), 0U) << text;
}

// Linux 6.8 has a file for each size.
TEST(HugePages, TheirSizeMayBeOffWhereTheyAreOn) {
  FakeTree tree;
  tree.write("sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n");
  EXPECT_EQ(why_denied_huge_pages(tree.roots()), std::nullopt);
  const std::string file = "sys/kernel/mm/transparent_hugepage/hugepages-2048kB/enabled";
  for (const char* text : {"[always] inherit madvise never", "always [inherit] madvise never",
                           "always inherit [madvise] never"}) {
    tree.write(file, text);
    EXPECT_EQ(why_denied_huge_pages(tree.roots()), std::nullopt) << text;
  }
  tree.write(file, "always inherit madvise [never]\n");
  EXPECT_EQ(why_denied_huge_pages(tree.roots()),
            "huge pages of this size are off (" + tree.path(file) + " is never)");
}

TEST(ControlGroups, APathOfAnyShapeLeadsToTheTop) {
  FakeTree tree;
  tree.write("proc/meminfo", "MemAvailable: 1024 kB\n");
  tree.write("sys/fs/cgroup/memory.max", "4096\n");
  tree.write("sys/fs/cgroup/memory.current", "0\n");
  for (const char* path : {"/", "//", "///", "", "a", "..", "/..", "/a//b/", "//a"}) {
    tree.write("proc/self/cgroup", fmt::format("0::{}\n", path));
    EXPECT_EQ(available_memory_bytes(tree.roots()), 4096U) << path;
    const auto directories = group_directories(tree.roots(), "cpu");
    EXPECT_TRUE(std::ranges::count(directories, tree.path("sys/fs/cgroup/")) == 1) << path;
  }
}

TEST(CpuLimit, TheLeastQuotaOfAllLevelsCounts) {
  FakeTree tree;
  EXPECT_FALSE(cpu_quota(tree.roots()));
  tree.write("proc/self/cgroup", "0::/outer/inner\n");
  tree.write("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
  EXPECT_FALSE(cpu_quota(tree.roots()));
  tree.write("sys/fs/cgroup/outer/cpu.max", "20000 100000\n");
  EXPECT_DOUBLE_EQ(*cpu_quota(tree.roots()), 0.2);
  tree.write("proc/self/cgroup", "3:cpu,cpuacct:/box\n0::/\n");
  tree.write("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1\n");
  tree.write("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
  EXPECT_FALSE(cpu_quota(tree.roots()));
  tree.write("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "150000\n");
  EXPECT_DOUBLE_EQ(*cpu_quota(tree.roots()), 1.5);
}

TEST(CpuLimit, AQuotaOfAllCpusIsNone) {
  FakeTree tree;
  tree.write("proc/self/cgroup", "0::/\n");
  const auto quota = [&](const char* text) {
    tree.write("sys/fs/cgroup/cpu.max", text);
    return cpu_quota(tree.roots());
  };
  EXPECT_FALSE(quota("18446744073709551615 100000\n"));
  EXPECT_DOUBLE_EQ(quota("6553500000 100000\n").value_or(0), 65535);
  tree.write("sys/devices/system/cpu/online", "0-1,4-5\n");
  EXPECT_FALSE(quota("400000 100000\n"));
  EXPECT_DOUBLE_EQ(quota("390000 100000\n").value_or(0), 3.9);
}

TEST(CpuLimit, ThrottlingAndStealAreReadWhereTheyAre) {
  FakeTree tree;
  EXPECT_FALSE(CpuWatch(tree.roots()).account({0}).throttled_s);
  EXPECT_FALSE(CpuWatch(tree.roots()).account({0}).steal_s);
  tree.write("proc/self/cgroup", "0::/a\n");
  tree.write("sys/fs/cgroup/a/cpu.max", "20000 100000\n");
  tree.write("sys/fs/cgroup/a/cpu.stat", "usage_usec 7\nthrottled_usec 2500000\n");
  tree.write("proc/stat",
             "cpu  1 2 3 4 5 6 7 900 0 0\ncpu0 1 2 3 4 5 6 7 300 0 0\n"
             "cpu1 1 2 3 4 5 6 7 600 0 0\nintr 5\n");
  const auto account = CpuWatch(tree.roots()).account({1});
  EXPECT_DOUBLE_EQ(*account.throttled_s, 2.5);
  EXPECT_DOUBLE_EQ(*account.steal_s, 600.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)));
  tree.write("proc/thread-self/schedstat", "1000 2500000000 3\n");
  EXPECT_DOUBLE_EQ(*run_delay_seconds(tree.roots()), 2.5);
  // A kernel that keeps no such account says so of everybody; a thread that reads has run once.
  for (const char* text : {"0 0 0\n", "0 0\n", "0 0 x\n", "\n"}) {
    tree.write("proc/thread-self/schedstat", text);
    EXPECT_FALSE(run_delay_seconds(tree.roots())) << text;
  }
}

TEST(ProcessStat, MajorFaultsAreThoseOfGetrusage) {
  if (!ZP_PAGES_OF_THIS_MACHINE) GTEST_SKIP() << "user-mode QEMU";
  const auto counted = [] {
    struct rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_majflt);
  };
  const auto before = counted();
  const auto read = stat_number(Roots{}, "self", kStatMajorFaults);
  ASSERT_TRUE(read);
  EXPECT_LE(before, *read);
  EXPECT_LE(*read, counted());
}

TEST(CpuLimit, AThreadHasNothingOfItsCpuWhileItSleeps) {
  const double at_start = thread_cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double slept = thread_cpu_seconds();
  EXPECT_LT(slept - at_start, 0.025);
  const auto start = Clock::now();
  while (thread_cpu_seconds() - slept < 0.01) {
  }
  EXPECT_GT(seconds_since(start), 0.009);
}

// CPU 0 may be offline (arm64, s390x, POWER): then its caches are not there.
TEST(Host, CachesAreThoseOfACpuThatIsOnline) {
  FakeTree tree;
  const std::string at = "sys/devices/system/cpu/cpu2/cache/index0/";
  tree.write(at + "type", "Data\n");
  tree.write(at + "level", "1\n");
  tree.write(at + "size", "48K\n");
  EXPECT_FALSE(data_cache(tree.roots(), 1));
  tree.write("sys/devices/system/cpu/online", "2-3\n");
  ASSERT_TRUE(data_cache(tree.roots(), 1));
  EXPECT_EQ(data_cache(tree.roots(), 1)->size_bytes, 48U << 10);
}

TEST(SystemCalls, AFilterIsNamedWhereItMayBeTheCause) {
  FakeTree tree;
  tree.write("proc/self/status", "Name: x\nSeccomp:\t0\n");
  EXPECT_EQ(describe_call(tree.roots(), "flock", EPERM),
            "flock: Operation not permitted (errno 1)");
  tree.write("proc/self/status", "Name: x\nSeccomp:\t2\n");
  EXPECT_THAT(describe_call(tree.roots(), "flock", EPERM), testing::HasSubstr("seccomp"));
  EXPECT_EQ(describe_call(tree.roots(), "flock", ENOLCK),
            fmt::format("flock: No locks available (errno {})", ENOLCK));
}

// Laid out as mkswap(8) writes it, for file(1) and the kernel to read.
TEST(ZramSwap, TheHeaderCarriesOurLabel) {
  for (const std::uint64_t page_bytes : {4096U, 65536U}) {
    auto page = swap_header(page_bytes, 100);
    ASSERT_EQ(page.size(), page_bytes);
    const auto* const text = reinterpret_cast<const char*>(page.data());
    EXPECT_EQ(std::string(text + page_bytes - 10, 10), "SWAPSPACE2");
    std::uint32_t version = 0, last_page = 0;
    std::memcpy(&version, text + 1024, sizeof version);
    std::memcpy(&last_page, text + 1028, sizeof last_page);
    EXPECT_EQ(version, 1U);
    EXPECT_EQ(last_page, 99U);
    EXPECT_TRUE(is_our_swap_header(page));
    page[1052 + 7] = std::byte{'2'};  // "zpbench2"
    EXPECT_FALSE(is_our_swap_header(page));
    EXPECT_FALSE(is_our_swap_header(std::vector<std::byte>(page_bytes)));
  }
}

TEST(ZramSwap, SaysWhyThereIsNone) {
  const FakeTree tree;
  EXPECT_THAT(*why_no_zram_swap(tree.roots()), testing::HasSubstr("no zram here"));
  tree.write("sys/class/zram-control/hot_add", "");
  tree.write("sys/class/zram-control/hot_remove", "");
  EXPECT_EQ(why_no_zram_swap(tree.roots()), std::nullopt);
  EXPECT_EQ(next_zram_device(tree.roots()), 0U);
  tree.write("sys/block/zram0/mm_stat", "  8192 74 12288 0 12288 1 0 0 0\n");
  EXPECT_EQ(next_zram_device(tree.roots()), 1U);
  EXPECT_EQ(read_zram_contents(tree.roots(), 0)->pages, 8192 / system_page_bytes());
  EXPECT_EQ(read_zram_contents(tree.roots(), 0)->compressed_bytes, 74U);
}

TEST(BootParameters, OnlyThoseThatBearOnAMeasurement) {
  EXPECT_EQ(shown_boot_parameters("BOOT_IMAGE=/boot/vmlinuz-6.1 root=UUID=0123-4567 ro quiet "
                                  "mitigations=off transparent_hugepage=madvise isolcpus=2-3 "
                                  "vpn.psk=hunter2 ip=192.0.2.7:::::eth0"),
            "mitigations=off transparent_hugepage=madvise isolcpus=2-3 (6 others not shown)");
  EXPECT_EQ(shown_boot_parameters("hugepagesz=1G hugepages=4 mem=8G nokaslr nosmt=force\n"),
            "hugepagesz=1G hugepages=4 mem=8G nokaslr nosmt=force");
  EXPECT_EQ(shown_boot_parameters("rdinit=/agent"), "(1 other not shown)");
  EXPECT_EQ(shown_boot_parameters(""), "");
}

TEST(BootParameters, NothingHidesInThem) {
  // What follows "--" is init's, quotes hold a word together, and nobody's value is that long.
  EXPECT_EQ(shown_boot_parameters("maxcpus=2 -- mem=secret --addr 192.0.2.7"),
            "maxcpus=2 (3 others not shown)");
  EXPECT_EQ(shown_boot_parameters("dyndbg=\"file x mem=secret +p\" mem=1G"),
            "mem=1G (1 other not shown)");
  EXPECT_EQ(shown_boot_parameters("mem=" + std::string(100, 'x')), "(1 other not shown)");
  EXPECT_EQ(shown_boot_parameters("memory_key=secret xmem=secret"), "(2 others not shown)");
}

std::vector<int> cpus_of_this_thread() {
  cpu_set_t set;
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(static_cast<int>(cpu));
  return cpus;
}

int policy_of_this_thread() {
  int policy = -1;
  return ::get_mempolicy(&policy, nullptr, 0, nullptr, 0) == 0 ? policy : -1;
}

TEST(Topology, AThreadGoesBackToItsPlace) {
  const std::vector<int> cpus = cpus_of_this_thread();
  const int policy = policy_of_this_thread();
  const Node home = nodes().front();
  {
    const auto pinned = stay_on_one_cpu();
    ASSERT_TRUE(pinned) << pinned.error().message;
    EXPECT_EQ(cpus_of_this_thread(), std::vector<int>{cpus.front()});
    {
      const ThreadPlace inner;
      ASSERT_TRUE(pin_thread_to_cpu(cpus.back()));
      ASSERT_TRUE(bind_memory_to_node(home.id));
      EXPECT_EQ(cpus_of_this_thread(), std::vector<int>{cpus.back()});
    }
    EXPECT_EQ(cpus_of_this_thread(), std::vector<int>{cpus.front()});
    EXPECT_EQ(policy_of_this_thread(), policy);
  }
  EXPECT_EQ(cpus_of_this_thread(), cpus);
}

TEST(Topology, UnknownNodesAreRefusedWithThoseThatAre) {
  const auto none = error_of(cpus_of_node(4711));
  EXPECT_EQ(none.code, ExitCode::kUsage);
  EXPECT_THAT(none.message, testing::HasSubstr("unknown node 4711; this machine has node 0"));
  EXPECT_FALSE(cpus_of_node(nodes().front().id)->empty());
}

TEST(KernelLog, KnowsAnAlarm) {
  EXPECT_EQ(alarm_in_record("1,815,99,-;BUG: Bad rss-counter state mm:x type:MM_ANONPAGES val:1\n"),
            "BUG: Bad rss-counter state mm:x type:MM_ANONPAGES val:1");
  EXPECT_EQ(alarm_in_record("4,816,99,-;WARNING: CPU: 0 PID: 1 at mm/ksm.c:1\n SUBSYSTEM=x\n"),
            "WARNING: CPU: 0 PID: 1 at mm/ksm.c:1");
}

TEST(KernelLog, TakesOtherMessagesForNone) {
  EXPECT_EQ(alarm_in_record("6,817,99,-;__vm_enough_memory: pid: 4618, not enough memory\n"), "");
  EXPECT_EQ(alarm_in_record("6,817,99,-;eth0: up\n DEVICE=WARNING: no\n"), "");
  EXPECT_EQ(alarm_in_record("no record"), "");
  EXPECT_EQ(alarm_in_record(""), "");
}

TEST(KernelLog, SaysWhyItCantBeRead) {
  const auto log = error_of(KernelLog::open("/nonexistent/kmsg"));
  EXPECT_EQ(log.code, ExitCode::kCannotRun);
  EXPECT_EQ(log.message, "cannot read /nonexistent/kmsg: No such file or directory");
}

}  // namespace
}  // namespace zp
