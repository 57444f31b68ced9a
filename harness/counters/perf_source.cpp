// SPDX-License-Identifier: MIT
#include "harness/counters/perf_source.hpp"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "harness/counters/pmu.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

class KernelPerfSystem final : public PerfSystem {
 public:
  int open(perf_event_attr& attributes, int group_leader) override {
    constexpr pid_t kCallingThread = 0;
    constexpr int kAnyCpu = -1;
    return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, kCallingThread, kAnyCpu,
                                      group_leader, PERF_FLAG_FD_CLOEXEC));
  }
  int control(int fd, unsigned long request) override { return ::ioctl(fd, request, 0); }
  ssize_t read(int fd, void* buffer, std::size_t bytes) override {
    return ::read(fd, buffer, bytes);
  }
};

// What read(2) of one event gives for read_format TOTAL_TIME_ENABLED | TOTAL_TIME_RUNNING.
struct Count {
  std::uint64_t value, enabled_ns, running_ns;
};

class PerfGroup final : public EventGroup {
 public:
  PerfGroup(PerfSystem& system, std::vector<Fd> fds)
      : system_(system), fds_(std::move(fds)), last_read_(fds_.size()) {}

  // Switching the leader alone switches the group, in one call and not one per event. Nothing is
  // reset either: that would double what stands around the timed walk.
  Outcome<void> start() override { return control(PERF_EVENT_IOC_ENABLE); }
  Outcome<void> stop() override { return control(PERF_EVENT_IOC_DISABLE); }

  // One read an event, after all were stopped together: nothing moves between the reads, and it
  // does without PERF_FORMAT_GROUP, which PAPI has found broken on MIPS.
  Outcome<std::vector<std::uint64_t>> read() override {
    std::vector<std::uint64_t> values;
    for (const Fd& fd : fds_) {
      Count count{};
      const ssize_t got = system_.read(fd.get(), &count, sizeof count);
      if (got < 0)
        return fail(ExitCode::kCannotRun, "reading a counter: {} (errno {})", errno_text(errno),
                    errno);
      // A pinned group that did not get its counters reads as end of file (perf_event_open(2)).
      if (got != sizeof count || count.running_ns == 0)
        return fail(ExitCode::kCannotRun, "{}", kNoCounterFree);
      if (count.running_ns < count.enabled_ns)
        return fail(ExitCode::kCannotRun, "counted for {} of {} ns only: {}", count.running_ns,
                    count.enabled_ns, kCountedInPart);
      values.push_back(count.value);
    }
    std::vector<std::uint64_t> differences;
    for (std::size_t i = 0; i < values.size(); ++i)
      differences.push_back(values[i] - last_read_[i]);
    last_read_ = std::move(values);
    return differences;
  }

 private:
  Outcome<void> control(unsigned long request) {
    if (system_.control(fds_.front().get(), request) == 0) return {};
    return fail(ExitCode::kCannotRun, "ioctl on a counter: {} (errno {})", errno_text(errno),
                errno);
  }

  PerfSystem& system_;
  std::vector<Fd> fds_;  // the leader first
  std::vector<std::uint64_t> last_read_;
};

perf_event_attr attributes_of(const EventCode& code, bool leader) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = code.type;
  attributes.config = code.config;
  attributes.config1 = code.config1;
  attributes.config2 = code.config2;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  // The leader switches all of them, and all count or none (pinned).
  attributes.disabled = leader;
  attributes.pinned = leader;
#ifndef __s390__
  // The walk runs in user mode: leave interrupts out. s390x's counters refuse every exclude bit
  // with EOPNOTSUPP (__hw_perf_event_init() of arch/s390/kernel/perf_cpum_cf.c).
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
#endif
  return attributes;
}

}  // namespace

PerfSystem& kernel_perf_system() {
  static KernelPerfSystem system;  // stateless
  return system;
}

PerfSource::PerfSource(Roots roots, PerfSystem& system)
    : roots_(roots), system_(system), encoder_(std::move(roots)) {}

Outcome<std::unique_ptr<EventGroup>> PerfSource::open(std::span<const std::string> names) {
  if (names.empty()) return fail(ExitCode::kUsage, "no event to count");
  std::vector<Fd> fds;
  for (const std::string& name : names) {
    const auto code = encoder_.encode(name);
    if (!code) return fail(code);
    if (code->type == PERF_TYPE_RAW)
      if (const auto why = why_never_counted(roots_, code->config))
        return fail(ExitCode::kCannotRun, "{}: {}", name, *why);
    perf_event_attr attributes = attributes_of(*code, fds.empty());
    Fd fd(system_.open(attributes, fds.empty() ? -1 : fds.front().get()));
    if (!fd)
      return fail(ExitCode::kCannotRun, "{}: {}", name,
                  why_refused(roots_, errno, code->type != PERF_TYPE_SOFTWARE));
    fds.push_back(std::move(fd));
  }
  return std::make_unique<PerfGroup>(system_, std::move(fds));
}

std::vector<std::string> PerfSource::known_names() const {
  return encoder_.known_names();
}

}  // namespace zp
