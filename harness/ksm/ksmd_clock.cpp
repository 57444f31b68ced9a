// SPDX-License-Identifier: MIT
#include "harness/ksm/ksmd_clock.hpp"

#include <filesystem>

#include "harness/host/cpu_limit.hpp"
#include "harness/host/process_stat.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {

bool is_kernel_thread(const Roots& roots, int pid) {
  constexpr std::uint64_t kKthread = 0x00200000;  // PF_KTHREAD
  return (stat_number(roots, std::to_string(pid), kStatFlags).value_or(0) & kKthread) != 0;
}

KsmdClock::KsmdClock(const Roots& roots) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(roots.proc, ignored)) {
    // Anybody may call a process ksmd, and a container sees no other.
    const auto pid = parse_whole<int>(entry.path().filename().string());
    if (!pid || read_trimmed(entry.path() / "comm") != "ksmd" || !is_kernel_thread(roots, *pid))
      continue;
    schedstat_ = entry.path() / "schedstat";
    return;
  }
}

std::optional<double> KsmdClock::seconds() const {
  const auto times = scheduler_times(schedstat_);
  return times ? std::optional(times->ran_s) : std::nullopt;
}

}  // namespace zp
