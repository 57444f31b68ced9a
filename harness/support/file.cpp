// SPDX-License-Identifier: MIT
#include "harness/support/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "harness/support/interrupt.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// Far above every file of the kernel's that is read whole, and every matrix.
constexpr std::size_t kLargestTextBytes = 64 << 20;
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

// Where /sys or /proc is masked, anything may lie there: a FIFO is waited for only where somebody
// writes to it (a shell's <(...)), and a device, which may never end, is not read at all.
// Errors: errno.
Fd open_to_read(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || S_ISREG(status.st_mode)) return fd;
  if (S_ISFIFO(status.st_mode)) {
    ::fcntl(fd.get(), F_SETFL, 0);
    return fd;
  }
  errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  return {};
}

// Makes the rename itself survive a crash.
void sync_directory_of(const std::string& path) {
  auto directory = std::filesystem::path(path).parent_path();
  if (directory.empty()) directory = ".";
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

struct Temporary {
  std::string path;
  Fd fd;
};

// A new file next to `path`. In a container a process has the number of the one before, which may
// have been killed and left its own; and a name as long as names may be leaves no room for an
// ending.
Temporary create_temporary(const std::string& path) {
  constexpr int kMostLeftBehind = 100;
  constexpr std::size_t kNameBytes = 200;
  const auto name_at = path.rfind('/') + 1;  // of npos: 0
  const auto start = path.substr(0, name_at + kNameBytes);
  for (int i = 0;; ++i) {
    auto name = fmt::format("{}.tmp-{}", start, ::getpid());
    if (i > 0) name += fmt::format("-{}", i);
    Fd fd(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (fd || errno != EEXIST || i == kMostLeftBehind) return {std::move(name), std::move(fd)};
  }
}

// A rename that refuses to replace. Some file systems lack the one way (NFS: EINVAL), some the
// other (FAT has no hard links).
bool rename_to_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  if (::link(from.c_str(), to.c_str()) != 0) return false;
  ::unlink(from.c_str());
  return true;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

std::string errno_text(int error_number) {
  return std::generic_category().message(error_number);
}

Outcome<std::string> read_text_file(const std::string& path) {
  const Fd fd = open_to_read(path);
  if (!fd) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kLargestTextBytes)
      return fail(ExitCode::kCannotRun, "cannot read {}: more than {} MiB", path,
                  kLargestTextBytes >> 20);
  }
}

Outcome<void> for_each_line(const std::string& path,
                            const std::function<bool(std::string_view line)>& see) {
  constexpr std::size_t kBlockBytes = 64 << 10;
  const Fd fd = open_to_read(path);
  if (!fd) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
  std::vector<char> buffer(kBlockBytes);
  std::size_t held = 0;  // of a line that has not ended
  bool too_long = false;
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data() + held, buffer.size() - held);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
    std::string_view text(buffer.data(), held + static_cast<std::size_t>(got));
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
      if (!std::exchange(too_long, false) && !see(text.substr(0, end))) return {};
      text.remove_prefix(end + 1);
    }
    if (got == 0) {
      if (!text.empty() && !too_long) static_cast<void>(see(text));
      return {};
    }
    held = text.size();
    std::memmove(buffer.data(), text.data(), held);
    if (held < buffer.size()) continue;
    if (!std::exchange(too_long, true) && !see(text)) return {};
    held = 0;
  }
}

std::optional<std::string> read_trimmed(const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) return std::nullopt;
  const auto first = text->find_first_not_of(kBlanks);
  if (first == std::string::npos) return std::string();
  return text->substr(first, text->find_last_not_of(kBlanks) - first + 1);
}

Outcome<void> write_kernel_file(const std::string& path, std::string_view text, int* cause) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  ssize_t written = -1;
  // A signal cuts run=2 short (mm/ksm.c, unmerge_ksm_pages), also while knobs are being put back.
  do {
    if (fd) written = ::write(fd.get(), text.data(), text.size());
  } while (fd && written < 0 && errno == EINTR);
  if (written != static_cast<ssize_t>(text.size())) {
    const int error = errno;
    if (cause != nullptr) *cause = error;
    return fail(ExitCode::kCannotRun, "cannot write {} to {}: {}{}", text, path, errno_text(error),
                error == EACCES || error == EPERM ? " (run as root)" : "");
  }
  return {};
}

std::optional<std::string> find_program(const std::string& name) {
  const auto executable = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
  if (name.find('/') != std::string::npos)
    return executable(name) ? std::optional(name) : std::nullopt;
  const char* path = std::getenv("PATH");
  for (const std::string& directory : split(path == nullptr ? "/usr/bin:/bin" : path, ':'))
    if (executable(directory + "/" + name)) return directory + "/" + name;
  return std::nullopt;
}

Outcome<void> check_creatable(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0)
    return fail(ExitCode::kUsage, "{} exists: choose another name, or move it away", path);
  if (path.size() - (path.rfind('/') + 1) > NAME_MAX)
    return fail(ExitCode::kUsage, "cannot write {}: {}", path, errno_text(ENAMETOOLONG));
  const SignalsHeldBack until_it_is_gone;
  const auto temporary = create_temporary(path);
  if (!temporary.fd) return fail(ExitCode::kUsage, "cannot write {}: {}", path, errno_text(errno));
  ::unlink(temporary.path.c_str());
  return {};
}

Outcome<void> write_file_atomically(const std::string& path, std::string_view text, bool replace) {
  const SignalsHeldBack until_it_is_renamed;
  const auto [temporary, fd] = create_temporary(path);
  if (!fd) return fail(ExitCode::kUsage, "cannot write {}: {}", path, errno_text(errno));
  auto outcome = write_all(fd.get(), text, path);
  if (outcome && ::fsync(fd.get()) != 0)
    outcome = fail(ExitCode::kUsage, "cannot write {}: {}", path, errno_text(errno));
  if (outcome && !(replace ? std::rename(temporary.c_str(), path.c_str()) == 0
                           : rename_to_new(temporary, path)))
    outcome = fail(ExitCode::kUsage, "cannot write {}: {}{}", path, errno_text(errno),
                   errno == EEXIST ? " (choose another name, or move it away)" : "");
  if (!outcome) ::unlink(temporary.c_str());
  sync_directory_of(path);
  return outcome;
}

void print_to(std::FILE* stream, std::string_view text) {
  if (!text.empty()) static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

Outcome<void> flush_stdout() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return fail(ExitCode::kUsage, "cannot write to standard output: {}",
              errno == 0 ? "some of it is lost" : errno_text(errno));
}

}  // namespace zp
