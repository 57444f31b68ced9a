// SPDX-License-Identifier: MIT
// Other processes' mergeable memory, on /proc trees of our own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "harness/host/child.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/support/file.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

TEST(Foreign, FindsRegisteredAndMergedMemoryOfOthers) {
  FakeTree tree;
  EXPECT_TRUE(find_foreign_mergeable(tree.roots(), true).mergeable.empty());
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  const auto process = [&](int pid, const char* comm, const std::string& stat, const char* flags) {
    const std::string at = fmt::format("proc/{}/", pid);
    tree.write(at + "comm", std::string(comm) + "\n");
    if (!stat.empty()) tree.write(at + "ksm_stat", stat);
    tree.write(at + "smaps", fmt::format("7f00-7f01 rw-p 0 00:00 0\nVmFlags: {}\n", flags));
  };
  process(10, "plain", "ksm_merging_pages 0\n", "rd wr mr mw me ac ");
  process(11, "registered", "ksm_merging_pages 0\nksm_zero_pages 0\n", "rd wr mg ac ");
  process(12, "merged", "ksm_merging_pages 7\n", "rd wr mg ac ");
  process(13, "zeros", "ksm_merging_pages 0\nksm_zero_pages 2\n", "rd wr ac ");
  process(14, "old kernel", "", "rd wr mg ac ");
  process(::getpid(), "this one", "ksm_merging_pages 7\n", "rd wr mg ac ");
  const Child guest = value_of(Child::start({"/bin/sleep", "60"}, STDERR_FILENO));
  process(guest.pid(), "our guest", "ksm_merging_pages 7\n", "rd wr mg ac ");
  // A child that this program had before it was this one, as of a shell that calls exec, is
  // others'.
  process(16, "inherited", "ksm_merging_pages 7\n", "rd wr mg ac ");
  for (const int child : {guest.pid(), 16})
    tree.write(fmt::format("proc/{}/status", child), fmt::format("PPid:\t{}\n", ::getpid()));
  tree.write("proc/15x/comm", "no process\n");
  const auto merged_of = [&](bool shared) {
    std::string text;
    auto found = find_foreign_mergeable(tree.roots(), shared).mergeable;
    std::ranges::sort(found, [](const auto& a, const auto& b) { return a.pid < b.pid; });
    for (const auto& p : found) text += fmt::format("{}{} ", p.pid, p.merged ? "+" : "");
    return text;
  };
  EXPECT_EQ(merged_of(false), "11 12+ 13+ 14 16+ ");
  EXPECT_EQ(merged_of(true), "11 12+ 13+ 14+ 16+ ");
  // Of the namespace above: there this process has another number, and so has its child.
  for (const int pid : {::getpid(), guest.pid()}) tree.remove(fmt::format("proc/{}", pid));
  tree.link("proc/self", "12");
  process(900, "our guest", "ksm_merging_pages 7\n", "rd wr mg ac ");
  tree.write("proc/900/status", fmt::format("PPid:\t12\nNSpid:\t900\t{}\n", guest.pid()));
  EXPECT_EQ(merged_of(false), "11 13+ 14 16+ ");
}

// A kernel that says it in a line is believed: no time is left for smaps here.
TEST(Foreign, AsksTheKernelThatSaysIt) {
  FakeTree tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  const auto process = [&](int pid, const char* stat) {
    const std::string at = fmt::format("proc/{}/", pid);
    tree.write(at + "comm", "p\n");
    tree.write(at + "smaps", "VmFlags: rd mg\n");
    tree.write(at + "ksm_stat", stat);
  };
  process(10, "ksm_rmap_items 0\nksm_merging_pages 0\nksm_merge_any: no\nksm_mergeable: no\n");
  process(11, "ksm_rmap_items 0\nksm_merging_pages 0\nksm_merge_any: no\nksm_mergeable: yes\n");
  process(12, "ksm_rmap_items 9\nksm_merging_pages 0\n");
  auto found = find_foreign_mergeable(tree.roots(), false, {0, 0, 0});
  ASSERT_EQ(found.mergeable.size(), 2U);
  EXPECT_EQ(found.mergeable[0].pid + found.mergeable[1].pid, 23);
  EXPECT_TRUE(found.not_looked_at.empty());
}

