// SPDX-License-Identifier: MIT
// The perf source over a kernel that is played, and over the real one.
#include "harness/counters/perf_source.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "harness/counters/counters.hpp"
#include "harness/counters/papi_source.hpp"
#include "harness/counters/pmu.hpp"
#include "harness/host/page_size.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class PlayedKernel final : public PerfSystem {
 public:
  int open(perf_event_attr& attributes, int group_leader) override {
    if (open_error != 0) return errno = open_error, -1;
    opened.push_back(attributes);
    leaders.push_back(group_leader);
    fds.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return fds.back();
  }
  int control(int fd, unsigned long request) override {
    controlled.emplace_back(fd, request);
    return 0;
  }
  ssize_t read(int, void* buffer, std::size_t) override {
    if (end_of_file) return 0;
    const std::array<std::uint64_t, 3> count = {value, enabled_ns, running_ns};
    std::copy_n(count.begin(), 3, static_cast<std::uint64_t*>(buffer));
    return sizeof count;
  }

  int open_error = 0;
  bool end_of_file = false;
  std::uint64_t value = 7, enabled_ns = 100, running_ns = 100;
  std::vector<perf_event_attr> opened;
  std::vector<int> leaders, fds;
  std::vector<std::pair<int, unsigned long>> controlled;
};

Outcome<std::vector<std::uint64_t>> count_once(PerfSource& source,
                                               const std::vector<std::string>& names) {
  const auto group = source.open(names);
  if (!group) return fail(group);
  if (auto started = (*group)->start(); !started) return fail(started);
  if (auto stopped = (*group)->stop(); !stopped) return fail(stopped);
  return (*group)->read();
}

TEST(PerfSource, OpensOneGroupAndSwitchesItByItsLeader) {
  PlayedKernel kernel;
  PerfSource source(Roots{}, kernel);
  const auto values = value_of(count_once(source, {"perf::CYCLES", "perf_raw::r5b43"}));
  EXPECT_EQ(values, (std::vector<std::uint64_t>{7, 7}));
  ASSERT_EQ(kernel.opened.size(), 2U);
  EXPECT_EQ(kernel.leaders, (std::vector<int>{-1, kernel.fds[0]}));
  EXPECT_TRUE(kernel.opened[0].disabled && kernel.opened[0].pinned);
  EXPECT_FALSE(kernel.opened[1].disabled || kernel.opened[1].pinned);
  EXPECT_EQ(kernel.opened[1].config, 0x5b43U);
  for (const auto& attributes : kernel.opened) {
#ifdef __s390__
    EXPECT_FALSE(attributes.exclude_kernel || attributes.exclude_hv || attributes.exclude_user);
#else
    EXPECT_TRUE(attributes.exclude_kernel);
#endif
    EXPECT_FALSE(attributes.inherit);
  }
  for (const auto& [fd, request] : kernel.controlled) EXPECT_EQ(fd, kernel.fds[0]);
  EXPECT_EQ(kernel.controlled.back().second, static_cast<unsigned long>(PERF_EVENT_IOC_DISABLE));
}

TEST(PerfSource, RefusesMultiplexedValues) {
  PlayedKernel kernel;
  PerfSource source(Roots{}, kernel);
  kernel.running_ns = 99;
  EXPECT_THAT(error_of(count_once(source, {"perf::CYCLES"})).message, HasSubstr("99 of 100 ns"));
  kernel.running_ns = 0;
  EXPECT_FALSE(count_once(source, {"perf::CYCLES"}));
  kernel.end_of_file = true;
  EXPECT_FALSE(count_once(source, {"perf::CYCLES"}));
}

struct Refusal {
  int error_number;
  const char* paranoid;
  const char* pmu;
  const char* event;
  const char* expected;
};

