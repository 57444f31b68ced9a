// SPDX-License-Identifier: MIT
#include "harness/families/guest.hpp"

#include <chrono>
#include <csignal>
#include <thread>

#include "harness/families/guest_machine.hpp"
#include "harness/families/guest_memory.hpp"
#include "harness/families/merging.hpp"
#include "harness/host/huge_pages.hpp"
#include "harness/host/page_size.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/ksm/merge.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

// How far merging has got: grows with each page that is merged. Nobody else's memory is (zpbench
// refuses to start then), so KSM's totals are the guest's; pages that a split huge page leaves on
// the zero page are in none of them, but no longer in QEMU's memory either.
std::int64_t merged_so_far(const Roots& roots, pid_t process) {
  std::uint64_t merged = 0;
  for (const char* counter : {"pages_shared", "pages_sharing", "ksm_zero_pages"})
    merged += read_ksm_figure(roots, counter).value_or(0);
  const auto status = read_text_file(fmt::format("{}/{}/status", roots.proc, process));
  const std::uint64_t resident_kb = status ? number_field(*status, "VmRSS:").value_or(0) : 0;
  return static_cast<std::int64_t>(merged) -
         static_cast<std::int64_t>(resident_kb * 1024 / system_page_bytes());
}

// The guest runs meanwhile and its pages change, so there is no number to wait for: merging is over
// when some scans in a row have merged nothing more. Gives the seconds up to the last gain; nothing
// where it was not over in time.
Outcome<std::optional<double>> merge_until_quiet(const GuestRequest& request, const Guest& guest,
                                                 FamilyEnvironment& environment) {
  constexpr std::uint64_t kQuietScans = 4;  // a page is merged in the second scan that sees it
  constexpr double kQuietSeconds = 0.5;
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  const auto start = Clock::now();
  if (auto started = session.set("ksm.run", "1"); !started) return fail(started);
  const std::int64_t begin = merged_so_far(roots, guest.child.pid());
  std::int64_t best = begin;
  std::uint64_t scans_at_gain = 0;
  double gained = 0;
  Outcome<std::optional<double>> result;
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const double seconds = seconds_since(start);
    const std::int64_t merged = merged_so_far(roots, guest.child.pid());
    const std::uint64_t scans = read_ksm_figure(roots, "full_scans").value_or(0);
    // Less is the guest's own life.
    if (merged > best + (best - begin) / 1000) {
      best = merged;
      scans_at_gain = scans;
      gained = seconds;
      environment.progress(fmt::format("guest: {} pages merged or freed", merged - begin));
    }
    if (scans >= scans_at_gain + kQuietScans && seconds >= gained + kQuietSeconds) {
      result = gained;
      break;
    }
    if (environment.cancelled()) {
      result = fail(ExitCode::kInterrupted, "interrupted while KSM was merging");
      break;
    }
    if (seconds > request.merge_seconds) break;
  }
  if (result && best == begin)
    result = fail(ExitCode::kFailed, "KSM merged nothing of the guest in {:.0f} s",
                  seconds_since(start));
  if (auto stopped = session.set("ksm.run", "0"); !stopped && result) return fail(stopped);
  return result;
}

// Stopped for the time it takes, so that contents and frames belong together.
Outcome<GuestCensus> census_of(const Roots& roots, const Guest& guest) {
  const pid_t pid = guest.child.pid();
  guest.child.send(SIGSTOP);
  const auto ranges = mergeable_ranges(roots, pid);
  auto census =
      ranges ? take_guest_census(roots, pid, *ranges) : Outcome<GuestCensus>(fail(ranges));
  guest.child.send(SIGCONT);
  if (census && census->present_pages == 0)
    return fail(ExitCode::kFailed, "QEMU {} has no mergeable memory: mem-merge=on did nothing",
                pid);
  return census;
}

}  // namespace

Outcome<Figures> measure_guest(const GuestRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  if (auto there = check_ksm(session, request.use_zero_pages); !there) return fail(there);
  const auto kernel = find_guest_kernel(request.kernel);
  if (!kernel) return fail(kernel);
  if (request.huge_pages) {
    const auto mode = read_knob(roots, *find_knob("thp.enabled"));
    if (!mode) return fail(ExitCode::kCannotRun, "{}", kNoHugePages);
    if (auto denied = why_denied_huge_pages(roots))
      return fail(ExitCode::kCannotRun, "{}", *denied);
    if (*mode == "never")
      if (auto set = session.set("thp.enabled", "madvise"); !set) return fail(set);
  }
  if (auto prepared = prepare_merge(session, {request.use_zero_pages}); !prepared)
    return fail(prepared);

  environment.progress(
      fmt::format("guest: booting {} with {}", *kernel, human_size(request.memory_bytes)));
  const auto guest = boot_guest({*kernel, request.memory_bytes, request.huge_pages,
                                 request.boot_seconds, environment.cancelled});
  if (!guest) return fail(guest);
  const auto before = census_of(roots, *guest);
  if (!before) return fail(before);
  const auto merge_s = merge_until_quiet(request, *guest, environment);
  if (!merge_s) return fail(merge_s);
  const auto after = census_of(roots, *guest);
  if (!after) return fail(after);

  const auto count = [](std::uint64_t pages) { return static_cast<double>(pages); };
  Figures figures{{"present_pages", count(after->present_pages)},
                  {"huge_pages_before", count(before->huge_pages)},
                  {"zero_pages", count(after->zero_pages)},
                  {"zero_on_zero_page", count(after->zero_on_zero_page)},
                  {"zero_in_ksm_frames", count(after->zero_in_ksm_frames)},
                  {"zero_in_own_frames", count(after->zero_in_own_frames)},
                  {"other_in_ksm_frames", count(after->other_in_ksm_frames)},
                  {"zero_on_zero_page_before", count(before->zero_on_zero_page)},
                  {"frames_before", count(before->frames)},
                  {"frames", count(after->frames)},
                  {"boot_s", guest->boot_seconds}};
  if (*merge_s)
    figures.emplace_back("merge_s", **merge_s);
  else
    figures.emplace_back("unfinished_after_s", request.merge_seconds);
  return figures;
}

}  // namespace zp
