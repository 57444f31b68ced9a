// SPDX-License-Identifier: MIT
// What happened to the threads of a row while they were timed. All of it is read outside the timed
// loop. The rule (docs/method.md, "Disturbance"): a row whose threads did not have their CPUs, or
// whose pages were taken away, is marked; one during which ksmd ran, where KSM made the table, is
// refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/host/cpu_limit.hpp"
#include "harness/ksm/ksmd_clock.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/figures.hpp"

namespace zp {

// Shares of the time that was timed; what the kernel does not tell is absent.
struct Disturbance {
  double cpu_share = 1;                    // of a CPU that the threads had, on average
  double min_time_share = 1;               // time that was timed over --min-time
  std::uint64_t involuntary_switches = 0;  // of all threads
  std::optional<double> throttled_share, steal_share, run_delay_share, ksmd_share;
  std::optional<double> ksmd_s;          // CPU time of ksmd
  std::optional<std::uint64_t> ksm_run;  // what the knob said when the row was done
  // Of the process: what it reads was mapped before, so pages come back from swap or a file.
  std::optional<double> major_faults_per_second;
};

// Ticks and interrupts take a percent or two; a neighbour on the CPU takes a third or a half.
inline constexpr double kLeastCpuShare = 0.97;

// Whether the figures are those of a shared CPU.
bool is_disturbed(const Disturbance& disturbance);

// Why a row of this placement is refused; nothing where it is not.
std::optional<std::string> why_refused(const Disturbance& disturbance, const PlacementId& id);

// As counters of the row: cpu_share and involuntary_switches, of the others what is not nothing.
Figures figures_of(const Disturbance& disturbance);

// Of a repetition of a family, which also waits, for ksmd above all: only what kept its first
// thread from running when it could, or the machine from running at all, and major faults are
// noted. Where the figures say the cpu_share of those that did the work, as where they read a table
// at rest, it is theirs.
void note_workers(Disturbance& disturbance, const Figures& figures);
bool was_kept_waiting(const Disturbance& disturbance);
Figures waits_of(const Disturbance& disturbance);

// Around the timed loop of a row, by its first thread.
class DisturbanceWatch {
 public:
  explicit DisturbanceWatch(const Roots& roots) : roots_(roots), cpus_(roots), ksmd_(roots) {}

  void start(const std::vector<int>& cpus);
  // All but what the threads say of themselves.
  [[nodiscard]] Disturbance stop() const;

 private:
  Roots roots_;
  CpuWatch cpus_;
  KsmdClock ksmd_;
  std::vector<int> watched_;
  Clock::time_point start_;
  CpuAccount at_start_;
  std::optional<double> ksmd_at_start_, run_delay_at_start_, major_faults_at_start_;
};

}  // namespace zp