TEST(PerfSource, SaysWhyAnEventIsRefused) {
  const Refusal refusals[] = {
      {ENOENT, "2", "", "perf::CYCLES", "no PMU"},
      {ENOENT, "2", "cpu", "perf::DTLB-LOAD-MISSES", "no such event"},
      {EACCES, "3", "cpu", "perf::CYCLES", "perf_event_paranoid is 3"},
      {EACCES, "4", "", "perf::PAGE-FAULTS", "perf_event_paranoid is 4"},
      {EPERM, "2", "cpum_cf", "perf_raw::r85", "LPAR"},
      {ENOENT, "2", "cpum_cf", "perf_raw::r85", "LPAR"},
      {EINVAL, "2", "cpu", "perf_raw::r1", "not together with the others"},
      {EBUSY, "2", "cpu", "perf::CYCLES", "somebody else"},
      {ENOSYS, "2", "cpu", "perf::CYCLES", "without perf events"},
  };
  for (const Refusal& refusal : refusals) {
    const FakeTree tree;
    tree.write("proc/sys/kernel/perf_event_paranoid", std::string(refusal.paranoid) + "\n");
    tree.write("sys/bus/event_source/devices/software/type", "1\n");
    if (*refusal.pmu != '\0')
      tree.write(std::string("sys/bus/event_source/devices/") + refusal.pmu + "/type", "4\n");
    PlayedKernel kernel;
    kernel.open_error = refusal.error_number;
    PerfSource source(tree.roots(), kernel);
    const auto values = error_of(count_once(source, {refusal.event}));
    EXPECT_EQ(values.code, ExitCode::kCannotRun);
    EXPECT_THAT(values.message, HasSubstr(refusal.expected));
    EXPECT_THAT(values.message, HasSubstr(refusal.event));
    EXPECT_THAT(values.message, HasSubstr(fmt::format("errno {}", refusal.error_number)));
  }
}

// Who is allowed by the kernel and refused all the same is told by whom.
TEST(PerfSource, AFilterIsNotBlamedOnTheKernelsSetting) {
  struct Filtered {
    int error_number;
    const char *paranoid, *status, *expected;
  };
  const Filtered cases[] = {
      {EPERM, "2", "Seccomp:\t2\nCapEff:\t0000000000000000\n", "seccomp"},
      {EPERM, "4", "Seccomp:\t2\nCapEff:\t0000000000000000\n", "seccomp"},
      {EACCES, "4", "Seccomp:\t2\nCapEff:\t000001ffffffffff\n", "seccomp"},
      {EACCES, "4", "Seccomp:\t2\nCapEff:\t0000000000000000\n",
       "perf_event_paranoid is 4; lower it"},
      {EACCES, "3", "Seccomp:\t0\nCapEff:\t0000000000000000\n",
       "perf_event_paranoid is 3; lower it"},
      {EPERM, "2", "Seccomp:\t0\nCapEff:\t0000000000000000\n",
       "which permits it here: a security module"},
      {ENOSYS, "2", "Seccomp:\t2\n", "seccomp"},
  };
  for (const Filtered& filtered : cases) {
    const FakeTree tree;
    tree.write("proc/sys/kernel/perf_event_paranoid", std::string(filtered.paranoid) + "\n");
    tree.write("proc/self/status", filtered.status);
    tree.write("sys/bus/event_source/devices/cpu/type", "4\n");
    EXPECT_THAT(why_refused(tree.roots(), filtered.error_number, true),
                HasSubstr(filtered.expected));
  }
}

// Arm's kernel takes every raw number; only those in its lists ever count.
TEST(PerfSource, WhatAnArmPmuDoesNotHaveIsNotOpened) {
  const FakeTree tree;
  const std::string pmu = "sys/bus/event_source/devices/armv8_pmuv3/";
  tree.write(pmu + "type", "8\n");
  tree.write(pmu + "events/cpu_cycles", "event=0x0011\n");
  tree.write(pmu + "events/inst_retired", "event=0x0008\n");
  PlayedKernel kernel;
  PerfSource source(tree.roots(), kernel);
  EXPECT_TRUE(count_once(source, {"perf_raw::r11", "perf_raw::r8"}));
  EXPECT_TRUE(count_once(source, {"perf_raw::rc0"}));  // the maker's own are in no list
  kernel.opened.clear();
  for (const char* name : {"perf_raw::r3", "perf_raw::r4005"}) {
    const auto values = error_of(count_once(source, {name}));
    EXPECT_EQ(values.code, ExitCode::kCannotRun);
    EXPECT_THAT(values.message,
                testing::AllOf(HasSubstr(name), HasSubstr("armv8_pmuv3 does not have event 0x"),
                               HasSubstr("always read 0")));
  }
  EXPECT_TRUE(kernel.opened.empty());
}

TEST(PerfSource, WhereNothingIsListedNothingIsForbidden) {
  const FakeTree x86, old_arm;
  x86.write("sys/bus/event_source/devices/cpu/events/cpu-cycles", "event=0x3c\n");
  old_arm.write("sys/bus/event_source/devices/armv8_pmuv3/type", "8\n");
  EXPECT_FALSE(why_never_counted(x86.roots(), 3));
  EXPECT_FALSE(why_never_counted(old_arm.roots(), 3));
}

TEST(PerfSource, AMainframeWithoutCounterSetsSaysSo) {
  const FakeTree tree;
  tree.write("proc/cpuinfo", "vendor_id       : IBM/S390\n");
  tree.write("sys/bus/event_source/devices/software/type", "1\n");
  EXPECT_THAT(why_refused(tree.roots(), ENOENT, true), HasSubstr("no cpum_cf"));
}

