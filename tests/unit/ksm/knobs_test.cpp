// SPDX-License-Identifier: MIT
#include "harness/ksm/knobs.hpp"

#include <gmock/gmock.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <string>

#include "harness/host/child.hpp"
#include "harness/ksm/registration.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/file.hpp"
#include "tests/outcome.hpp"
#include "tests/sanitized.hpp"
#include "tests/unit/fake_knobs.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

TEST(Knobs, NamesAreUniqueAndFound) {
  for (const Knob& knob : all_knobs()) EXPECT_EQ(find_knob(knob.name), &knob);
  EXPECT_EQ(find_knob("ksm.none"), nullptr);
}

TEST(Knobs, HoldAllThatPlacementsWrite) {
  for (const PlacementEntry& entry : placement_catalogue())
    for (const KnobWrite& write : entry.knobs)
      EXPECT_NE(find_knob(write.knob), nullptr) << entry.name << ": " << write.knob;
}

TEST(Knobs, ReadsValuesThatCanBeWrittenBack) {
  FakeKnobs tree;
  EXPECT_EQ(read_knob(tree.roots(), *find_knob("ksm.max_page_sharing")), "256");
  EXPECT_EQ(read_knob(tree.roots(), *find_knob("thp.enabled")), "madvise");
  EXPECT_EQ(read_knob(tree.roots(), *find_knob("ksm.advisor_mode")), "scan-time");
  EXPECT_EQ(read_knob(tree.roots(), *find_knob("vm.max_map_count")), "65530");
  tree.remove("sys/kernel/mm/ksm/smart_scan");
  EXPECT_EQ(read_knob(tree.roots(), *find_knob("ksm.smart_scan")), std::nullopt);
}

TEST(Knobs, ReadsAllThatAreThereInOrder) {
  FakeKnobs tree;
  tree.remove("sys/kernel/mm/ksm");
  EXPECT_EQ(read_all_knobs(tree.roots()),
            (KnobValues{{"thp.enabled", "madvise"},
                        {"thp.use_zero_page", "1"},
                        {"thp.khugepaged.max_ptes_none", "400"},
                        {"thp.khugepaged.pages_to_scan", "4000"},
                        {"thp.khugepaged.scan_sleep_millisecs", "9000"},
                        {"vm.max_map_count", "65530"}}));
}

// Only EBUSY passes by itself: KSM still has pages of a process that is just ending.
TEST(Knobs, WhatIsRefusedForGoodIsTriedOnce) {
  const FakeKnobs knobs;
  const auto path = knob_path(knobs.roots(), *find_knob("ksm.max_page_sharing"));
  const Fd watch(::inotify_init1(IN_NONBLOCK));
  ASSERT_GE(::inotify_add_watch(watch.get(), path.c_str(), IN_OPEN | IN_CLOSE_WRITE), 0);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  const auto written = write_knob(knobs.roots(), *find_knob("ksm.max_page_sharing"), "300");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(error_of(written).message, HasSubstr("File too large"));
  std::array<std::byte, 8 * sizeof(inotify_event)> events;
  EXPECT_EQ(::read(watch.get(), events.data(), events.size()), 2 * sizeof(inotify_event))
      << "opened and closed";
}

TEST(Knobs, WritesAndReadsBack) {
  FakeKnobs tree;
  const Knob& knob = *find_knob("ksm.pages_to_scan");
  ASSERT_TRUE(write_knob(tree.roots(), knob, "7"));
  EXPECT_EQ(read_knob(tree.roots(), knob), "7");
  tree.link("sys/kernel/mm/ksm/pages_to_scan", "/dev/null");  // takes all, keeps nothing
  EXPECT_THAT(error_of(write_knob(tree.roots(), knob, "8")).message,
              HasSubstr("wrote 8 to " + knob_path(tree.roots(), knob)));
  tree.link("sys/kernel/mm/ksm/pages_to_scan", "/proc/version");  // refuses
  const auto refused = error_of(write_knob(tree.roots(), knob, "8"));
  EXPECT_EQ(refused.code, ExitCode::kCannotRun);
  EXPECT_THAT(refused.message, HasSubstr(knob_path(tree.roots(), knob)));
}

// In a process of its own: nothing of this one is to be registered beside other tests.
TEST(Registration, OfWhoeverStartedThisProcessIsTakenBack) {
  if (why_no_process_registration(Roots{})) GTEST_SKIP() << "no PR_SET_MEMORY_MERGE (Linux 6.4)";
  // The kernel walks the shadow memory, 16 TiB, page by page: four minutes.
  if (kSanitized) GTEST_SKIP() << "takes minutes under AddressSanitizer";
  const auto child = value_of(fork_child());
  if (child == 0) {
    auto inherited = RegisteredProcess::start(Roots{});
    const bool first = drop_inherited_registration(Roots{}).value_or(false);
    const bool second = drop_inherited_registration(Roots{}).value_or(true);
    ::_exit(inherited && first && !second ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace zp
