// SPDX-License-Identifier: MIT
#include "bench/disturbance.hpp"

#include <gmock/gmock.h>

#include "bench/families.hpp"
#include "bench/listing.hpp"
#include "harness/host/topology.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_knobs.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

TEST(Disturbance, ARowIsMarkedWhereItsThreadsDidNotHaveTheirCpus) {
  Disturbance d;
  EXPECT_FALSE(is_disturbed(d));
  d.cpu_share = 0.98;  // ticks and interrupts
  EXPECT_FALSE(is_disturbed(d));
  d.cpu_share = 0.5;  // two threads under one CPU
  EXPECT_TRUE(is_disturbed(d));
  d = {};
  d.min_time_share = 0.5;
  EXPECT_FALSE(is_disturbed(d));
  d.min_time_share = 0.005;  // one walk: the first repetition was stopped
  EXPECT_TRUE(is_disturbed(d));
  for (auto share : {&Disturbance::throttled_share, &Disturbance::steal_share,
                     &Disturbance::run_delay_share, &Disturbance::ksmd_share}) {
    Disturbance one;
    one.*share = 0.2;
    // Run delay shows in cpu_share; it is there to tell why.
    EXPECT_EQ(is_disturbed(one), share != &Disturbance::run_delay_share);
  }
}

// Whoever reads a table that was mapped before meets none, unless pages were taken away meanwhile.
TEST(Disturbance, PagesThatComeBackFromSwapMarkTheRow) {
  FakeTree tree;
  const auto faults = [&](const char* minor, const char* major) {
    tree.write("proc/self/stat",
               fmt::format("7 (a) S 9 (b)) R 1 7 7 0 -1 4194304 {} 0 {} 0 5 1\n", minor, major));
  };
  const auto disturbance = [&](const char* minor, const char* major) {
    faults("900", "12");
    DisturbanceWatch watch(tree.roots());
    watch.start({0});
    faults(minor, major);
    return watch.stop();
  };
  const Disturbance swapped = disturbance("900", "900000");
  EXPECT_GT(swapped.major_faults_per_second.value_or(0), 1000);
  EXPECT_TRUE(is_disturbed(swapped));
  EXPECT_TRUE(was_kept_waiting(swapped));
  ASSERT_EQ(waits_of(swapped).size(), 1U);
  EXPECT_EQ(waits_of(swapped)[0].first, "major_faults_per_second");
  const Disturbance at_rest = disturbance("900000", "12");
  EXPECT_EQ(at_rest.major_faults_per_second, 0);
  EXPECT_FALSE(is_disturbed(at_rest));
  EXPECT_EQ(waits_of(at_rest), Figures{});
  Disturbance few;
  few.major_faults_per_second = 900;
  EXPECT_FALSE(is_disturbed(few));
  tree.write("proc/self/stat", "7 (a) R 1\n");
  DisturbanceWatch watch(tree.roots());
  watch.start({0});
  EXPECT_FALSE(watch.stop().major_faults_per_second);
}

TEST(Disturbance, KsmdBesideATableOfItsOwnRefusesTheRow) {
  const PlacementId merged{PlacementKind::kKsmSingle, 0}, own{PlacementKind::kPrivate, 0};
  Disturbance d;
  d.ksm_run = 0;
  d.ksmd_share = 0.0;
  EXPECT_FALSE(why_refused(d, merged));
  d.ksm_run = 1;  // flipped from outside
  EXPECT_THAT(why_refused(d, merged).value_or(""), HasSubstr("set /sys/kernel/mm/ksm/run to 1"));
  EXPECT_FALSE(why_refused(d, own));
  d.ksm_run = 0;
  d.ksmd_share = 0.3;  // and back
  d.ksmd_s = 0.0004;   // of a row of a millisecond: ksmd looked up, no more
  EXPECT_FALSE(why_refused(d, merged));
  d.ksmd_s = 0.03;
  EXPECT_THAT(why_refused(d, merged).value_or(""), HasSubstr("30 % of a CPU"));
  EXPECT_FALSE(why_refused(d, own));
  EXPECT_TRUE(is_disturbed(d));
}

TEST(Disturbance, FiguresAreThoseThatAreSomething) {
  Disturbance d;
  d.cpu_share = 0.25;
  d.involuntary_switches = 3;
  d.throttled_share = 0.7;
  d.steal_share = 0.0;
  EXPECT_EQ(figures_of(d),
            (Figures{{"cpu_share", 0.25}, {"involuntary_switches", 3}, {"throttled_share", 0.7}}));
}

TEST(Disturbance, AFamilyWaitsForKsmdButNotForACpu) {
  Disturbance d;
  d.ksmd_share = 0.9;
  d.run_delay_share = 0.02;
  EXPECT_FALSE(was_kept_waiting(d));
  EXPECT_EQ(waits_of(d), (Figures{{"run_delay_share", 0.02}}));
  for (auto share :
       {&Disturbance::throttled_share, &Disturbance::steal_share, &Disturbance::run_delay_share}) {
    Disturbance one;
    one.*share = 0.2;
    EXPECT_TRUE(was_kept_waiting(one));
  }
}