// 60 000 mappings, as a process may have by default, and one that is registered at the very end.
TEST(Foreign, LooksAtLargeProcessesWithinBounds) {
  FakeTree tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  tree.write("proc/10/comm", "large\n");
  std::string smaps;
  for (int i = 0; i < 60000; ++i)
    smaps += fmt::format("{:x}000-{:x}000 rw-p 0 00:00 0\nRss: 4 kB\nVmFlags: rd wr mr \n", 2 * i,
                         2 * i + 1);
  tree.write("proc/10/smaps", smaps + "VmFlags: rd wr mg \n");
  const auto unbounded = find_foreign_mergeable(tree.roots(), false, {1U << 30U, 1, 60});
  ASSERT_EQ(unbounded.mergeable.size(), 1U);
  for (const ForeignLimits limits :
       {ForeignLimits{1 << 16, 1, 60}, ForeignLimits{1U << 30U, 1, 0}}) {
    const auto bounded = find_foreign_mergeable(tree.roots(), false, limits);
    EXPECT_TRUE(bounded.mergeable.empty());
    ASSERT_EQ(bounded.not_looked_at.size(), 1U);
    EXPECT_EQ(process_names(bounded.not_looked_at), "10 (large)");
  }
  tree.write("proc/10/status", "Name: large\nVmRSS:\t 99999999 kB\nVmPTE:\t 16 kB\n");
  EXPECT_EQ(find_foreign_mergeable(tree.roots(), false, {1U << 30U, 1, 60}).not_looked_at.size(),
            1U);
  // Without counters what was not looked at may be merged.
  tree.write("sys/kernel/mm/ksm/pages_shared", "1\n");
  tree.write("proc/10/status", "Name: large\nVmRSS:\t 4 kB\nVmPTE:\t 20480 kB\n");
  EXPECT_EQ(find_foreign_merged(tree.roots()).size(), 1U);
  tree.write("proc/10/ksm_merging_pages", "0\n");
  EXPECT_TRUE(find_foreign_merged(tree.roots()).empty());
}

// Before Linux 5.19 only smaps tells, which root may not read without CAP_SYS_PTRACE; run=2 would
// take that memory apart.
TEST(Foreign, WhatMayNotBeReadCountsAsMerged) {
  FakeTree tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  tree.write("sys/kernel/mm/ksm/pages_shared", "1\n");
  for (const char* pid : {"10", "11"}) {
    tree.write(fmt::format("proc/{}/comm", pid), "p\n");
    std::filesystem::create_directories(tree.path(fmt::format("proc/{}/smaps", pid)));
  }
  tree.write("proc/10/status", "Name: p\nVmPTE:\t 20 kB\n");
  tree.write("proc/11/status", "Name: p\n");  // a kernel thread
  EXPECT_EQ(process_names(find_foreign_merged(tree.roots())), "10 (p)");
  // Whether KSM is there says nothing of khugepaged.
  EXPECT_TRUE(find_foreign_huge(tree.roots()).empty());
  tree.remove("sys/kernel/mm/ksm");
  tree.write("sys/kernel/mm/transparent_hugepage/khugepaged/max_ptes_none", "511\n");
  EXPECT_EQ(process_names(find_foreign_huge(tree.roots())), "10 (p)");
}

// Its main thread has ended (pthread_exit), and shows no memory any more; another one does.
TEST(Foreign, SeesMemoryWhoseMainThreadHasEnded) {
  FakeTree tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  tree.write("sys/kernel/mm/ksm/pages_shared", "1\n");
  for (const char* pid : {"10", "20"}) {
    const std::string at = fmt::format("proc/{}/", pid);
    tree.write(at + "comm", "p\n");
    tree.write(at + "status", "State:\tZ (zombie)\nThreads:\t3\n");
    tree.write(at + "ksm_stat", "");
    tree.write(at + fmt::format("task/{}/status", pid), "State:\tZ (zombie)\nThreads:\t3\n");
    tree.write(at + "task/31/status", "State:\tS (sleeping)\nVmPTE:\t 20 kB\nThreads:\t3\n");
  }
  tree.write("proc/10/task/31/ksm_stat", "ksm_merging_pages 7\n");
  tree.write("proc/20/task/31/smaps", "VmFlags: rd mg\n");  // before Linux 5.19
  auto found = find_foreign_merged(tree.roots());
  std::ranges::sort(found, {}, &ForeignProcess::pid);
  EXPECT_EQ(process_names(found), "10 (p), 20 (p)");
}

// A process of ten million mappings and more: its smaps never ends here. The bounds as shipped.
TEST(Foreign, IsDoneWithASmapsThatNeverEnds) {
  FakeTree tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  tree.write("proc/10/comm", "endless\n");
  const std::string smaps = tree.path("proc/10/smaps");
  ASSERT_EQ(::mkfifo(smaps.c_str(), 0600), 0);
  std::signal(SIGPIPE, SIG_IGN);
  Fd both_ends(::open(smaps.c_str(), O_RDWR | O_CLOEXEC));  // until it has been read
  std::size_t written = 0;
  std::jthread kernel([&] {
    const Fd fd(::open(smaps.c_str(), O_WRONLY | O_CLOEXEC));
    const std::string mapping = "1000-2000 rw-p 0 00:00 0\nRss: 4 kB\nVmFlags: rd wr mr \n";
    while (::write(fd.get(), mapping.data(), mapping.size()) > 0) written += mapping.size();
  });
  const auto start = std::chrono::steady_clock::now();
  const auto found = find_foreign_mergeable(tree.roots(), false);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  both_ends = Fd();
  kernel.join();
  EXPECT_EQ(process_names(found.not_looked_at), "10 (endless)");
  EXPECT_LT(written, 2 * ForeignLimits{}.smaps_bytes);
}

