// SPDX-License-Identifier: MIT
// The kernel's log from a position on: did the kernel complain while we did something?
#pragma once

#include <string>
#include <vector>

#include "harness/support/error.hpp"
#include "harness/support/file.hpp"

namespace zp {

// The text of a /dev/kmsg record ("6,1234,567890,-;text\n KEY=value"), where it is one of the
// kernel's own alarms: BUG, WARNING, Bad rss-counter state, Bad page map, an oops, a lockup.
// Everything else (an application's failed system call, a driver's chatter) gives nothing. Source:
// Documentation/ABI/testing/dev-kmsg; lib/bug.c, kernel/fork.c, mm/memory.c, mm/debug.c.
std::string alarm_in_record(const std::string& record);

class KernelLog {
 public:
  // From now on. Errors: kCannotRun with the cause (dmesg_restrict, a container without /dev/kmsg).
  static Outcome<KernelLog> open(const std::string& path = "/dev/kmsg");

  // The alarms since opening. Errors: kCannotRun where records were overwritten before they were
  // read, so that nobody can say what they were.
  Outcome<std::vector<std::string>> alarms() const;

 private:
  explicit KernelLog(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace zp
