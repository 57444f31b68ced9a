// SPDX-License-Identifier: MIT
#include "harness/support/file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "harness/support/descriptors.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/library_exit.hpp"
#include "tests/outcome.hpp"
#include "tests/sanitized.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

std::size_t files_in(const std::string& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    count += !entry.path().empty();
  return count;
}

TEST(File, ReadsWholeFilesAndNamesWhatItCannotRead) {
  FakeTree tree;
  const std::string text(10000, 'x');
  tree.write("sys/long", text);
  EXPECT_EQ(*read_text_file(tree.path("sys/long")), text);
  EXPECT_EQ(error_of(read_text_file(tree.path("sys/none"))).message,
            "cannot read " + tree.path("sys/none") + ": No such file or directory");
  EXPECT_FALSE(read_text_file(tree.path("sys")));  // a directory
}

TEST(File, TrimsBothEnds) {
  FakeTree tree;
  tree.write("sys/a", " \t 12 34\r\n\n");
  tree.write("sys/blank", " \n");
  EXPECT_EQ(read_trimmed(tree.path("sys/a")), "12 34");
  EXPECT_EQ(read_trimmed(tree.path("sys/blank")), "");
  EXPECT_EQ(read_trimmed(tree.path("sys/none")), std::nullopt);
}

TEST(File, WritesKernelFilesOnlyWhereTheyAre) {
  FakeTree tree;
  tree.write("sys/knob", "0\n");
  EXPECT_TRUE(write_kernel_file(tree.path("sys/knob"), "1"));
  EXPECT_EQ(tree.read("sys/knob"), "1");
  EXPECT_FALSE(write_kernel_file(tree.path("sys/none"), "1"));
  EXPECT_FALSE(std::filesystem::exists(tree.path("sys/none")));
  // The kernel takes the open, and refuses the write.
  EXPECT_THAT(error_of(write_kernel_file("/proc/version", "1")).message,
              HasSubstr("cannot write 1 to /proc/version"));
}

TEST(File, AtomicWritesLeaveAnExistingFileIntact) {
  FakeTree tree;
  const std::string path = tree.path("sys/out.json");
  ASSERT_TRUE(write_file_atomically(path, "first", false));
  const auto second = error_of(write_file_atomically(path, "second", false));
  EXPECT_EQ(second.code, ExitCode::kUsage);
  EXPECT_THAT(second.message, HasSubstr(path));
  EXPECT_EQ(tree.read("sys/out.json"), "first");
  ASSERT_TRUE(write_file_atomically(path, "third", true));
  EXPECT_EQ(tree.read("sys/out.json"), "third");
  EXPECT_EQ(files_in(tree.path("sys")), 1U);  // no temporary file
}

TEST(File, AtomicWritesThatFailLeaveNothing) {
  FakeTree tree;
  EXPECT_FALSE(write_file_atomically(tree.path("none/out"), "text", false));
  tree.write("sys/directory/file", "");
  EXPECT_FALSE(write_file_atomically(tree.path("sys/directory"), "text", true));
  EXPECT_EQ(files_in(tree.path("sys")), 1U);
}

TEST(File, CreatableIsSaidBeforehandWithoutATrace) {
  FakeTree tree;
  EXPECT_TRUE(check_creatable(tree.path("sys/new")));
  EXPECT_EQ(files_in(tree.path("sys")), 0U);
  EXPECT_FALSE(check_creatable(tree.path("none/new")));
  EXPECT_FALSE(check_creatable(tree.path("sys")));
  EXPECT_FALSE(check_creatable(tree.path("sys/" + std::string(300, 'n'))));
  tree.link("sys/dangling", "/nowhere");
  EXPECT_FALSE(check_creatable(tree.path("sys/dangling")));
}

// In a container every run may have the same process number, and one was killed.
TEST(File, WhatAKilledRunLeftIsNotInTheWay) {
  FakeTree tree;
  const std::string path = tree.path("out.json");
  tree.write(fmt::format("out.json.tmp-{}", ::getpid()), "half");
  EXPECT_TRUE(check_creatable(path));
  EXPECT_TRUE(write_file_atomically(path, "whole", false));
  EXPECT_EQ(read_text_file(path).value_or(""), "whole");
  EXPECT_EQ(read_text_file(fmt::format("{}.tmp-{}", path, ::getpid())).value_or(""), "half");
}

