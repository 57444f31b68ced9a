// SPDX-License-Identifier: MIT
#include "harness/support/descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "harness/support/file.hpp"

namespace zp {

void keep_standard_descriptors() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDONLY);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd > STDERR_FILENO) ::close(fd);
}

Outcome<void> check_descriptors() {
  constexpr std::size_t kNeeded = 16;
  std::vector<Fd> opened;
  while (opened.size() < kNeeded) {
    Fd fd(::open("/", O_PATH | O_CLOEXEC));
    if (!fd)
      return fail(ExitCode::kCannotRun,
                  "cannot open {} files at once, only {}: {}; raise the limit (ulimit -n)", kNeeded,
                  opened.size(), errno_text(errno));
    opened.push_back(std::move(fd));
  }
  return {};
}

}  // namespace zp
