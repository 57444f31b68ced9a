// SPDX-License-Identifier: MIT
#include "harness/memory/pagemap.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace zp {

static_assert(sizeof(off_t) == 8, "pagemap is terabytes long, if mostly holes");

Outcome<WordFile> WordFile::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail(ExitCode::kCannotRun, "cannot read {}: {}", path, errno_text(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return fail(ExitCode::kCannotRun, "cannot read {}: something else lies there (masked?)", path);
  return WordFile(std::move(fd), path);
}

Outcome<void> WordFile::read(std::uint64_t first, std::span<std::uint64_t> words) const {
  auto* at = reinterpret_cast<char*>(words.data());
  std::size_t left = words.size_bytes();
  auto offset = static_cast<off_t>(first * sizeof(std::uint64_t));
  while (left != 0) {
    const ssize_t got = ::pread(fd_.get(), at, left, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return fail(ExitCode::kCannotRun, "cannot read word {} of {}: {}", first, path_,
                  got == 0 ? "end of file" : errno_text(errno));
    at += got;
    left -= static_cast<std::size_t>(got);
    offset += got;
  }
  return {};
}

bool HugeFrames::have(std::uint64_t pfn, std::uint64_t flags) {
  if ((flags & kKpfHuge) != 0) return true;
  if ((flags & kKpfThp) == 0 || frames_each_ < 2) return (flags & kKpfThp) != 0;
  const std::uint64_t middle = pfn / frames_each_ * frames_each_ + frames_each_ / 2;
  if (middle != last_middle_) {
    std::uint64_t of_middle = 0;
    const auto read = kpageflags_.read(middle, {&of_middle, 1});
    last_middle_ = middle;
    last_is_huge_ = read && (of_middle & kKpfThp) != 0 && (of_middle & kKpfCompoundTail) != 0;
  }
  return last_is_huge_;
}

}  // namespace zp
