// SPDX-License-Identifier: MIT
// Session and journal on knobs that are plain files, and the lock that keeps two runs apart.
#include "harness/ksm/session.hpp"

#include <gmock/gmock.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "harness/families/khugepaged.hpp"
#include "harness/host/page_size.hpp"
#include "harness/ksm/merge.hpp"
#include "harness/names/placement_id.hpp"
#include "tests/outcome.hpp"
#include "tests/sanitized.hpp"
#include "tests/unit/ksm/session_fixture.hpp"

namespace zp {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(Session, PutsBackWhatItFound) {
  {
    KsmSession session(roots_);
    ASSERT_TRUE(session.set("ksm.pages_to_scan", "1000"));
    ASSERT_TRUE(session.set("ksm.pages_to_scan", "2000"));
    ASSERT_TRUE(session.set("thp.enabled", "always"));
    EXPECT_NE(read_all_knobs(roots_), found_);
    EXPECT_EQ(journal(), "zpbench-journal 2\nksm.pages_to_scan=123\nthp.enabled=madvise\n");
  }
  EXPECT_EQ(read_all_knobs(roots_), found_);
  EXPECT_FALSE(std::filesystem::exists(tree_.path("state")));
}

TEST_F(Session, KhugepagedIsInAHurryAndThenAsBefore) {
  tree_.write("sys/kernel/mm/transparent_hugepage/enabled", "never\n");
  found_ = read_all_knobs(roots_);
  KsmSession session(roots_);
  const auto value = [&](const char* knob) { return read_knob(roots_, *find_knob(knob)); };
  {
    const auto held = value_of(Khugepaged::hold(session));
    EXPECT_EQ(value("thp.khugepaged.max_ptes_none"), "0");
    EXPECT_EQ(value("thp.enabled"), "never");
  }
  {
    const auto khugepaged = value_of(Khugepaged::hurry(session, PtesNone::kZero));
    EXPECT_EQ(value("thp.khugepaged.max_ptes_none"), "0");
    EXPECT_EQ(value("thp.khugepaged.scan_sleep_millisecs"), "10");
    EXPECT_NE(value("thp.enabled"), "never");
    EXPECT_THAT(journal(), HasSubstr("\nthp.khugepaged.max_ptes_none=400\n"));
  }
  EXPECT_EQ(read_all_knobs(roots_), found_);
  EXPECT_TRUE(has_journal());  // until the session ends
}

// What the administrator keeps khugepaged from is nobody else's to pay for.
TEST_F(Session, KhugepagedIsNotLetLooseOnOthers) {
  const std::string thp = "sys/kernel/mm/transparent_hugepage/";
  const auto refused = [&](PtesNone ptes_none) {
    return why_no_khugepaged(KsmSession(roots_), ptes_none).value_or("");
  };
  tree_.write(thp + "hpage_pmd_size", std::to_string(512 * system_page_bytes()));
  EXPECT_EQ(refused(PtesNone::kAllButOne), "");
  tree_.write("proc/10/comm", "sparse\n");
  tree_.write("proc/10/smaps", "VmFlags: rd wr hg\n");
  EXPECT_THAT(refused(PtesNone::kAllButOne),
              AllOf(HasSubstr("memory of 10 (sparse), "), HasSubstr("alone with max_ptes_none=400"),
                    HasSubstr("set max_ptes_none=511")));
  EXPECT_EQ(refused(PtesNone::kZero), "");
  {
    KsmSession session(roots_);
    EXPECT_FALSE(Khugepaged::hurry(session, PtesNone::kAllButOne));
    EXPECT_FALSE(has_journal());
    ASSERT_TRUE(session.set("thp.khugepaged.max_ptes_none", "0"));  // by us, so no reason
    EXPECT_FALSE(why_no_khugepaged(session, PtesNone::kZero));
    EXPECT_THAT(why_no_khugepaged(session, PtesNone::kAllButOne).value_or(""),
                HasSubstr("max_ptes_none=400"));
  }
  tree_.write(thp + "khugepaged/max_ptes_none", "511\n");
  EXPECT_EQ(refused(PtesNone::kAllButOne), "");
  tree_.write(thp + "enabled", "never\n");
  EXPECT_THAT(refused(PtesNone::kZero), HasSubstr("alone with thp.enabled=never"));
  tree_.remove("proc/10");
  EXPECT_EQ(refused(PtesNone::kZero), "");
  tree_.write(thp + "enabled", "[always] madvise never\n");
  tree_.write(thp + "khugepaged/max_ptes_none", "0\n");
  EXPECT_THAT(refused(PtesNone::kFourFifths), HasSubstr("memory of everybody"));
}

TEST_F(Session, WritesNothingWhereTheValueIsThere) {
  KsmSession session(roots_);
  ASSERT_TRUE(session.set("ksm.pages_to_scan", "123"));
  EXPECT_FALSE(has_journal());
  EXPECT_EQ(tree_.read("sys/kernel/mm/ksm/pages_to_scan"), "123\n");
}

// Which knobs of KSM are written while the session restores, in that order; of two equal writes in
// a row inotify tells one.
std::string order_of_restoring(KsmSession& session, const FakeKnobs& tree) {
  const Fd events(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  EXPECT_GE(
      ::inotify_add_watch(events.get(), tree.path("sys/kernel/mm/ksm").c_str(), IN_CLOSE_WRITE), 0);
  EXPECT_TRUE(session.restore());
  std::string order;
  alignas(inotify_event) char buffer[8192];
  const ssize_t got = ::read(events.get(), buffer, sizeof buffer);
  for (ssize_t at = 0; at < got;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
    order += std::string(event->name) + " ";
    at += static_cast<ssize_t>(sizeof *event + event->len);
  }
  return order;
}

TEST_F(Session, RestoresInReverseWithRunLast) {
  KsmSession session(roots_);
  for (const auto& [knob, value] : {std::pair{"ksm.run", "0"},
                                    {"ksm.advisor_mode", "none"},
                                    {"ksm.max_page_sharing", "99"},
                                    {"ksm.pages_to_scan", "5"}})
    ASSERT_TRUE(session.set(knob, value));
  // First everything is unmerged (run=0, run=2), else max_page_sharing could not be written.
  EXPECT_EQ(order_of_restoring(session, tree_),
            "run pages_to_scan max_page_sharing advisor_mode run ");
  EXPECT_EQ(read_all_knobs(roots_), found_);
}

// A row of `scan` sets it for itself; with it on the kernel refuses pages_to_scan.
TEST_F(Session, TheAdvisorIsOffWhilePagesToScanIsPutBack) {
  KsmSession session(roots_);
  for (const auto& [knob, value] : {std::pair{"ksm.advisor_mode", "none"},
                                    {"ksm.pages_to_scan", "5"},
                                    {"ksm.advisor_mode", "scan-time"}})
    ASSERT_TRUE(session.set(knob, value));
  EXPECT_EQ(order_of_restoring(session, tree_), "advisor_mode pages_to_scan advisor_mode ");
  EXPECT_EQ(read_knob(roots_, *find_knob("ksm.advisor_mode")), "scan-time");
  EXPECT_EQ(read_knob(roots_, *find_knob("ksm.pages_to_scan")), "123");
}

TEST_F(Session, SwitchesTheAdvisorOffBeforeWhatItOwns) {
  KsmSession session(roots_);
  ASSERT_TRUE(prepare_merge(session, {false, 1 << 20}));
  EXPECT_EQ(journal(),
            "zpbench-journal 2\nksm.run=1\nksm.advisor_mode=scan-time\nksm.smart_scan=1\n"
            "ksm.max_page_sharing=256\nksm.pages_to_scan=123\nksm.sleep_millisecs=45\n");
  EXPECT_EQ(read_knob(roots_, *find_knob("ksm.run")), "0");
}

TEST_F(Session, MergingWritesTheKnobsOfItsRowInTheCatalogueAndNoOther) {
  const PlacementId id{PlacementKind::kKsmZeroPage, 0};
  tree_.write("sys/kernel/mm/ksm/redhat_only_zero_pages", "1\n");
  found_ = read_all_knobs(roots_);
  KsmSession session(roots_);
  ASSERT_TRUE(prepare_merge(session, {true, 1 << 20}));
  const KnobValues now = read_all_knobs(roots_);
  std::vector<std::string> written, in_row;
  for (std::size_t i = 0; i < now.size(); ++i)
    if (now[i] != found_[i]) written.push_back(now[i].first);
  for (const KnobWrite& write : id.entry().knobs) in_row.emplace_back(write.knob);
  EXPECT_THAT(written, testing::UnorderedElementsAreArray(in_row));
}

TEST_F(Session, DoesWithoutTheKnobsOfNewerKernels) {
  for (const char* knob : {"smart_scan", "advisor_mode", "use_zero_pages", "max_page_sharing"})
    tree_.remove(std::string("sys/kernel/mm/ksm/") + knob);
  found_ = read_all_knobs(roots_);
  {
    KsmSession session(roots_);
    EXPECT_TRUE(prepare_merge(session, {false, 1 << 20}));
    const auto zero =
        error_of(prepare_merge(session, {true, 256}));  // what was asked for can't be had
    EXPECT_THAT(zero.message, HasSubstr("use_zero_pages"));
  }
  EXPECT_EQ(read_all_knobs(roots_), found_);
}

TEST_F(Session, AKnobThatCannotBeWrittenIsNamedAndTheRestPutBack) {
  tree_.link("sys/kernel/mm/ksm/smart_scan", "/proc/version");
  found_ = read_all_knobs(roots_);
  {
    KsmSession session(roots_);
    ASSERT_TRUE(session.set("ksm.pages_to_scan", "5"));
    EXPECT_THAT(error_of(session.set("ksm.smart_scan", "0")).message, HasSubstr("smart_scan"));
  }
  EXPECT_EQ(read_all_knobs(roots_), found_);
  EXPECT_FALSE(has_journal());  // smart_scan is as it was found
}

TEST_F(Session, AKnobThatCannotBePutBackKeepsTheJournal) {
  {
    KsmSession session(roots_);
    ASSERT_TRUE(session.set("ksm.pages_to_scan", "5"));
    ASSERT_TRUE(session.set("ksm.sleep_millisecs", "0"));
    tree_.link("sys/kernel/mm/ksm/sleep_millisecs", "/proc/version");
    testing::internal::CaptureStderr();
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("sleep_millisecs"));
  EXPECT_THAT(said, HasSubstr("zpbench --restore"));
  {
    KsmSession session(roots_);
    ASSERT_TRUE(session.set("ksm.pages_to_scan", "5"));
    tree_.link("sys/kernel/mm/ksm/pages_to_scan", "/proc/version");
    const auto refused = error_of(session.restore());
    EXPECT_THAT(refused.message, HasSubstr("zpbench --restore"));
    tree_.remove("sys/kernel/mm/ksm/pages_to_scan");
    tree_.write("sys/kernel/mm/ksm/pages_to_scan", "123\n");
  }
  EXPECT_EQ(read_knob(roots_, *find_knob("ksm.pages_to_scan")), "123");
  ASSERT_TRUE(has_journal());
  tree_.remove("sys/kernel/mm/ksm/sleep_millisecs");
  tree_.write("sys/kernel/mm/ksm/sleep_millisecs", "0\n");
  EXPECT_EQ(*restore_from_journal(roots_), 3U);
  EXPECT_EQ(read_all_knobs(roots_), found_);
}

// Sets a knob while no file may grow beyond that.
Outcome<void> set_under_limit(KsmSession& session, rlim_t file_bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit found {};
  EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &found), 0);
  const struct rlimit limit { file_bytes, found.rlim_max };
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  auto set = session.set("ksm.pages_to_scan", "1000");
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &found), 0);
  return set;
}

