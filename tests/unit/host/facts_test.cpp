// SPDX-License-Identifier: MIT
// What is read of a machine: caches, CPU, virtualisation; on /proc and /sys trees of our own.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include <cstdlib>

#include "harness/host/cpu_limit.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/topology.hpp"
#include "harness/host/virtualisation.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

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

// A hybrid's first CPU may be another one than those that this process may use.
TEST(Facts, AreOfTheCpuThatIsMeasuredOn) {
  const auto cpus = cpus_of_node(first_node());
  ASSERT_TRUE(cpus && !cpus->empty());
  const int own = cpus->front(), other = own + 1;
  FakeTree tree;
  tree.write("sys/devices/system/cpu/online", fmt::format("{},{}\n", other, own));
  for (const auto& [cpu, size] : {std::pair{other, "32K\n"}, {own, "48K\n"}}) {
    const std::string at = fmt::format("sys/devices/system/cpu/cpu{}/cache/index0/", cpu);
    tree.write(at + "type", "Data\n");
    tree.write(at + "level", "1\n");
    tree.write(at + "size", size);
  }
  tree.write("proc/cpuinfo",
             fmt::format("processor\t: {}\nCPU implementer\t: 0x41\nCPU part\t: 0xd05"
                         "\n\nprocessor\t: {}\nCPU implementer\t: 0x41\n"
                         "CPU part\t: 0xd0b\n\nHardware\t: x\n",
                         other, own));
  EXPECT_EQ(data_cache(tree.roots(), 1)->size_bytes, 48U << 10);
  EXPECT_THAT(host_facts(tree.roots()),
              testing::Contains(testing::Pair("cpu.model", "Arm part 0xd0b")));
}

TEST(Facts, NameTheMachineOfEachArchitecture) {
  const std::string riscv = "processor\t: 0\nhart\t\t: 0\nisa\t\t: rv64imafdch_zicsr_zba\n";
  const struct {
    std::string cpuinfo;
    std::vector<std::pair<std::string, std::string>> facts;
  } machines[] = {
      // "AMD EPYC" is Zen 4 and Zen 5 alike: the numbers tell, and a stepping of 0 is one.
      {"processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel\t\t: 2\n"
       "model name\t: AMD EPYC\nstepping\t: 0\n",
       {{"cpu.model", "AMD EPYC"}, {"cpu.family", "26-2"}, {"cpu.stepping", "0"}}},
      {"vendor_id       : IBM/S390\n# processors    : 2\n"
       "processor 0: version = FF,  identification = 0133E8,  machine = 8561\n",
       {{"machine.type", "8561"}, {"cpu.model", "IBM/S390"}}},
      {"processor\t: 0\nBogoMIPS\t: 125.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd07\n",
       {{"cpu.model", "Arm part 0xd07"}}},
      {"processor\t: 0\ncpu\t\t: POWER9 (architected), altivec supported\n"
       "clock\t\t: 2200.000000MHz\nrevision\t: 2.0 (pvr 004e 1200)\n\n"
       "platform\t: pSeries\nmodel\t\t: IBM pSeries (emulated by qemu)\n",
       {{"cpu.model", "POWER9 (architected)"}}},
      {riscv, {{"cpu.model", "rv64imafdch"}}},
      {riscv + "uarch\t\t: sifive,u74-mc\n", {{"cpu.model", "sifive,u74-mc"}}},
  };
  for (const auto& [cpuinfo, expected] : machines) {
    FakeTree tree;
    tree.write("proc/cpuinfo", cpuinfo);
    tree.write("proc/meminfo", "MemTotal: 1024 kB\n");
    // As in a guest: the caches are listed, and nothing is said of them.
    tree.write("sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n");
    tree.write("sys/devices/system/cpu/cpu0/cache/index0/level", "1\n");
    const Facts facts = host_facts(tree.roots());
    for (const auto& fact : expected) EXPECT_THAT(facts, testing::Contains(fact));
    EXPECT_THAT(facts, testing::Contains(testing::Pair("cpu.governor", "unknown")));
    EXPECT_THAT(facts, testing::Contains(testing::Pair("memory_bytes", "1048576")));
    EXPECT_THAT(facts, testing::Not(testing::Contains(testing::Key("cache.l1d.size_bytes"))));
    for (const auto& [key, value] : facts) EXPECT_FALSE(value.empty()) << key;
  }
}

}  // namespace
}  // namespace zp