TEST(File, ANameMayBeAsLongAsNamesMayBe) {
  FakeTree tree;
  const auto longest = tree.path(std::string(255, 'n'));
  EXPECT_TRUE(check_creatable(longest));
  EXPECT_TRUE(write_file_atomically(longest, "x", false));
  EXPECT_EQ(read_text_file(longest).value_or(""), "x");
  EXPECT_THAT(error_of(check_creatable(longest + "n")).message, HasSubstr("File name too long"));
}

// Masked parts of /proc and /sys: nothing is waited for, and nothing without end is read.
TEST(File, WhatIsNoFileIsNotWaitedFor) {
  FakeTree tree;
  ASSERT_EQ(::mkfifo(tree.path("sys/fifo").c_str(), 0600), 0);
  EXPECT_EQ(*read_text_file(tree.path("sys/fifo")), "");
  EXPECT_FALSE(read_text_file("/dev/zero"));
  EXPECT_FALSE(read_text_file("/dev/null"));
}

TEST(File, LinesOneByOneUntilEnough) {
  FakeTree tree;
  const std::string longest(200000, 'y');
  tree.write("sys/lines", "one\n\n" + longest + "\nlast");
  std::vector<std::size_t> sizes;
  ASSERT_TRUE(for_each_line(tree.path("sys/lines"), [&](std::string_view line) {
    sizes.push_back(line.size());
    return true;
  }));
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 0, 64 << 10, 4}));
  int seen = 0;
  ASSERT_TRUE(for_each_line(tree.path("sys/lines"), [&](std::string_view) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
  EXPECT_FALSE(for_each_line(tree.path("sys/none"), [](std::string_view) { return true; }));
}

// In a process of its own, which must live on.
TEST(FileDeathTest, ALimitOnFileSizesIsAnError) {
  FakeTree tree;
  const std::string path = tree.path("sys/out");
  const auto write_under_limit = [&] {
    constexpr rlimit kLimit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &kLimit);
    const auto written = write_file_atomically(path, std::string(5000, 'x'), false);
    std::exit(!written && written.error().message.find("File too large") != std::string::npos ? 7
                                                                                              : 0);
  };
  EXPECT_EXIT(write_under_limit(), testing::ExitedWithCode(7), "");
  EXPECT_EQ(files_in(tree.path("sys")), 0U);
}

// The signal comes when the file is whole or gone, never between.
TEST(FileDeathTest, SignalsAreHeldBackWhileAFileIsWritten) {
  const auto signalled = [] {
    {
      const SignalsHeldBack until_here;
      ::raise(SIGTERM);
      ::raise(SIGXFSZ);  // dropped: the write has failed
      print_to(stderr, "done");
    }
    std::exit(1);
  };
  EXPECT_EXIT(signalled(), testing::KilledBySignal(SIGTERM), "done");
}

// User-mode QEMU keeps the last real-time signals to itself: there they reach nobody.
bool reaches_a_process(int signal) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST(InterruptDeathTest, EverySignalThatEndsAProcessIsCaught) {
  for (const int signal : ending_signals()) {
    if (signal >= SIGRTMIN && !reaches_a_process(signal)) continue;
    const auto caught = [&] {
      catch_interrupts();
      ::raise(signal);
      ::raise(SIGINT);  // the first one counts
      std::exit(interrupted() ? static_cast<int>(interrupt_exit_code()) : 0);
    };
    EXPECT_EXIT(caught(), testing::ExitedWithCode(128 + signal), "") << signal;
  }
}

TEST(Interrupt, NoSignalIsForgotten) {
  // What can't be caught, what a fault of our own raises, what does not end a process, and the
  // file size limit's.
  const std::vector<int> others{SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,   SIGFPE,  SIGILL,
                                SIGTRAP, SIGABRT, SIGSYS,  SIGCHLD,  SIGCONT, SIGTSTP,
                                SIGTTIN, SIGTTOU, SIGURG,  SIGWINCH, SIGXFSZ};
  const auto has = [](const auto& list, int signal) {
    return std::ranges::find(list, signal) != list.end();
  };
  for (int signal = 1; signal < 32; ++signal)
    EXPECT_NE(has(ending_signals(), signal), has(others, signal)) << signal;
  EXPECT_TRUE(has(ending_signals(), SIGRTMIN));
  EXPECT_TRUE(has(ending_signals(), SIGRTMAX));
}