// Others take a journal that they may not read for a killed run's.
TEST_F(Session, AJournalThatCannotBeBegunIsNotLeft) {
  KsmSession session(roots_);
  ASSERT_FALSE(set_under_limit(session, 0));
  EXPECT_EQ(read_all_knobs(roots_), found_);
  EXPECT_FALSE(std::filesystem::exists(tree_.path("state")));
}

TEST_F(Session, AJournalThatCannotGrowKeepsWholeLines) {
  KsmSession session(roots_);
  ASSERT_TRUE(session.set("ksm.run", "0"));
  const std::string before = journal();
  ASSERT_FALSE(set_under_limit(session, before.size() + 5));
  EXPECT_EQ(journal(), before);
  EXPECT_EQ(read_knob(roots_, *find_knob("ksm.pages_to_scan")), "123");
  ASSERT_TRUE(session.set("ksm.sleep_millisecs", "0"));
  EXPECT_EQ(journal(), before + "ksm.sleep_millisecs=45\n");
}

TEST_F(Session, LeftoversThatCannotBeUnmergedAreAnError) {
  tree_.write("sys/kernel/mm/ksm/pages_shared", "3\n");
  KsmSession session(roots_);
  EXPECT_THAT(error_of(session.unmerge_all()).message, HasSubstr("still shares 3 frames"));
}

