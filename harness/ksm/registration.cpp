// SPDX-License-Identifier: MIT
#include "harness/ksm/registration.hpp"

#include <sys/prctl.h>

#include <cerrno>

#include "harness/host/system_calls.hpp"

// What the headers of older distributions lack: include/uapi/linux/prctl.h.
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif

namespace zp {
namespace {

int is_registered() {
  return ::prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0);
}

Error refused_registration(const Roots& roots, const char* call) {
  const int number = errno;
  return {ExitCode::kCannotRun, describe_call(roots, call, number) +
                                    (number == EINVAL ? " (it came with Linux 6.4)" : "")};
}

}  // namespace

std::string_view to_string(Registration registration) {
  return registration == Registration::kPrctl ? "prctl" : "madvise";
}

Outcome<RegisteredProcess> RegisteredProcess::start(const Roots& roots) {
  const int before = is_registered();
  if (before < 0)
    return tl::make_unexpected(refused_registration(roots, "prctl(PR_GET_MEMORY_MERGE)"));
  if (::prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0) != 0)
    return tl::make_unexpected(refused_registration(roots, "prctl(PR_SET_MEMORY_MERGE)"));
  return RegisteredProcess(before == 1);
}

RegisteredProcess::~RegisteredProcess() {
  if (!was_registered_) ::prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0);
}

Outcome<bool> drop_inherited_registration(const Roots& roots) {
  if (is_registered() != 1) return false;
  if (::prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0) == 0) return true;
  return tl::make_unexpected(refused_registration(roots, "prctl(PR_SET_MEMORY_MERGE, 0)"));
}

std::optional<std::string> why_no_process_registration(const Roots& roots) {
  if (is_registered() >= 0) return std::nullopt;
  return refused_registration(roots, "prctl(PR_GET_MEMORY_MERGE)").message;
}

}  // namespace zp
