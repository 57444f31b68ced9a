// SPDX-License-Identifier: MIT
// The three system calls the perf source is made of, so that a test can stand in for the kernel.
#pragma once

#include <linux/perf_event.h>
#include <sys/types.h>

#include <cstddef>

#include "harness/support/file.hpp"

namespace zp {

class PerfSystem {
 public:
  PerfSystem() = default;
  PerfSystem(const PerfSystem&) = delete;
  PerfSystem& operator=(const PerfSystem&) = delete;
  virtual ~PerfSystem() = default;

  // Each as the call of the kernel: below 0, and errno, on failure. `open` is for the calling
  // thread on any CPU; the descriptor is closed by close(2).
  virtual int open(perf_event_attr& attributes, int group_leader) = 0;
  virtual int control(int fd, unsigned long request) = 0;
  virtual ssize_t read(int fd, void* buffer, std::size_t bytes) = 0;
};

// The kernel's own.
PerfSystem& kernel_perf_system();

}  // namespace zp