TEST(Disturbance, AFamilyOfSeveralThreadsIsJudgedByThem) {
  Disturbance d;
  d.run_delay_share = 0.2;  // of the first, which only waits
  note_workers(d, {{"readers", 2}, {"cpu_share", 0.99}});
  EXPECT_FALSE(was_kept_waiting(d));
  EXPECT_EQ(waits_of(d), Figures{});
  note_workers(d, {{"readers", 2}, {"cpu_share", 0.5}});
  EXPECT_TRUE(was_kept_waiting(d));
  d = {};
  d.run_delay_share = 0.2;
  note_workers(d, {{"ns_per_page", 1}});
  EXPECT_TRUE(was_kept_waiting(d));
}

TEST(Disturbance, TheKnobIsReadWhenTheRowIsDone) {
  FakeKnobs tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  // Whatever the order of the directory, somebody's process of that name comes before and after.
  for (const int pid : {76, 77, 78}) {
    tree.write(fmt::format("proc/{}/comm", pid), "ksmd\n");
    tree.write(fmt::format("proc/{}/stat", pid),
               fmt::format("{} (ksmd) S 2 0 0 0 -1 {} 0\n", pid, pid == 77 ? 2097216 : 4194560));
    tree.write(fmt::format("proc/{}/schedstat", pid), "5 0 1\n");
  }
  tree.write("proc/77/schedstat", "1000 0 1\n");
  DisturbanceWatch watch(tree.roots());
  watch.start({0});
  tree.write("sys/kernel/mm/ksm/run", "1\n");
  tree.write("proc/77/schedstat", "9000000000 0 1\n");
  const Disturbance d = watch.stop();
  EXPECT_EQ(d.ksm_run, 1U);
  EXPECT_EQ(d.ksmd_share, 1);  // nine seconds in no time
  EXPECT_NEAR(d.ksmd_s.value_or(0), 9, 0.1);
  EXPECT_FALSE(d.throttled_share);
}

// What is counted in ticks, for several CPUs or at several levels may be more than the time that
// passed.
TEST(Disturbance, NoShareIsMoreThanAllOfTheTime) {
  FakeTree tree;
  const auto account = [&](const char* seconds) {
    tree.write("proc/self/cgroup", "0::/\n");
    tree.write("sys/fs/cgroup/cpu.max", "20000 100000\n");
    tree.write("sys/fs/cgroup/cpu.stat", fmt::format("throttled_usec {}000000\n", seconds));
    tree.write("proc/stat", fmt::format("cpu0 1 2 3 4 5 6 7 {}000 0 0\n", seconds));
    tree.write("proc/thread-self/schedstat", fmt::format("1 {}000000000 3\n", seconds));
  };
  account("1");
  DisturbanceWatch watch(tree.roots());
  watch.start({0});
  account("9");
  const Disturbance d = watch.stop();
  EXPECT_EQ(d.throttled_share, 1);
  EXPECT_EQ(d.steal_share, 1);
  EXPECT_EQ(d.run_delay_share, 1);
}

TEST(Estimate, LargeTablesOfOneFrameTakeTheTimeOfTheirMappings) {
  FakeTree tree;
  Cell cell;
  cell.placement = {PlacementKind::kMemfdColoured, 1};
  cell.table_bytes = 1ULL << 40;
  cell.stride_bytes = 4096;
  Options options;
  EXPECT_GT(estimate(tree.roots(), {cell}, {}, options).seconds, 1000);
  tree.write("proc/meminfo", "MemAvailable: 1000 kB\n");  // it will be refused
  EXPECT_LT(estimate(tree.roots(), {cell}, {}, options).seconds, 1);
  EXPECT_GT(estimate(tree.roots(), {cell}, {}, options).memory_bytes, 32ULL << 30);
}

TEST(Estimate, ThreadsBeyondTheCpusWaitForEachOther) {
  const FakeTree tree;
  const auto cpus = static_cast<int>(value_of(cpus_of_node(first_node())).size());
  Options options;
  options.min_time_s = 0;
  Cell cell;
  cell.placement = {PlacementKind::kReadFault, 0};
  cell.table_bytes = 1ULL << 30;
  cell.stride_bytes = 64;
  cell.walk = Order::kRandom;
  const auto seconds = [&](int threads, Share share) {
    cell.threads = threads;
    cell.share = share;
    return estimate(tree.roots(), {cell}, {}, options).seconds - 1;  // a second to make 1 GiB
  };
  const double alone = seconds(1, Share::kWhole);
  EXPECT_NEAR(seconds(cpus, Share::kWhole), alone, 1e-9);
  EXPECT_NEAR(seconds(100 * cpus, Share::kWhole), 100 * alone, 1e-9);
  EXPECT_NEAR(seconds(100 * cpus, Share::kSplit), alone / cpus, 1e-9);
}

TEST(Estimate, LoopsOfProgramsTakeTheTimeAskedFor) {
  FamilyChoice choice;
  choice.placements = {{PlacementKind::kReadFault, 0}};
  choice.min_time_s = 60;
  std::size_t loops = 0;
  for (const FamilyCell& cell : value_of(family_cells({"kernels", "readers"}, choice)))
    if (cell.name.find("/loop:") == std::string::npos) {
      EXPECT_LT(cell.seconds, 1) << cell.name;
    } else {
      EXPECT_DOUBLE_EQ(cell.seconds, 60.1) << cell.name;
      ++loops;
    }
  EXPECT_GT(loops, 10U);
}

}  // namespace
}  // namespace zp