// --- the real kernel

constexpr std::size_t kPages = 300;

void touch_pages() {
  const std::size_t page = system_page_bytes();
  void* memory =
      ::mmap(nullptr, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  ::madvise(memory, kPages * page, MADV_NOHUGEPAGE);
  auto* bytes = static_cast<volatile char*>(memory);
  for (std::size_t i = 0; i < kPages; ++i) bytes[i * page] = 1;
  ::munmap(memory, kPages * page);
}

// Faults counted around touching kPages pages, by this thread and by another one.
void expect_page_faults(CounterSource& source) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer's shadow memory faults, too";
#endif
  const std::vector<std::string> names = {"perf::PAGE-FAULTS"};
  auto group = source.open(names);
  if (!group) GTEST_SKIP() << group.error().message;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE((*group)->start());
    touch_pages();
    ASSERT_TRUE((*group)->stop());
    touch_pages();  // after stop: not counted
    const auto values = value_of((*group)->read());
    // The first round also faults in code that has not run before.
    if (round > 0) {
      EXPECT_EQ(values.at(0), kPages);
    }
  }
  ASSERT_TRUE((*group)->start());
  std::thread other([&] {
    auto opened = source.open(names);
    ASSERT_TRUE(opened) << opened.error().message;
    EventGroup& own = **opened;
    touch_pages();  // the thread's first touch of its own stack (and a sanitizer's shadow of it)
    ASSERT_TRUE(own.start());
    touch_pages();
    touch_pages();
    ASSERT_TRUE(own.stop());
    const std::uint64_t faults = own.read()->at(0);
    EXPECT_GE(faults, 2 * kPages);
    EXPECT_LT(faults, 2 * kPages + 10);
  });
  other.join();
  ASSERT_TRUE((*group)->stop());
  EXPECT_LT((*group)->read()->at(0), kPages);  // what starting a thread takes, not its faults
}

TEST(PerfSource, CountsExactlyThePageFaultsOfItsThread) {
  PerfSource source{Roots{}};
  expect_page_faults(source);
}

TEST(PapiSource, CountsExactlyThePageFaultsOfItsThread) {
  const auto source = make_papi_source(Roots{});
  if (!source) GTEST_SKIP() << source.error().message;
  expect_page_faults(**source);
}

TEST(PapiSource, TellsUnknownNamesFromEventsThatAreNotHere) {
  const auto source = make_papi_source(Roots{});
  if (!source) GTEST_SKIP() << source.error().message;
  const std::vector<std::string> unknown = {"NO_SUCH_EVENT_AT_ALL"}, cycles = {"perf::CYCLES"};
  EXPECT_EQ((*source)->open(unknown).error().code, ExitCode::kUsage);
  const auto group = (*source)->open(cycles);
  if (!cpu_pmu(Roots{})) {
    ASSERT_FALSE(group);
    // PAPI's perf component, and its names, are not there without perf_event_open.
    EXPECT_THAT(group.error().message,
                AnyOf(HasSubstr("no PMU"), HasSubstr("PAPI knows no such event")));
  }
}

TEST(Counters, CountSomethingOrSayWhyNot) {
  for (const char* choice : {"auto", "perf"}) {
    const auto counters = value_of(choose_counters(Roots{}, "auto", choice));
    std::size_t planned = 0;
    for (const PlannedGroup& group : counters.plan.groups) planned += group.events.size();
    EXPECT_GE(planned + counters.plan.missing.size(), 7U);  // the keys of results/README.md
    if (!cpu_pmu(Roots{})) {
      EXPECT_EQ(counters.source, "none");
      EXPECT_EQ(planned, 0U);
      EXPECT_EQ(counters.plan.missing.front().key, "cycles");
      // User-mode QEMU has no perf_event_open.
      EXPECT_THAT(counters.plan.missing.front().reason,
                  AnyOf(HasSubstr("no PMU"), HasSubstr("without perf events")));
    }
  }
}

TEST(Counters, SuggestTheNearestName) {
  const auto counters = choose_counters(Roots{}, "cycles,l1d_mis", "perf");
  ASSERT_FALSE(counters);
#if ZP_HAVE_LIBPFM4
  EXPECT_EQ(counters.error().code, ExitCode::kUsage);
  EXPECT_THAT(counters.error().message, HasSubstr("nearest: l1d_miss"));
#endif
  EXPECT_TRUE(choose_counters(Roots{}, "none", "perf")->plan.missing.empty());
}

}  // namespace
}  // namespace zp
