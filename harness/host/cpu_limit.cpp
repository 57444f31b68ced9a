// SPDX-License-Identifier: MIT
#include "harness/host/cpu_limit.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "harness/host/control_groups.hpp"
#include "harness/host/siblings.hpp"
#include "harness/support/file.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// "20000 100000", "max 100000"; v1: two files, -1 for none.
std::optional<double> quota_of(const std::string& directory) {
  std::vector<std::string> words = split(read_trimmed(directory + "/cpu.max").value_or(""), ' ');
  if (words.empty())
    for (const char* name : {"/cpu.cfs_quota_us", "/cpu.cfs_period_us"})
      words.push_back(read_trimmed(directory + name).value_or(""));
  if (words.size() != 2) return std::nullopt;
  const auto quota = parse_number(words[0]), period = parse_number(words[1]);
  if (!quota || period.value_or(0) == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

}  // namespace

std::optional<double> cpu_quota(const Roots& roots) {
  // The kernel takes quotas of years; one of all CPUs, or more, limits nobody.
  constexpr std::size_t kMostCpus = 1 << 16;
  const auto online =
      parse_cpu_list(read_trimmed(roots.sys + "/devices/system/cpu/online").value_or(""));
  auto least = static_cast<double>(online.empty() ? kMostCpus : online.size());
  bool limited = false;
  for (const std::string& directory : group_directories(roots, "cpu"))
    if (const auto quota = quota_of(directory); quota && *quota < least) {
      least = *quota;
      limited = true;
    }
  return limited ? std::optional(least) : std::nullopt;
}

CpuWatch::CpuWatch(const Roots& roots) : stat_(roots.proc + "/stat") {
  for (const std::string& directory : group_directories(roots, "cpu"))
    if (quota_of(directory)) throttled_.push_back(directory + "/cpu.stat");
}

CpuAccount CpuWatch::account(const std::vector<int>& cpus) const {
  CpuAccount account;
  for (const std::string& path : throttled_) {
    const auto text = read_text_file(path);
    if (!text) continue;
    if (const auto us = number_field(*text, "throttled_usec"))
      account.throttled_s = account.throttled_s.value_or(0) + static_cast<double>(*us) * 1e-6;
    else if (const auto ns = number_field(*text, "throttled_time"))
      account.throttled_s = account.throttled_s.value_or(0) + static_cast<double>(*ns) * 1e-9;
  }
  static_cast<void>(for_each_line(stat_, [&](std::string_view line) {
    if (!line.starts_with("cpu")) return false;  // the CPUs come first
    constexpr std::size_t kSteal = 8;            // user nice system idle iowait irq softirq steal
    const auto words = split(line, ' ');
    const auto number = parse_number(words[0].substr(3));
    if (!number || words.size() <= kSteal ||
        std::ranges::find(cpus, static_cast<int>(*number)) == cpus.end())
      return true;
    account.steal_s =
        account.steal_s.value_or(0) + static_cast<double>(parse_number(words[kSteal]).value_or(0)) /
                                          static_cast<double>(::sysconf(_SC_CLK_TCK));
    return true;
  }));
  return account;
}

std::optional<SchedulerTimes> scheduler_times(const std::string& path) {
  // "1000 2500000000 3": ran, waited (ns), times it was put on a CPU
  const auto words = split(read_trimmed(path).value_or(""), ' ');
  if (words.size() != 3) return std::nullopt;
  const auto ran_ns = parse_number(words[0]), waited_ns = parse_number(words[1]),
             times = parse_number(words[2]);
  if (!ran_ns || !waited_ns || times.value_or(0) == 0) return std::nullopt;
  return SchedulerTimes{static_cast<double>(*ran_ns) * 1e-9,
                        static_cast<double>(*waited_ns) * 1e-9};
}

std::optional<double> run_delay_seconds(const Roots& roots) {
  const auto times = scheduler_times(roots.proc + "/thread-self/schedstat");
  return times ? std::optional(times->waited_s) : std::nullopt;
}

double thread_cpu_seconds() {
  timespec cpu{};
  static_cast<void>(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu));
  return static_cast<double>(cpu.tv_sec) + static_cast<double>(cpu.tv_nsec) * 1e-9;
}

ThreadAccount ThreadAccount::now() {
  ThreadAccount account;
  account.cpu_s = thread_cpu_seconds();
  struct rusage usage {};
  if (::getrusage(RUSAGE_THREAD, &usage) == 0)
    account.involuntary_switches = static_cast<std::uint64_t>(usage.ru_nivcsw);
  return account;
}

}  // namespace zp