// Whatever lies over a knob, in a container or a chroot: it could not be put back.
TEST_F(Session, WhatIsNoValueIsNotOverwritten) {
  KsmSession session(roots_);
  for (const std::string text : {"", "\n", "\x1b[31m\n", "1 2\n", "18446744073709551616000\n"}) {
    tree_.write("sys/kernel/mm/ksm/pages_to_scan", text);
    EXPECT_EQ(read_knob(roots_, *find_knob("ksm.pages_to_scan")), std::nullopt) << text;
    EXPECT_THAT(error_of(session.set("ksm.pages_to_scan", "5")).message,
                HasSubstr("pages_to_scan holds no value that could be put back"));
    EXPECT_EQ(tree_.read("sys/kernel/mm/ksm/pages_to_scan"), text);
  }
  EXPECT_FALSE(has_journal());
}

TEST_F(Session, MergingStopsWhenItIsCancelledOrSomebodyStopsKsmd) {
  KsmSession session(roots_);
  MergeWatch watch;
  watch.pages = 10;
  watch.merged_pages = [] { return 4U; };
  watch.cancelled = [] { return true; };
  const auto cancelled = run_merge(session, watch);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ExitCode::kInterrupted);
  EXPECT_EQ(read_knob(roots_, *find_knob("ksm.run")), "0");

  watch.cancelled = [&] {
    tree_.write("sys/kernel/mm/ksm/run", "0\n");
    return false;
  };
  const auto stalled = error_of(run_merge(session, watch));
  EXPECT_EQ(stalled.code, ExitCode::kFailed);
  EXPECT_THAT(stalled.message, HasSubstr("4 of 10 pages merged"));
  EXPECT_THAT(stalled.message, HasSubstr("ksmtuned"));
}

