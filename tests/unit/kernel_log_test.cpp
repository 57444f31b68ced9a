// SPDX-License-Identifier: MIT
#include "harness/host/kernel_log.hpp"

#include <gtest/gtest.h>

#include "tests/outcome.hpp"

namespace zp {
namespace {

TEST(KernelLog, KnowsAnAlarm) {
  EXPECT_EQ(alarm_in_record("1,815,99,-;BUG: Bad rss-counter state mm:x type:MM_ANONPAGES val:1\n"),
            "BUG: Bad rss-counter state mm:x type:MM_ANONPAGES val:1");
  EXPECT_EQ(alarm_in_record("4,816,99,-;WARNING: CPU: 0 PID: 1 at mm/ksm.c:1\n SUBSYSTEM=x\n"),
            "WARNING: CPU: 0 PID: 1 at mm/ksm.c:1");
}

TEST(KernelLog, TakesOtherMessagesForNone) {
  EXPECT_EQ(alarm_in_record("6,817,99,-;__vm_enough_memory: pid: 4618, not enough memory\n"), "");
  EXPECT_EQ(alarm_in_record("6,817,99,-;eth0: up\n DEVICE=WARNING: no\n"), "");
  EXPECT_EQ(alarm_in_record("no record"), "");
  EXPECT_EQ(alarm_in_record(""), "");
}

TEST(KernelLog, SaysWhyItCantBeRead) {
  const auto log = error_of(KernelLog::open("/nonexistent/kmsg"));
  EXPECT_EQ(log.code, ExitCode::kCannotRun);
  EXPECT_EQ(log.message, "cannot read /nonexistent/kmsg: No such file or directory");
}

}  // namespace
}  // namespace zp
