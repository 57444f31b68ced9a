// SPDX-License-Identifier: MIT
// A test on the real machine: under the host's lock, and every knob is as it was afterwards.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "harness/ksm/knobs.hpp"
#include "harness/ksm/session.hpp"
#include "harness/support/file.hpp"

namespace zp {

// What a test that is killed leaves in the journal is put back by somebody else, who is nobody's
// child: not with the next run of zpbench, which may be a week off.
class KnobKeeper {
 public:
  explicit KnobKeeper(const Roots& roots) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
    const Fd end(ends[0]);
    test_ = Fd(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::fork() == 0) keep(roots, end.get());
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
  }
  KnobKeeper(const KnobKeeper&) = delete;
  KnobKeeper& operator=(const KnobKeeper&) = delete;
  ~KnobKeeper() { dismiss(); }

  // Gone, once this returns. While it lives it maps pages of the test's, from the fork: one that
  // KSM takes for its own, in the test, stays shared whatever is unmerged.
  void dismiss() {
    for (int i = 0; i < 5000 && ::send(test_.get(), "", 1, MSG_NOSIGNAL) == 1; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    test_ = Fd();
  }

 private:
  [[noreturn]] void keep(const Roots& roots, int end) {
    test_ = Fd();
    ::setsid();
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    char done = 0;
    ssize_t got = -1;
    do {
      got = ::read(end, &done, 1);
    } while (got < 0 && errno == EINTR);
    for (int i = 0; got == 0 && i < 600; ++i) {
      if (const auto lock = HostLock::acquire(roots)) {
        static_cast<void>(restore_from_journal(roots));
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    ::_exit(0);
  }

  Fd test_;
};

class HostTest : public testing::Test {
 protected:
  void SetUp() override {
    keeper_.emplace(roots_);
    // Another run on this machine may measure for a while.
    auto lock = HostLock::acquire(roots_);
    // Waited for once: the tests after it, each a process of its own, need not.
    const std::string mark = testing::TempDir() + "zpbench-lock-held";
    const int tries = std::filesystem::exists(mark) ? 1 : 600;
    for (int i = 0; !lock && i < tries; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      lock = HostLock::acquire(roots_);
    }
    // Somebody else measures, which is not a fault of what is tested.
    if (!lock) std::ofstream(mark) << "held";
    if (lock) std::filesystem::remove(mark);
    if (!lock) GTEST_SKIP() << "host lock held: " << lock.error().message;
    lock_.emplace(std::move(*lock));
    const auto left = restore_from_journal(roots_);
    ASSERT_TRUE(left) << left.error().message;
    knobs_before_ = read_all_knobs(roots_);
  }
  void TearDown() override {
    if (lock_) {
      EXPECT_EQ(read_all_knobs(roots_), knobs_before_);
    }
  }

  Roots roots_;
  std::optional<KnobKeeper> keeper_;  // begun before the lock is taken, which it must not hold
  std::optional<HostLock> lock_;
  KnobValues knobs_before_;
};

// Of what needs KSM.
class KsmTest : public HostTest {
 protected:
  void SetUp() override {
    if (!KsmSession(roots_).has("ksm.run")) GTEST_SKIP() << "this kernel has no KSM";
    HostTest::SetUp();
  }
};

}  // namespace zp