TEST(InterruptDeathTest, IgnoredSignalsStayIgnored) {
  const auto under_nohup = [] {
    std::signal(SIGHUP, SIG_IGN);
    catch_interrupts();
    ::raise(SIGHUP);
    std::exit(interrupted() ? 1 : 7);
  };
  EXPECT_EXIT(under_nohup(), testing::ExitedWithCode(7), "");
}

TEST(InterruptDeathTest, BlockedSignalsAreLetThrough) {
  const auto started_by_one_who_blocks = [] {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    catch_interrupts();
    ::raise(SIGTERM);
    std::exit(interrupted() ? static_cast<int>(interrupt_exit_code()) : 0);
  };
  EXPECT_EXIT(started_by_one_who_blocks(), testing::ExitedWithCode(128 + SIGTERM), "");
}

TEST(InterruptDeathTest, ALimitOnCpuTimeSendsASignalBeforeItKills) {
  const auto with_limit = [](rlim_t soft, rlim_t hard) {
    const rlimit limit{soft, hard};
    ::setrlimit(RLIMIT_CPU, &limit);
    catch_interrupts();
    rlimit now{};
    ::getrlimit(RLIMIT_CPU, &now);
    std::exit(now.rlim_max == hard ? static_cast<int>(now.rlim_cur) : 255);
  };
  EXPECT_EXIT(with_limit(100, 100), testing::ExitedWithCode(90), "");
  EXPECT_EXIT(with_limit(8, 8), testing::ExitedWithCode(4), "");
  EXPECT_EXIT(with_limit(50, 100), testing::ExitedWithCode(50), "");
  EXPECT_EXIT(with_limit(60, RLIM_INFINITY), testing::ExitedWithCode(60), "");
}

TEST(File, DescriptorsHaveOneOwner) {
  int raw[2];
  ASSERT_EQ(::pipe(raw), 0);
  Fd writer(raw[1]);
  const Fd reader(raw[0]);
  {
    const Fd moved = std::move(writer);
    EXPECT_TRUE(moved);
  }
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 0);  // closed with its only owner
}

TEST(DescriptorsDeathTest, NoFileTakesThePlaceOfAClosedOutput) {
  const auto opened_when_closed = [] {
    for (const int fd : {0, 1, 2}) ::close(fd);
    keep_standard_descriptors();
    const Fd file(::open("/dev/zero", O_RDWR));
    const bool printed = ::write(STDOUT_FILENO, "x", 1) == 1;
    ::_exit(file.get() > STDERR_FILENO && !printed ? 7 : 1);
  };
  EXPECT_EXIT(opened_when_closed(), testing::ExitedWithCode(7), "");
}

TEST(DescriptorsDeathTest, TooFewAreSaid) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs descriptors to look at an object";
  EXPECT_TRUE(check_descriptors());
  const auto said_with_few = [] {
    const rlimit few{5, 5};
    ::setrlimit(RLIMIT_NOFILE, &few);
    const auto checked = check_descriptors();
    print_to(stderr, checked ? "enough" : checked.error().message);
    ::_exit(checked ? 0 : static_cast<int>(checked.error().code));
  };
  EXPECT_EXIT(said_with_few(), testing::ExitedWithCode(4),
              "cannot open 16 files at once, only [0-9]+: Too many open files; raise the limit "
              "\\(ulimit -n\\)");
}

TEST(LibraryLooksDeathTest, AnExitOfALibraryIsExplained) {
  EXPECT_EXIT(
      {
        const LibraryLooks looks("libx ended the program");
        std::exit(1);
      },
      testing::ExitedWithCode(4), "^zpbench: libx ended the program\n$");
  EXPECT_EXIT(
      {
        { const LibraryLooks looks("libx ended the program"); }
        std::exit(1);
      },
      testing::ExitedWithCode(1), "^$");
}

}  // namespace
}  // namespace zp