// As /proc/locks has who holds the lock.
std::string line_of_lock(const FakeKnobs& tree) {
  struct stat status {};
  EXPECT_EQ(::stat(tree.path("sys/kernel/mm/ksm/run").c_str(), &status), 0);
  return fmt::format("2: FLOCK  ADVISORY  WRITE 4711 {:02x}:{:02x}:{} 0 EOF\n",
                     major(status.st_dev), minor(status.st_dev), status.st_ino);
}

TEST_F(Session, TheLockKeepsTwoApart) {
  auto first = value_of(HostLock::acquire(roots_));
  const auto second = error_of(HostLock::acquire(roots_));
  EXPECT_EQ(second.code, ExitCode::kCannotRun);
  EXPECT_THAT(second.message, HasSubstr("another zpbench"));
  tree_.write("proc/locks", "1: POSIX  ADVISORY  WRITE 11 00:01:2 0 EOF\n" + line_of_lock(tree_));
  tree_.write("proc/4711/comm", "zpbench\n");
  EXPECT_THAT(HostLock::acquire(roots_).error().message, HasSubstr("PID 4711 (zpbench) holds"));
  { const HostLock gone = std::move(first); }
  EXPECT_TRUE(HostLock::acquire(roots_));
  tree_.remove("sys/kernel/mm/ksm");
  EXPECT_TRUE(HostLock::acquire(roots_));  // a kernel without KSM
  tree_.remove("proc/sys");
  EXPECT_FALSE(HostLock::acquire(roots_));
}

TEST_F(Session, AHolderOfTheLockThatIsNoZpbenchIsNotCalledOne) {
  const auto held = value_of(HostLock::acquire(roots_));
  tree_.write("proc/locks", line_of_lock(tree_));
  tree_.write("proc/4711/comm", "flo\x1b[31m\n");
  const std::string message = error_of(HostLock::acquire(roots_)).message;
  EXPECT_THAT(message, testing::StartsWith("PID 4711 (flo"));
  EXPECT_THAT(message, HasSubstr(") holds the lock on "));
  EXPECT_THAT(message, Not(HasSubstr("zpbench is measuring")));
  EXPECT_THAT(message, Not(HasSubstr("\x1b")));
  EXPECT_EQ(HostLock::held_by_another(roots_), message);
}

TEST_F(Session, NobodyHoldsAFreeLock) {
  EXPECT_EQ(HostLock::held_by_another(roots_), std::nullopt);
  EXPECT_TRUE(HostLock::acquire(roots_));
}

// Another file's lock would let two runs measure at once.
TEST_F(Session, ALockThatCannotBeOpenedJustNowIsNotTakenElsewhere) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs descriptors to look at an object";
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = HostLock::acquire(roots_);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(error_of(refused).message, HasSubstr("mm/ksm/run, whose lock keeps two runs apart: "
                                                   "Too many open files"));
}

}  // namespace
}  // namespace zp
