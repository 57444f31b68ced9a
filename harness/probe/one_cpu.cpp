// SPDX-License-Identifier: MIT
#include "harness/probe/one_cpu.hpp"

#include <cerrno>

#include "harness/support/file.hpp"

namespace zp::probe {

OneCpu::OneCpu() {
  CPU_ZERO(&found_);
  const int cpu = ::sched_getcpu();
  if (cpu < 0 || ::sched_getaffinity(0, sizeof found_, &found_) != 0) {
    why_not_ = "sched_getaffinity: " + errno_text(errno);
    return;
  }
  if (CPU_COUNT(&found_) == 1) return;  // held by whoever allowed no other
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(cpu), &one);
  held_ = ::sched_setaffinity(0, sizeof one, &one) == 0;
  if (!held_) why_not_ = "sched_setaffinity: " + errno_text(errno);
}

OneCpu::~OneCpu() {
  if (held_) ::sched_setaffinity(0, sizeof found_, &found_);
}

}  // namespace zp::probe
