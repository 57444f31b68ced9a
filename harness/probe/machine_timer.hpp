// SPDX-License-Identifier: MIT
// Times of this machine. Frames of a memfd, mapped page by page where a loop wants them; needs
// nobody's privileges and reads nothing but its own memory.
#pragma once

#include <memory>

#include "harness/probe/timer.hpp"

namespace zp::probe {

struct MachineLimits {
  std::uint64_t memory_bytes = 48ULL << 20;  // frames and huge pages together
  bool huge_pages = true;
};

// Keeps the calling thread on the CPU it is on while the timer lives, where that is allowed.
// Errors: kCannotRun: no memfd (an old kernel, seccomp), no address space, no memory.
Outcome<std::unique_ptr<Timer>> machine_timer(const MachineLimits& limits = {});

}  // namespace zp::probe
