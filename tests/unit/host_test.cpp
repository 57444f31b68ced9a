// SPDX-License-Identifier: MIT
// What is read of machine and kernel, on /proc and /sys trees of our own.
#include <gmock/gmock.h>
#include <numaif.h>
#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "harness/host/available_memory.hpp"
#include "harness/host/boot_parameters.hpp"
#include "harness/host/control_groups.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/huge_pages.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/host/topology.hpp"
#include "harness/host/virtualisation.hpp"
#include "harness/host/zram_swap.hpp"
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

TEST(ControlGroups, APathOfAnyShapeLeadsToTheTop) {
  FakeTree tree;
  tree.write("proc/meminfo", "MemAvailable: 1024 kB\n");
  tree.write("sys/fs/cgroup/memory.max", "4096\n");
  tree.write("sys/fs/cgroup/memory.current", "0\n");
  for (const char* path : {"/", "//", "///", "", "a", "..", "/..", "/a//b/", "//a"}) {
    tree.write("proc/self/cgroup", fmt::format("0::{}\n", path));
    EXPECT_EQ(available_memory_bytes(tree.roots()), 4096U) << path;
    const auto directories = group_directories(tree.roots(), "cpu");
    EXPECT_TRUE(std::count(directories.begin(), directories.end(), tree.path("sys/fs/cgroup/")) ==
                1)
        << path;
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

TEST(Virtualisation, TheCommandLineComesFirst) {
  FakeTree tree;
  tree.write("proc/cmdline", "console=ttyS0 zpbench.emulated=tcg quiet\n");
  const auto seen = detect_virtualisation(tree.roots());
  EXPECT_EQ(seen.kind, "tcg");
  EXPECT_TRUE(seen.emulated);
}

TEST(Virtualisation, WhatStartedTheGuestKnowsBest) {
  FakeTree tree;
  tree.write("proc/sysinfo", "Manufacturer: IBM\nType: 8561\n");
  ::setenv("ZP_EMULATOR", "QEMU 7.2.22, machine malta, cpu 5KEc, tcg", 1);
  const auto emulated = detect_virtualisation(tree.roots());
  ::setenv("ZP_EMULATOR", "QEMU 7.2.22, machine q35, cpu max, kvm", 1);
  const auto accelerated = detect_virtualisation(tree.roots());
  ::unsetenv("ZP_EMULATOR");
  EXPECT_EQ(emulated.kind, "tcg");
  EXPECT_TRUE(emulated.emulated);
  EXPECT_EQ(accelerated.kind, "kvm");
  EXPECT_FALSE(accelerated.emulated);
}

TEST(Virtualisation, OnS390xTheMachineSays) {
  const std::tuple<const char*, const char*, bool> cases[] = {
      {"Manufacturer: QEMU\nType: 3906\nVM00 Control Program: KVM/Linux\n", "tcg", true},
      {"Manufacturer: IBM\nVM00 Name: guest\nVM00 Control Program: KVM/Linux\n", "kvm", false},
      {"Manufacturer:         IBM\nVM00 Control Program: z/VM    7.2.0\n", "zvm", false},
      {"Manufacturer:         IBM\nType: 8561\nLPAR Number: 5\n", "lpar", false},
  };
  for (const auto& [sysinfo, kind, emulated] : cases) {
    FakeTree tree;
    tree.write("proc/sysinfo", sysinfo);
    const auto seen = detect_virtualisation(tree.roots());
    EXPECT_EQ(seen.kind, kind);
    EXPECT_EQ(seen.emulated, emulated) << kind;
    EXPECT_FALSE(seen.evidence.empty());
  }
}

#if defined(__s390x__) || defined(__mips__)
TEST(Virtualisation, TheKernelOfAnotherArchitectureShowsUserModeEmulation) {
  FakeTree tree;
  tree.write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: AuthenticAMD\n");
  const auto seen = detect_virtualisation(tree.roots());
  EXPECT_EQ(seen.kind, "tcg");
  EXPECT_TRUE(seen.emulated);
}
#endif

TEST(Caches, FromSysfs) {
  FakeTree tree;
  const auto index = [&](int number, const char* type, const char* level, const char* size) {
    const std::string at = fmt::format("sys/devices/system/cpu/cpu0/cache/index{}/", number);
    tree.write(at + "type", type);
    tree.write(at + "level", level);
    tree.write(at + "size", size);
    tree.write(at + "coherency_line_size", "64\n");
    tree.write(at + "ways_of_associativity", "12\n");
  };
  index(0, "Instruction\n", "1\n", "64K\n");
  index(1, "Data\n", "1\n", "48K\n");
  index(2, "Unified\n", "2\n", "2048K\n");
  EXPECT_EQ(data_cache(tree.roots(), 1)->size_bytes, 48U << 10);
  EXPECT_EQ(data_cache(tree.roots(), 1)->ways, 12U);
  EXPECT_EQ(data_cache(tree.roots(), 2)->size_bytes, 2U << 20);
  EXPECT_FALSE(data_cache(tree.roots(), 3));
}

// Emerald Rapids: a way of L2 holds 32 pages.
TEST(Caches, PageColoursAreTheFramesOfAWay) {
  constexpr std::uint64_t kPage = 4096;
  EXPECT_EQ((DataCache{2 << 20, 64, 16}).page_colours(kPage), 32U);
  EXPECT_EQ((DataCache{512 << 10, 64, 8}).page_colours(kPage), 16U);
  EXPECT_EQ((DataCache{2 << 20, 64, 16}).page_colours(64 << 10), 2U);
  EXPECT_EQ((DataCache{32 << 10, 64, 8}).page_colours(kPage), 1U);
  EXPECT_EQ((DataCache{32 << 10, 64, 16}).page_colours(kPage), std::nullopt);  // half a page
  EXPECT_EQ((DataCache{2 << 20, 64, 0}).page_colours(kPage), std::nullopt);
  EXPECT_EQ((DataCache{3 << 20, 64, 16}).page_colours(kPage), std::nullopt);  // 48 are no bits
}

TEST(Caches, FromCpuinfoOnS390x) {
  FakeTree tree;
  tree.write(
      "proc/cpuinfo",
      "vendor_id       : IBM/S390\n"
      "cache0          : level=1 type=Data scope=Private size=128K line_size=256 associativity=8\n"
      "cache1          : level=1 type=Instruction scope=Private size=96K line_size=256 "
      "associativity=8\n"
      "cache2          : level=2 type=Unified scope=Private size=4096K line_size=256 "
      "associativity=8\n");
  EXPECT_EQ(data_cache(tree.roots(), 1)->size_bytes, 128U << 10);
  EXPECT_EQ(data_cache(tree.roots(), 1)->line_bytes, 256U);
  EXPECT_EQ(data_cache(tree.roots(), 2)->size_bytes, 4U << 20);
  EXPECT_FALSE(data_cache(tree.roots(), 3));
}

// "AMD EPYC" is Zen 4 and Zen 5 alike: the numbers tell, and a stepping of 0 is one.
TEST(Facts, FamilyModelAndSteppingStandBesideTheName) {
  FakeTree tree;
  tree.write("proc/cpuinfo",
             "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel\t\t: 2\n"
             "model name\t: AMD EPYC\nstepping\t: 0\n");
  tree.write("proc/meminfo", "MemTotal: 1024 kB\n");
  const Facts facts = host_facts(tree.roots());
  EXPECT_THAT(facts, testing::Contains(testing::Pair("cpu.model", "AMD EPYC")));
  EXPECT_THAT(facts, testing::Contains(testing::Pair("cpu.family", "26-2")));
  EXPECT_THAT(facts, testing::Contains(testing::Pair("cpu.stepping", "0")));
}

TEST(Facts, OfAnS390xMachine) {
  FakeTree tree;
  tree.write("proc/cpuinfo",
             "vendor_id       : IBM/S390\n# processors    : 2\n"
             "processor 0: version = FF,  identification = 0133E8,  machine = 8561\n");
  tree.write("proc/meminfo", "MemTotal: 1024 kB\n");
  const Facts facts = host_facts(tree.roots());
  EXPECT_THAT(facts, testing::Contains(testing::Pair("machine.type", "8561")));
  EXPECT_THAT(facts, testing::Contains(testing::Pair("cpu.model", "IBM/S390")));
  EXPECT_THAT(facts, testing::Contains(testing::Pair("cpu.governor", "unknown")));
  EXPECT_THAT(facts, testing::Contains(testing::Pair("memory_bytes", "1048576")));
  for (const auto& [key, value] : facts) EXPECT_FALSE(value.empty()) << key;
}

// An arm64 guest: the caches are listed, and nothing is said of them.
TEST(Facts, OfAnArmMachine) {
  FakeTree tree;
  tree.write("proc/cpuinfo",
             "processor\t: 0\nBogoMIPS\t: 125.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd07\n");
  tree.write("sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n");
  tree.write("sys/devices/system/cpu/cpu0/cache/index0/level", "1\n");
  const Facts facts = host_facts(tree.roots());
  EXPECT_THAT(facts, testing::Contains(testing::Pair("cpu.model", "Arm part 0xd07")));
  EXPECT_THAT(facts, testing::Not(testing::Contains(testing::Key("cache.l1d.size_bytes"))));
}

TEST(Facts, OfAPowerMachine) {
  FakeTree tree;
  tree.write("proc/cpuinfo",
             "processor\t: 0\ncpu\t\t: POWER9 (architected), altivec supported\n"
             "clock\t\t: 2200.000000MHz\nrevision\t: 2.0 (pvr 004e 1200)\n\n"
             "platform\t: pSeries\nmodel\t\t: IBM pSeries (emulated by qemu)\n");
  std::string model;
  for (const auto& [key, value] : host_facts(tree.roots()))
    if (key == "cpu.model") model = value;
  EXPECT_EQ(model, "POWER9 (architected)");
}

TEST(Facts, OfARiscVMachine) {
  FakeTree tree;
  const auto model = [&](const std::string& cpuinfo) {
    tree.write("proc/cpuinfo", cpuinfo);
    for (const auto& [key, value] : host_facts(tree.roots()))
      if (key == "cpu.model") return value;
    return std::string();
  };
  const std::string guest = "processor\t: 0\nhart\t\t: 0\nisa\t\t: rv64imafdch_zicsr_zba\n";
  EXPECT_EQ(model(guest), "rv64imafdch");
  EXPECT_EQ(model(guest + "uarch\t\t: sifive,u74-mc\n"), "sifive,u74-mc");
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

}  // namespace
}  // namespace zp
