// SPDX-License-Identifier: MIT
#include "harness/support/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace zp {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

Outcome<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(ExitCode::kUsage, "cannot write {}: {}", path, errno_text(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// Makes the rename itself survive a crash.
void sync_directory(const std::filesystem::path& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

std::string errno_text(int error_number) {
  return std::generic_category().message(error_number);
}

Outcome<std::string> read_text_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::optional<std::string> read_trimmed(const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) return std::nullopt;
  const auto first = text->find_first_not_of(kBlanks);
  if (first == std::string::npos) return std::string();
  return text->substr(first, text->find_last_not_of(kBlanks) - first + 1);
}

Outcome<void> write_kernel_file(const std::string& path, std::string_view text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    const int cause = errno;
    return fail(ExitCode::kCannotRun, "cannot write {} to {}: {}{}", text, path, errno_text(cause),
                cause == EACCES || cause == EPERM ? " (run as root)" : "");
  }
  return {};
}

Outcome<void> write_file_atomically(const std::string& path, std::string_view text, bool replace) {
  const auto directory = std::filesystem::absolute(path).parent_path();
  const std::string temporary = fmt::format("{}.tmp-{}", path, ::getpid());
  const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd) return fail(ExitCode::kUsage, "cannot write {}: {}", path, errno_text(errno));
  auto outcome = write_all(fd.get(), text, path);
  if (outcome && ::fsync(fd.get()) != 0)
    outcome = fail(ExitCode::kUsage, "cannot write {}: {}", path, errno_text(errno));
  // link(2) is the rename that refuses to replace, on every kernel and file system.
  if (outcome && replace && std::rename(temporary.c_str(), path.c_str()) == 0) {
    sync_directory(directory);
    return {};
  }
  if (outcome && (replace || ::link(temporary.c_str(), path.c_str()) != 0))
    outcome = fail(ExitCode::kUsage, "cannot write {}: {}{}", path, errno_text(errno),
                   errno == EEXIST ? " (choose another name, or move it away)" : "");
  ::unlink(temporary.c_str());
  sync_directory(directory);
  return outcome;
}

}  // namespace zp
