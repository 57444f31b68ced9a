// SPDX-License-Identifier: MIT
// Keeps this thread on the CPU it is on while it lives, where that is allowed.
#pragma once

#include <sched.h>

#include <string>

namespace zp::probe {

class OneCpu {
 public:
  OneCpu();
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;
  ~OneCpu();  // puts the thread's CPUs back

  // Empty where the thread stays on one CPU.
  [[nodiscard]] const std::string& why_not() const { return why_not_; }

 private:
  cpu_set_t found_;
  bool held_ = false;
  std::string why_not_;
};

}  // namespace zp::probe
