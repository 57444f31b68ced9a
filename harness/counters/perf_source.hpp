// SPDX-License-Identifier: MIT
// Counts through perf_event_open(2), without PAPI.
#pragma once

#include <linux/perf_event.h>
#include <sys/types.h>

#include "harness/counters/encoder.hpp"
#include "harness/counters/source.hpp"

namespace zp {

// The three system calls that it is made of, so that a test can stand in for the kernel.
class PerfSystem {
 public:
  PerfSystem() = default;
  PerfSystem(const PerfSystem&) = delete;
  PerfSystem& operator=(const PerfSystem&) = delete;
  virtual ~PerfSystem() = default;

  // Each as the call of the kernel: below 0, and errno, on failure. `open` is for the calling
  // thread on any CPU; the descriptor is closed by close(2).
  virtual int open(perf_event_attr& attributes, int group_leader) = 0;
  virtual int control(int fd, unsigned long request) = 0;
  virtual ssize_t read(int fd, void* buffer, std::size_t bytes) = 0;
};

// The kernel's own.
PerfSystem& kernel_perf_system();

class PerfSource final : public CounterSource {
 public:
  // `system` must outlive the source and its groups.
  explicit PerfSource(Roots roots, PerfSystem& system = kernel_perf_system());

  [[nodiscard]] std::string_view name() const override { return "perf"; }
  Outcome<std::unique_ptr<EventGroup>> open(std::span<const std::string> names) override;
  [[nodiscard]] std::vector<std::string> known_names() const override;

 private:
  Roots roots_;
  PerfSystem& system_;
  Encoder encoder_;
};

}  // namespace zp
