// SPDX-License-Identifier: MIT
// What a killed run leaves in the journal, and how it is put back.
#include "harness/ksm/session.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "harness/host/page_size.hpp"
#include "harness/ksm/merge.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/ksm/session_fixture.hpp"

namespace zp {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(Session, AKilledRunIsPutBackFromItsJournal) {
  const pid_t child = ::fork();
  if (child == 0) {
    KsmSession session(roots_);
    static_cast<void>(prepare_merge(session, {true, 1 << 20}));
    static_cast<void>(session.set("vm.max_map_count", "1000000"));
    static_cast<void>(session.set("thp.enabled", "always"));
    static_cast<void>(session.set("ksm.run", "1"));
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_NE(read_all_knobs(roots_), found_);
  EXPECT_EQ(*restore_from_journal(roots_), 9U);
  EXPECT_EQ(read_all_knobs(roots_), found_);
  EXPECT_FALSE(std::filesystem::exists(tree_.path("state")));
  EXPECT_EQ(*restore_from_journal(roots_), 0U);
}

// Who uses KSM since that run was killed keeps what it merged: no run=2, and here nothing else
// either, for `run` is what it was.
TEST_F(Session, RestoringUndoesNobodyElsesMerges) {
  tree_.write("state/journal", "zpbench-journal 1\nksm.run=1\nksm.pages_to_scan=77\n");
  tree_.write("sys/kernel/mm/ksm/run", "1 \n");
  tree_.write("sys/kernel/mm/ksm/pages_shared", "1\n");
  tree_.write("proc/12/ksm_stat", "ksm_merging_pages 7\n");
  EXPECT_EQ(*restore_from_journal(roots_), 2U);
  EXPECT_EQ(tree_.read("sys/kernel/mm/ksm/run"), "1 \n");
  EXPECT_EQ(read_knob(roots_, *find_knob("ksm.pages_to_scan")), "77");
  // Nobody's merges: undone.
  tree_.write("state/journal", "zpbench-journal 1\nksm.run=1\n");
  tree_.write("proc/12/ksm_stat", "ksm_merging_pages 0\n");
  EXPECT_EQ(*restore_from_journal(roots_), 1U);
  EXPECT_NE(tree_.read("sys/kernel/mm/ksm/run"), "1 \n");
}

TEST_F(Session, ALastLineCutShortWasNotYetChanged) {
  tree_.write("state/journal", "zpbench-journal 1\nksm.pages_to_scan=77\nksm.sleep_mill");
  EXPECT_EQ(*restore_from_journal(roots_), 1U);
  EXPECT_EQ(read_knob(roots_, *find_knob("ksm.pages_to_scan")), "77");
  EXPECT_FALSE(has_journal());
  for (const char* text : {"", "zpbench-jour", "zpbench-journal 1", "zpbench-journal 2\n"}) {
    tree_.write("state/journal", text);
    EXPECT_EQ(*restore_from_journal(roots_), 0U) << text;
  }
}

// Where /run is on disk, as a container's may be: knobs end with their boot.
TEST_F(Session, NothingOfAnEarlierBootIsPutBack) {
  tree_.write("proc/sys/kernel/random/boot_id", "5f1c\n");
  {
    KsmSession session(roots_);
    ASSERT_TRUE(session.set("ksm.pages_to_scan", "5"));
    EXPECT_EQ(journal(), "zpbench-journal 2\nboot.id=5f1c\nksm.pages_to_scan=123\n");
  }
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::years{50};
  const auto restored = [&](const std::string& boot, bool old) {
    tree_.write("sys/kernel/mm/ksm/pages_to_scan", "5\n");
    tree_.write("state/journal", "zpbench-journal 2\n" + boot + "ksm.pages_to_scan=123\n");
    if (old) std::filesystem::last_write_time(tree_.path("state/journal"), long_ago);
    testing::internal::CaptureStderr();
    const auto count = *restore_from_journal(roots_);
    const bool said =
        testing::internal::GetCapturedStderr().find("earlier boot") != std::string::npos;
    EXPECT_EQ(read_knob(roots_, *find_knob("ksm.pages_to_scan")), count == 0 ? "5" : "123");
    EXPECT_EQ(said, count == 0);
    EXPECT_FALSE(has_journal());
    return count == 1;
  };
  EXPECT_FALSE(restored("boot.id=90a2\n", true));
  EXPECT_TRUE(restored("boot.id=5f1c\n", true));   // the clock was set
  EXPECT_TRUE(restored("boot.id=90a2\n", false));  // a container's own id
  EXPECT_TRUE(restored("", true));                 // of a version that wrote none
  tree_.remove("proc/sys/kernel/random/boot_id");
  EXPECT_TRUE(restored("boot.id=90a2\n", true));
}

TEST_F(Session, ADamagedJournalIsNamedAndKept) {
  for (const auto& [text, said] :
       {std::pair{"zpbench-journal 3\nksm.run=0\n", "not a journal"},
        {"ksm.run=0\n", "not a journal"},
        {"zpbench-journal 2\nksm.run=0\nksm.none=1\n", ":3: 'ksm.none=1'"},
        {"zpbench-journal 2\nswap.zram=x\n", ":2: 'swap.zram=x'"},
        {"zpbench-journal 2\ngroup.memory=/sys\n", ":2: 'group.memory=/sys'"},
        {"zpbench-journal 2\n\x01\xff\n", ":2:"},
        {"zpbench-journal 2\n\nksm.run=0\n", ":2:"},
        {"zpbench-journal 2\nksm.run=\n", ":2: 'ksm.run='"},
        {"zpbench-journal 2\nksm.run=7\n", ":2: 'ksm.run=7'"},
        {"zpbench-journal 2\nksm.run=1\nksm.pages_to_scan=all\n", ":3: 'ksm.pages_to_scan=all'"},
        {"zpbench-journal 2\nksm.run=1\nksm.pages_to_scan=-1\n", ":3: 'ksm.pages_to_scan=-1'"},
        {"zpbench-journal 2\nthp.enabled=7\n", ":2: 'thp.enabled=7'"},
        {"zpbench-journal 2\nksm.run=0\r\n", ":2:"},
        {"zpbench-journal 2\nksm.run=0 1\n", ":2:"}}) {
    tree_.write("state/journal", text);
    const auto refused = error_of(restore_from_journal(roots_));
    EXPECT_EQ(refused.code, ExitCode::kCannotRun);
    EXPECT_THAT(refused.message, HasSubstr(tree_.path("state/journal")));
    EXPECT_THAT(refused.message, HasSubstr(said));
    EXPECT_EQ(journal(), text);
    EXPECT_EQ(read_all_knobs(roots_), found_);
  }
}

// Who reads it as root is not told to come back as root.
TEST_F(Session, AJournalThatCannotBeLookedForNamesItsPlace) {
  tree_.write("state", "a file");
  const auto refused = error_of(restore_from_journal(roots_));
  EXPECT_THAT(refused.message, HasSubstr("Not a directory"));
  EXPECT_THAT(refused.message, HasSubstr("look at " + tree_.path("state")));
  EXPECT_THAT(refused.message, Not(HasSubstr("as root")));
}

// What is there under the number of a killed run's swap area, and holds something, may be
// anybody's.
TEST_F(Session, RestoringRemovesNobodyElsesSwap) {
  tree_.write("sys/class/zram-control/hot_remove", "");
  tree_.write("sys/block/zram4711/mm_stat", "  1048576 74 12288 0 12288 0 0 0 0\n");
  tree_.write("dev/zram4711", std::string(system_page_bytes(), 'x'));
  tree_.write("state/journal", "zpbench-journal 2\nswap.zram=4711\nksm.pages_to_scan=77\n");
  EXPECT_EQ(*restore_from_journal(roots_), 2U);
  EXPECT_EQ(tree_.read("sys/class/zram-control/hot_remove"), "");
  EXPECT_FALSE(has_journal());
  // Killed before it was used.
  tree_.write("sys/block/zram4711/mm_stat", "  0 0 0 0 0 0 0 0 0\n");
  tree_.write("state/journal", "zpbench-journal 2\nswap.zram=4711\n");
  EXPECT_EQ(*restore_from_journal(roots_), 1U);
  EXPECT_EQ(tree_.read("sys/class/zram-control/hot_remove"), "4711");
}

// A /dev that lacks it, or hides it, says nothing of whose it is: the area would stay for ever.
TEST_F(Session, SwapThatCannotBeReadIsNotTakenForSomebodyElses) {
  tree_.write("sys/class/zram-control/hot_remove", "");
  tree_.write("sys/block/zram4711/mm_stat", "  1048576 74 12288 0 12288 0 0 0 0\n");
  tree_.write("state/journal", "zpbench-journal 2\nswap.zram=4711\n");
  EXPECT_THAT(error_of(restore_from_journal(roots_)).message, HasSubstr("dev/zram4711"));
  tree_.write("dev/zram4711", "");
  EXPECT_THAT(error_of(restore_from_journal(roots_)).message, HasSubstr("less than a page"));
  EXPECT_TRUE(has_journal());
}

// A directory here is not a group: it has none of the kernel's files, so nobody can enter it.
TEST_F(Session, AGroupIsJournaledBeforeItIsMadeAndLeftEmpty) {
  const MemoryGroup group{tree_.path("home"), tree_.path("zpbench-4711")};
  KsmSession session(roots_);
  EXPECT_FALSE(session.enter_group(group));
  EXPECT_EQ(journal(), fmt::format("zpbench-journal 2\ngroup.memory={}\n", group.group));
  EXPECT_TRUE(std::filesystem::exists(group.group));
  EXPECT_FALSE(session.leave_group(group));  // there is no home to go to
  EXPECT_FALSE(std::filesystem::exists(group.group));
  EXPECT_FALSE(has_journal());
}

TEST_F(Session, RestoringRemovesTheGroupOfAKilledRun) {
  const std::string group = tree_.path("sys/fs/cgroup/zpbench-4711");
  std::filesystem::create_directories(group);
  const std::string text = fmt::format("zpbench-journal 2\ngroup.memory={}\n", group);
  tree_.write("state/journal", text);
  EXPECT_EQ(*restore_from_journal(roots_), 1U);
  EXPECT_FALSE(std::filesystem::exists(group));
  tree_.write("state/journal", text);  // killed before it was made
  EXPECT_EQ(*restore_from_journal(roots_), 1U);
  EXPECT_FALSE(has_journal());
}

}  // namespace
}  // namespace zp
