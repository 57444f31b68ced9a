// SPDX-License-Identifier: MIT
#include "harness/host/kernel_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace zp {

std::string alarm_in_record(const std::string& record) {
  // What the kernel writes when it finds itself damaged; the words are those of its sources.
  constexpr std::array<std::string_view, 14> kAlarms{"BUG:",
                                                     "kernel BUG at",
                                                     "WARNING:",
                                                     "Bad rss-counter state",
                                                     "Bad page",
                                                     "page dumped because",
                                                     "Oops",
                                                     "general protection fault",
                                                     "Unable to handle kernel",
                                                     "refcount_t:",
                                                     "list_add corruption",
                                                     "list_del corruption",
                                                     "hung_task:",
                                                     "rcu: INFO:"};
  const auto begin = record.find(';');
  if (begin == std::string::npos) return "";
  const std::string text = record.substr(begin + 1, record.find('\n', begin) - begin - 1);
  const bool alarm = std::ranges::any_of(
      kAlarms, [&](std::string_view word) { return text.find(word) != std::string::npos; });
  return alarm ? text : "";
}

Outcome<KernelLog> KernelLog::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
  if (::lseek(fd.get(), 0, SEEK_END) < 0)
    return fail(ExitCode::kCannotRun, "cannot seek in {}: {}", path, errno_text(errno));
  return KernelLog(std::move(fd));
}

Outcome<std::vector<std::string>> KernelLog::alarms() const {
  std::vector<std::string> found;
  std::array<char, 8192> record;  // one record a read
  for (;;) {
    const ssize_t got = ::read(fd_.get(), record.data(), record.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (got < 0 && errno == EAGAIN)) return found;
    if (got < 0)
      return fail(ExitCode::kCannotRun, "the kernel's log: {}",
                  errno == EPIPE ? "records were overwritten before they could be read"
                                 : errno_text(errno));
    if (auto alarm = alarm_in_record({record.data(), static_cast<std::size_t>(got)});
        !alarm.empty())
      found.push_back(std::move(alarm));
  }
}

}  // namespace zp
