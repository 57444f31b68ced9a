// SPDX-License-Identifier: MIT
// How a process asks KSM to merge its memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/host/roots.hpp"
#include "harness/support/error.hpp"

namespace zp {

enum class Registration {
  kMadvise,  // a range: madvise(MADV_MERGEABLE)
  kPrctl,    // the whole process: prctl(PR_SET_MEMORY_MERGE), Linux 6.4
};

std::string_view to_string(Registration registration);

// All of this process's memory that can be merged is registered while one of these exists. When the
// last one goes, the kernel unmerges what is left: tables go before it.
class RegisteredProcess {
 public:
  // Errors: kCannotRun with errno.
  static Outcome<RegisteredProcess> start(const Roots& roots);

  RegisteredProcess(RegisteredProcess&& other) noexcept
      : was_registered_(std::exchange(other.was_registered_, true)) {}
  RegisteredProcess& operator=(RegisteredProcess&& other) noexcept {
    std::swap(was_registered_, other.was_registered_);
    return *this;
  }
  ~RegisteredProcess();

 private:
  explicit RegisteredProcess(bool was_registered) : was_registered_(was_registered) {}
  bool was_registered_;  // by whoever started it (systemd's MemoryKSM=yes): so it stays
};

// Where whoever started this process has registered all of its memory (systemd's MemoryKSM=yes
// survives exec): takes that back, and says whether it was so. ksmd would work on more than the
// table, and count it. Errors: kCannotRun with errno.
Outcome<bool> drop_inherited_registration(const Roots& roots);

// Why this kernel does not know PR_SET_MEMORY_MERGE; nothing where it does.
std::optional<std::string> why_no_process_registration(const Roots& roots);

}  // namespace zp
