// SPDX-License-Identifier: MIT
#include "bench/disturbance.hpp"

#include <algorithm>

#include "harness/host/process_stat.hpp"
#include "harness/ksm/knobs.hpp"

namespace zp {
namespace {

constexpr double kMostThrottled = 0.01;
constexpr double kMostSteal =
    0.05;  // counted in ticks of 10 ms: a tick of a short row isn't a share
// The library takes from the first repetition how often the others walk. Where that one was
// stopped, a walk or two seemed to take long enough.
constexpr double kLeastMinTime = 0.1;
constexpr double kMostRunDelay = 1 - kLeastCpuShare;
constexpr double kMostKsmd = 0.01;
// A second. Each takes microseconds, more where a disk is read, which cpu_share shows.
constexpr double kMostMajorFaults = 1000;
// A stopped ksmd was seen to take 0.4 ms during a row of 20 ms with nobody else about: 2 % of so
// short a row, and yet nobody set it running.
constexpr double kLeastKsmd_s = 0.002;

std::optional<double> grown(const std::optional<double>& from, const std::optional<double>& to) {
  if (!from || !to) return std::nullopt;
  return std::max(0.0, *to - *from);
}

std::optional<double> major_faults(const Roots& roots) {
  const auto faults = stat_number(roots, "self", kStatMajorFaults);
  return faults ? std::optional(static_cast<double>(*faults)) : std::nullopt;
}

// Of a time that encloses the one that was counted in, so 1 at most. Ticks are coarser than that,
// and a quota stops each CPU at each level: 1 then stands for all of it.
std::optional<double> share(const std::optional<double>& part, double seconds) {
  if (!part || seconds <= 0) return std::nullopt;
  return std::min(1.0, *part / seconds);
}

// Whatever it is that is timed.
bool was_held_up(const Disturbance& d) {
  return d.cpu_share < kLeastCpuShare || d.throttled_share.value_or(0) > kMostThrottled ||
         d.steal_share.value_or(0) > kMostSteal ||
         d.major_faults_per_second.value_or(0) > kMostMajorFaults;
}

void add_if_something(Figures& figures, const char* key, const std::optional<double>& value) {
  constexpr double kNothing = 0.0005;
  if (value.value_or(0) >= kNothing) figures.emplace_back(key, *value);
}

}  // namespace

bool is_disturbed(const Disturbance& d) {
  return was_held_up(d) || d.min_time_share < kLeastMinTime || d.ksmd_share.value_or(0) > kMostKsmd;
}

std::optional<std::string> why_refused(const Disturbance& d, const PlacementId& id) {
  if (!id.entry().needs_ksm) return std::nullopt;
  const std::string ran = fmt::format("{:.0f} % of a CPU", 100 * d.ksmd_share.value_or(0));
  if (d.ksm_run.value_or(0) != 0)
    return fmt::format(
        "somebody else set /sys/kernel/mm/ksm/run to {} while this was timed (ksmd took {}): is "
        "ksmtuned running?",
        *d.ksm_run, ran);
  if (d.ksmd_share.value_or(0) > kMostKsmd && d.ksmd_s.value_or(0) > kLeastKsmd_s)
    return fmt::format("ksmd ran while this was timed ({}): somebody else started and stopped it",
                       ran);
  return std::nullopt;
}

Figures figures_of(const Disturbance& d) {
  Figures figures{{"cpu_share", d.cpu_share},
                  {"involuntary_switches", static_cast<double>(d.involuntary_switches)}};
  for (auto& figure : waits_of(d)) figures.push_back(std::move(figure));
  add_if_something(figures, "ksmd_share", d.ksmd_share);
  return figures;
}

void note_workers(Disturbance& d, const Figures& figures) {
  const auto share = std::ranges::find(figures, "cpu_share", &Figures::value_type::first);
  if (share == figures.end()) return;
  d.cpu_share = share->second;
  d.run_delay_share.reset();
}

bool was_kept_waiting(const Disturbance& d) {
  return was_held_up(d) || d.run_delay_share.value_or(0) > kMostRunDelay;
}

Figures waits_of(const Disturbance& d) {
  Figures figures;
  add_if_something(figures, "run_delay_share", d.run_delay_share);
  add_if_something(figures, "throttled_share", d.throttled_share);
  add_if_something(figures, "steal_share", d.steal_share);
  add_if_something(figures, "major_faults_per_second", d.major_faults_per_second);
  return figures;
}

void DisturbanceWatch::start(const std::vector<int>& cpus) {
  watched_ = cpus;
  start_ = Clock::now();
  at_start_ = cpus_.account(watched_);
  ksmd_at_start_ = ksmd_.seconds();
  run_delay_at_start_ = run_delay_seconds(roots_);
  major_faults_at_start_ = major_faults(roots_);
}

Disturbance DisturbanceWatch::stop() const {
  const auto run_delay = grown(run_delay_at_start_, run_delay_seconds(roots_));
  const CpuAccount now = cpus_.account(watched_);
  const auto ksmd_s = grown(ksmd_at_start_, ksmd_.seconds());
  const auto faults = grown(major_faults_at_start_, major_faults(roots_));
  const double seconds = seconds_since(start_);
  Disturbance d;
  d.throttled_share = share(grown(at_start_.throttled_s, now.throttled_s), seconds);
  d.steal_share = share(grown(at_start_.steal_s, now.steal_s),
                        seconds * static_cast<double>(std::max<std::size_t>(1, watched_.size())));
  d.run_delay_share = share(run_delay, seconds);
  d.ksmd_share = share(ksmd_s, seconds);
  d.ksmd_s = ksmd_s;
  if (faults && seconds > 0) d.major_faults_per_second = *faults / seconds;
  d.ksm_run = read_ksm_figure(roots_, "run");
  return d;
}

}  // namespace zp
