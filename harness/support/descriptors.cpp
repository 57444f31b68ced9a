// SPDX-License-Identifier: MIT
#include "harness/support/descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace zp {

void keep_standard_descriptors() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDONLY);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd > STDERR_FILENO) ::close(fd);
}

}  // namespace zp
