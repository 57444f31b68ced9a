// SPDX-License-Identifier: MIT
#include "harness/ksm/merge.hpp"

#include <chrono>
#include <thread>

#include "harness/ksm/foreign.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/ksm/ksmd_clock.hpp"
#include "harness/support/clock.hpp"

namespace zp {
namespace {

// What a person needs to see why ksmd makes no progress.
std::string describe_stall(const Roots& roots, const MergeProgress& progress) {
  std::string text = fmt::format("KSM stalled: {} of {} pages merged after {:.1f} s;",
                                 progress.merged_pages, progress.pages, progress.seconds);
  for (const char* name : {"run", "full_scans", "pages_shared", "pages_sharing", "pages_unshared",
                           "pages_volatile", "ksm_zero_pages"})
    if (const auto figure = read_ksm_figure(roots, name))
      text += fmt::format(" {}={}", name, *figure);
  if (const auto foreign = find_foreign_mergeable(roots, false).mergeable; !foreign.empty())
    text += fmt::format("; other mergeable memory: {}", process_names(foreign));
  if (const auto run = read_ksm_figure(roots, "run"); run != 1)
    text += "; somebody else stopped ksmd: is ksmtuned running?";
  else
    text += "; likely causes: much foreign mergeable memory, ksmtuned, an advisor, pinned pages";
  return text;
}

}  // namespace

Outcome<void> prepare_merge(KsmSession& session, const MergeRules& rules) {
  if (auto clean = session.unmerge_all(); !clean) return clean;
  const auto set_if_there = [&](std::string_view knob, const std::string& value) -> Outcome<void> {
    return session.has(knob) ? session.set(knob, value) : Outcome<void>{};
  };
  // The advisor owns pages_to_scan while it is on, so it goes first.
  if (auto set = set_if_there("ksm.advisor_mode", "none"); !set) return set;
  if (auto set = set_if_there("ksm.smart_scan", "0"); !set) return set;
  if (auto set = set_if_there("ksm.redhat_only_zero_pages", "0"); !set) return set;
  if (auto set = set_if_there("ksm.max_page_sharing", std::to_string(rules.max_page_sharing)); !set)
    return set;
  if (rules.use_zero_pages || session.has("ksm.use_zero_pages"))
    if (auto set = session.set("ksm.use_zero_pages", rules.use_zero_pages ? "1" : "0"); !set)
      return set;
  // ksmd holds the lock that a write to `run` waits for, past every signal, until it has scanned so
  // many pages; and each may cost a walk along all frames of the same contents, of which there are
  // the more the fewer pages share one: with 2 to a frame 16384 pages took it more than a minute.
  const bool many_frames = rules.max_page_sharing < kShippedPageSharing;
  if (auto set = session.set("ksm.pages_to_scan", many_frames ? "100" : "1000"); !set) return set;
  return session.set("ksm.sleep_millisecs", "0");
}

Outcome<MergeResult> run_merge(KsmSession& session, const MergeWatch& watch) {
  constexpr auto kPoll = std::chrono::milliseconds(2);
  constexpr double kReportEvery = 0.5;
  // No page merged for this long AND over this many full scans: a page needs two scans.
  constexpr double kStallSeconds = 10;
  constexpr std::uint64_t kStallScans = 6;

  const Roots& roots = session.roots();
  const KsmdClock ksmd(roots);
  const auto cpu_before = ksmd.seconds();
  const auto start = Clock::now();
  if (auto started = session.set("ksm.run", "1"); !started) return fail(started);

  Outcome<MergeResult> result = MergeResult{};
  MergeProgress progress{watch.merged_pages(), watch.pages, 0, std::nullopt};
  auto last_gain = start, last_report = start;
  std::uint64_t scans_at_gain = read_ksm_figure(roots, "full_scans").value_or(0);
  while (progress.merged_pages < watch.pages) {
    std::this_thread::sleep_for(kPoll);
    if (watch.cancelled()) {
      result = fail(ExitCode::kInterrupted, "interrupted while KSM was merging");
      break;
    }
    const std::uint64_t merged = watch.merged_pages();
    progress.seconds = seconds_since(start);
    if (merged > progress.merged_pages) {
      last_gain = Clock::now();
      scans_at_gain = read_ksm_figure(roots, "full_scans").value_or(0);
      progress.eta_seconds = progress.seconds *
                             static_cast<double>(watch.pages - std::min(merged, watch.pages)) /
                             static_cast<double>(merged);
    }
    progress.merged_pages = merged;
    if (seconds_since(last_report) >= kReportEvery) {
      watch.report(progress);
      last_report = Clock::now();
    }
    const bool stopped = read_ksm_figure(roots, "run") != 1;
    const std::uint64_t scans = read_ksm_figure(roots, "full_scans").value_or(0);
    const bool scanned = scans >= scans_at_gain + kStallScans || stopped;
    if (scanned && seconds_since(last_gain) >= (stopped ? 1 : kStallSeconds)) {
      result = fail(ExitCode::kFailed, "{}", describe_stall(roots, progress));
      break;
    }
    // A foreign table of terabytes can keep ksmd from us for long; never forever.
    if (seconds_since(last_gain) >= 30 * kStallSeconds) {
      result = fail(ExitCode::kFailed, "{}", describe_stall(roots, progress));
      break;
    }
  }
  if (result) {
    result->seconds = seconds_since(start);
    if (const auto cpu_after = ksmd.seconds(); cpu_before && cpu_after)
      result->ksmd_cpu_seconds = *cpu_after - *cpu_before;
  }
  if (auto stopped = session.set("ksm.run", "0"); !stopped && result) return fail(stopped);
  return result;
}

}  // namespace zp