// In a container: whose pages KSM shares may not be seen.
TEST(Foreign, MergedPagesOfNobodySeenAreSomebodysInAnotherPidNamespace) {
  FakeTree tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  tree.write("sys/kernel/mm/ksm/pages_shared", "1\n");
  std::filesystem::create_directories(tree.path("proc/self/ns"));
  tree.link("proc/self/ns/pid", "pid:[4026531836]");
  EXPECT_TRUE(find_foreign_merged(tree.roots()).empty());
  tree.link("proc/self/ns/pid", "pid:[4026532345]");
  EXPECT_THAT(process_names(find_foreign_merged(tree.roots())),
              testing::StartsWith("processes that this PID namespace does not show ("));
  tree.write("proc/12/comm", "seen\n");
  tree.write("proc/12/ksm_stat", "ksm_merging_pages 7\n");
  EXPECT_EQ(process_names(find_foreign_merged(tree.roots())), "12 (seen)");
  tree.write("sys/kernel/mm/ksm/pages_shared", "0\n");
  EXPECT_TRUE(find_foreign_merged(tree.roots()).empty());
}

// As systemd's ProtectProc= mounts it. Pages of processes that have ended are in pages_shared until
// ksmd scans again, so the figure alone says nothing where every process is seen.
TEST(Foreign, MergedPagesOfNobodySeenAreSomebodysWhereProcHidesProcesses) {
  FakeTree tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  tree.write("sys/kernel/mm/ksm/pages_shared", "1\n");
  const std::string mount = fmt::format("36 35 0:5 / {} rw - proc proc rw", tree.roots().proc);
  const auto foreign = [&](const std::string& mounts, const char* capabilities) {
    tree.write("proc/self/mountinfo", mounts);
    tree.write("proc/self/status", fmt::format("CapEff:\t{}\n", capabilities));
    return process_names(find_foreign_merged(tree.roots()));
  };
  const char *all = "000001ffffffffff", *but_ptrace = "000001fffff7ffff";
  EXPECT_EQ(foreign(mount + "\n", but_ptrace), "");
  EXPECT_EQ(foreign(mount + ",hidepid=ptraceable\n", all), "");
  const auto hidden = testing::StartsWith("processes that /proc hides (hidepid=, ");
  EXPECT_THAT(foreign(mount + ",hidepid=ptraceable\n", but_ptrace), hidden);
  EXPECT_THAT(foreign(mount + "\n" + mount + ",hidepid=2\n", but_ptrace), hidden);
  EXPECT_EQ(foreign(mount + ",hidepid=2\n" + mount + "\n", but_ptrace), "");
  // Its group sees all, by default that of root; hidepid=ptraceable has none.
  const std::string groups = std::string(but_ptrace) + "\nGid:\t7\t7\t7\t7\nGroups:\t4 27 ";
  for (const char* seen : {",hidepid=2,gid=27", ",hidepid=invisible,gid=7"})
    EXPECT_EQ(foreign(mount + seen + "\n", groups.c_str()), "") << seen;
  for (const char* unseen : {",hidepid=2", ",hidepid=2,gid=2", ",hidepid=ptraceable,gid=27"})
    EXPECT_THAT(foreign(mount + unseen + "\n", groups.c_str()), hidden) << unseen;
  std::filesystem::create_directories(tree.path("proc/self/ns"));
  tree.link("proc/self/ns/user", "user:[4026532345]");  // its capabilities say nothing of others
  EXPECT_THAT(foreign(mount + ",hidepid=2\n", all), hidden);
  EXPECT_THAT(foreign(mount + ",hidepid=2,gid=7\n", groups.c_str()), hidden);
  // There, and nothing of it may be read: hidepid=1.
  std::filesystem::create_directories(tree.path("proc/12"));
  EXPECT_EQ(foreign(mount + ",hidepid=noaccess\n", but_ptrace), "12 (?)");
}

// The advice given there, echo 2 >run, must help where the kernel has miscounted its zero pages.
TEST(Foreign, ZeroPagesThatTheKernelMiscountsAreNobodysOnceAllIsUnmerged) {
  FakeTree tree;
  tree.write("sys/kernel/mm/ksm/run", "0\n");
  tree.write("sys/kernel/mm/ksm/pages_shared", "0\n");
  tree.write("sys/kernel/mm/ksm/ksm_zero_pages", "108610\n");
  std::filesystem::create_directories(tree.path("proc/self/ns"));
  tree.link("proc/self/ns/pid", "pid:[4026532345]");
  EXPECT_EQ(find_foreign_merged(tree.roots()).size(), 1U);
  tree.write("sys/kernel/mm/ksm/run", "2\n");
  EXPECT_TRUE(find_foreign_merged(tree.roots()).empty());
}

TEST(Foreign, IsDescribedInShort) {
  std::vector<ForeignProcess> processes{{1, "a", true}, {2, "b", true}, {3, "c", true}};
  EXPECT_EQ(process_names(processes), "1 (a), 2 (b), 3 (c)");
  processes.push_back({4, "d", true});
  processes.push_back({5, "e", true});
  EXPECT_EQ(process_names(processes), "1 (a), 2 (b), 3 (c) and 2 more");
}

}  // namespace
}  // namespace zp
