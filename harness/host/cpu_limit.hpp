// SPDX-License-Identifier: MIT
// What keeps this process from the CPUs it was pinned to: quotas of control groups, other work, a
// hypervisor.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/support/clock.hpp"

namespace zp {

// CPUs' worth of time that the control groups above this process let it have (cpu.max; v1:
// cpu.cfs_quota_us): the least of every level. Absent where nothing limits it; a quota of all
// online CPUs does not.
std::optional<double> cpu_quota(const Roots& roots);

// Figures that only grow; what happened meanwhile is the difference. Absent where the kernel does
// not report them.
struct CpuAccount {
  std::optional<double> throttled_s;  // by quotas, all levels added up (cpu.stat)
  std::optional<double> steal_s;      // by a hypervisor, of the CPUs asked for (/proc/stat)
};

class CpuWatch {
 public:
  explicit CpuWatch(const Roots& roots);
  [[nodiscard]] CpuAccount account(const std::vector<int>& cpus) const;

 private:
  std::string stat_;                    // /proc/stat
  std::vector<std::string> throttled_;  // cpu.stat of each level that has a quota
};

// Of a thread that has run; the file is its schedstat. Also absent where the kernel keeps no such
// account and reports "0 0 0" for every thread: up to Linux 5.13 without CONFIG_SCHEDSTATS and with
// `nodelayacct` (include/linux/sched/stat.h, sched_info_on).
struct SchedulerTimes {
  double ran_s = 0, waited_s = 0;  // waited: ready to run, and did not
};
std::optional<SchedulerTimes> scheduler_times(const std::string& path);

// Seconds that the calling thread was ready to run and did not (/proc/thread-self/schedstat).
std::optional<double> run_delay_seconds(const Roots& roots);

// Of CPUs that the calling thread has had: one cheap system call.
double thread_cpu_seconds();

// Since it was made: wall time, and the share of a CPU that the thread that made it had.
class ThreadTimer {
 public:
  [[nodiscard]] double seconds() const { return seconds_since(start_); }
  // Wall time is read last, as CPU time was read first: some of what is timed lasts 20 us.
  [[nodiscard]] double cpu_share() const {
    const double cpu_s = thread_cpu_seconds() - cpu_at_start_s_;
    return std::min(1.0, cpu_s / seconds());
  }

 private:
  double cpu_at_start_s_ = thread_cpu_seconds();
  Clock::time_point start_ = Clock::now();
};

// CPU time of the calling thread, and how often it was preempted: two calls, which matter next to
// what takes microseconds.
struct ThreadAccount {
  double cpu_s = 0;
  std::uint64_t involuntary_switches = 0;

  static ThreadAccount now();
};

}  // namespace zp
