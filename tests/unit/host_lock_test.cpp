// SPDX-License-Identifier: MIT
// The lock that keeps two runs apart.
#include "harness/ksm/session.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/outcome.hpp"
#include "tests/sanitized.hpp"
#include "tests/unit/session_fixture.hpp"

namespace zp {
namespace {

using testing::HasSubstr;
using testing::Not;

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
