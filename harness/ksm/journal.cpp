// SPDX-License-Identifier: MIT
#include "harness/ksm/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "harness/host/memory_group.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

constexpr std::string_view kHeader = "zpbench-journal 2\n";
constexpr std::string_view kFirst = "zpbench-journal 1\n";  // the same without a boot
constexpr std::string_view kBoot = "boot.id=";

// A value that no knob can have had would be refused half way, with `run` already 2.
bool is_known(const std::string& name, const std::string& value) {
  if (name == kMemoryGroup) return is_our_memory_group(value);
  if (name == kZramSwap) return parse_number(value).has_value();
  const Knob* knob = find_knob(name);
  return knob != nullptr && can_have(*knob, value);
}

// A container may have a boot id of its own (LXC, systemd-nspawn) and see a journal of this boot.
bool is_older_than_this_boot(const std::string& path) {
  struct stat status {};
  struct timespec now {};
  struct timespec since_boot {};
  return ::stat(path.c_str(), &status) == 0 && ::clock_gettime(CLOCK_REALTIME, &now) == 0 &&
         ::clock_gettime(CLOCK_BOOTTIME, &since_boot) == 0 &&
         status.st_mtim.tv_sec < now.tv_sec - since_boot.tv_sec;
}

}  // namespace

Journal::Journal(const Roots& roots) : directory_(roots.state), path_(roots.state + "/journal") {
  const auto id = read_trimmed(roots.proc + "/sys/kernel/random/boot_id");
  if (id && !id->empty()) boot_line_ = fmt::format("{}{}\n", kBoot, *id);
}

bool Journal::is_of_another_boot(const std::string& text) const {
  const std::string begin = fmt::format("{}{}", kHeader, kBoot);
  return !boot_line_.empty() && text.starts_with(begin) &&
         text.find('\n', begin.size()) != std::string::npos &&
         !text.substr(kHeader.size()).starts_with(boot_line_) && is_older_than_this_boot(path_);
}

Outcome<void> Journal::add(const std::string& knob, const std::string& value) {
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(ExitCode::kCannotRun, "cannot create {}: {}", directory_, errno_text(errno));
  const Fd fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0)
    return fail(ExitCode::kCannotRun, "cannot write {}: {}", path_, errno_text(errno));
  const std::string begin = status.st_size == 0 ? std::string(kHeader) + boot_line_ : "";
  const std::string line = fmt::format("{}{}={}\n", begin, knob, value);
  errno = ENOSPC;  // of a write that was cut short
  if (::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      ::fsync(fd.get()) == 0)
    return {};
  const int cause = errno;
  // The next line must not begin behind half of this one.
  static_cast<void>(::ftruncate(fd.get(), status.st_size));
  if (status.st_size == 0) remove();
  return fail(ExitCode::kCannotRun, "cannot write {}: {}", path_, errno_text(cause));
}

Outcome<Journal::Left> Journal::read() const {
  if (::access(path_.c_str(), F_OK) != 0) {
    if (errno == ENOENT) return Left{};
    return fail(ExitCode::kCannotRun,
                "cannot see whether a killed run left knobs changed ({}: {}): {}", path_,
                errno_text(errno),
                errno == EACCES ? "as root, zpbench --restore" : "look at " + directory_);
  }
  auto text = read_text_file(path_);
  if (!text) return fail(text);
  if (text->starts_with(kFirst)) text->replace(0, kFirst.size(), kHeader);
  if (!kHeader.starts_with(*text) && !kFirst.starts_with(*text) && !text->starts_with(kHeader))
    return fail(ExitCode::kCannotRun, "{}: not a journal of this version; remove it by hand",
                path_);
  Left left{.of_another_boot = is_of_another_boot(*text)};
  if (left.of_another_boot) return left;
  std::size_t line_number = 2;
  for (std::size_t at = kHeader.size(), end = 0;
       at < text->size() && (end = text->find('\n', at)) != std::string::npos;
       at = end + 1, ++line_number) {
    const std::string line = text->substr(at, end - at);
    if (line_number == 2 && line.starts_with(kBoot)) continue;
    const auto equals = line.find('=');
    if (equals == std::string::npos || !is_known(line.substr(0, equals), line.substr(equals + 1)))
      return fail(ExitCode::kCannotRun,
                  "{}:{}: '{}' is no knob with a value of its own; restore it by hand", path_,
                  line_number, line);
    left.values.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return left;
}

void Journal::remove() const {
  // One that can't be removed must not put old values back at the next start.
  if (::unlink(path_.c_str()) != 0) static_cast<void>(::truncate(path_.c_str(), 0));
  ::rmdir(directory_.c_str());
}

}  // namespace zp
