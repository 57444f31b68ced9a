// SPDX-License-Identifier: MIT
#include "harness/ksm/ksmd_clock.hpp"

#include <filesystem>

#include "harness/host/cpu_limit.hpp"
#include "harness/support/file.hpp"

namespace zp {

KsmdClock::KsmdClock(const Roots& roots) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(roots.proc, ignored)) {
    if (read_trimmed(entry.path() / "comm") != "ksmd") continue;
    schedstat_ = entry.path() / "schedstat";
    return;
  }
}

std::optional<double> KsmdClock::seconds() const {
  const auto times = scheduler_times(schedstat_);
  return times ? std::optional(times->ran_s) : std::nullopt;
}

}  // namespace zp
