// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "harness/host/roots.hpp"

namespace zp {

bool is_kernel_thread(const Roots& roots, int pid);

// CPU time of the kernel thread ksmd, from /proc/PID/schedstat: up to a scheduler tick old while it
// runs, exact when it has just slept, as between two full scans.
class KsmdClock {
 public:
  explicit KsmdClock(const Roots& roots);

  // Absent where there is no ksmd or the kernel keeps no such account.
  [[nodiscard]] std::optional<double> seconds() const;

 private:
  std::string schedstat_;
};

}  // namespace zp
