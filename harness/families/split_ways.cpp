// SPDX-License-Identifier: MIT
#include "harness/families/split_ways.hpp"

#include <fcntl.h>
#include <numa.h>
#include <numaif.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "harness/families/placing.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/merge.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

constexpr int kSplitTries = 3;

// Opens a file of debugfs to write, through a mount of it that no path leads to: none is needed on
// this machine, and nothing stays (fsopen(2), Linux 5.2). Errors: kCannotRun, with what refused.
Outcome<Fd> open_debugfs_file(const std::string& name) {
  const auto refused = [](const char* call) {
    return fail(ExitCode::kCannotRun, "no debugfs: {}", describe_call(Roots{}, call, errno));
  };
  const Fd context(::fsopen("debugfs", FSOPEN_CLOEXEC));
  if (!context) return refused("fsopen");
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return refused("fsconfig");
  const Fd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mount) return refused("fsmount");
  Fd file(::openat(mount.get(), name.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file)
    return fail(ExitCode::kCannotRun, "cannot write {} in debugfs: {}{}", name, errno_text(errno),
                errno == EPERM ? " (a kernel that is locked down: kernel_lockdown(7)?)" : "");
  return file;
}

Outcome<void> advise(std::byte* page, int advice, const char* call) {
  if (::madvise(page, system_page_bytes(), advice) == 0) return {};
  return fail(ExitCode::kCannotRun, "{}", describe_call(Roots{}, call, errno));
}

Outcome<void> write_range(const Fd& file, const std::byte* start, const std::byte* end) {
  const std::string text =
      fmt::format("{},{:#x},{:#x}", ::getpid(), reinterpret_cast<std::uintptr_t>(start),
                  reinterpret_cast<std::uintptr_t>(end));
  if (::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  return fail(ExitCode::kCannotRun, "split_huge_pages: {}", errno_text(errno));
}

// Asks for one huge page to be split.
Outcome<void> split_one(const SplitRequest& request, const SplitTable& split, const Fd& debugfs,
                        std::uint64_t index) {
  std::byte* const last = split.last_page_of(index);
  switch (request.way) {
    case SplitWay::kDebugfs:
      return write_range(debugfs, split.huge_page(index), last + system_page_bytes());
    case SplitWay::kPageout:
      return advise(last, MADV_PAGEOUT, "madvise(MADV_PAGEOUT)");
    case SplitWay::kFree:
      return advise(last, MADV_FREE, "madvise(MADV_FREE)");
    case SplitWay::kDontneed:
      return advise(last, MADV_DONTNEED, "madvise(MADV_DONTNEED)");
    default:
      break;  // not by a call for each
  }
  return {};
}

// Waits until ksmd has ended another scan of all memory; gives the pages it has scanned by then,
// where KSM says so.
Outcome<std::optional<std::uint64_t>> wait_for_scan(FamilyEnvironment& environment) {
  constexpr double kScanSeconds = 60;
  const Roots& roots = environment.session.roots();
  const auto scans = [&roots] { return read_ksm_figure(roots, "full_scans").value_or(0); };
  const std::uint64_t before = scans();
  const auto start = Clock::now();
  while (scans() == before) {
    if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
    if (seconds_since(start) > kScanSeconds)
      return fail(ExitCode::kFailed, "ksmd has not scanned memory once in {:.0f} s", kScanSeconds);
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return read_ksm_figure(roots, "pages_scanned");
}

// That it stays where it is, or that it is gone (the zero page moves nowhere), is no error of the
// call: what came of it is looked at afterwards.
Outcome<void> move_page(std::byte* page, int node) {
  void* address = page;
  int status = 0;
  if (numa_move_pages(0, 1, &address, &node, &status, MPOL_MF_MOVE) < 0)
    return fail(ExitCode::kCannotRun, "{}", describe_call(Roots{}, "move_pages", errno));
  return {};
}

// The pages of the table that lie on this node; the zero page lies on none.
Outcome<std::uint64_t> pages_on(const SplitTable& split, int node) {
  const std::uint64_t pages = split.table().pages();
  std::vector<void*> addresses(pages);
  for (std::uint64_t number = 0; number < pages; ++number) addresses[number] = split.page(number);
  std::vector<int> status(pages, -1);
  if (numa_move_pages(0, pages, addresses.data(), nullptr, status.data(), 0) < 0)
    return fail(ExitCode::kCannotRun, "{}", describe_call(Roots{}, "move_pages", errno));
  return static_cast<std::uint64_t>(std::ranges::count(status, node));
}

}  // namespace

Outcome<double> split_by_calls(const SplitRequest& request, const SplitTable& split,
                               FamilyEnvironment& environment) {
  Fd debugfs;
  if (request.way == SplitWay::kDebugfs) {
    auto opened = open_debugfs_file("split_huge_pages");
    if (!opened) return fail(opened);
    debugfs = std::move(*opened);
  }
  double seconds = 0;
  for (int left = kSplitTries;; --left) {
    const auto start = Clock::now();
    for (std::uint64_t index = 0; index < split.huge_pages(); ++index) {
      if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      if (auto done = split_one(request, split, debugfs, index); !done) return fail(done);
    }
    seconds += seconds_since(start);
    if (request.way == SplitWay::kDontneed) return seconds;
    const auto census = strong_census(environment.session.roots(), split.table(), "of splitting");
    if (!census) return fail(census);
    if (census->huge_pages == 0) return seconds;
    if (left == 1)
      return fail(ExitCode::kFailed, "census after: {} of {} pages are still in huge pages",
                  census->huge_pages, census->pages);
  }
}

Outcome<ScannedPages> split_by_ksmd(const SplitTable& split, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  if (auto alone = refuse_foreign_mergeable(session.roots()); !alone) return fail(alone);
  // ksmd sleeps after the end of a scan, so that its counter can be read just then.
  if (auto set = session.set("ksm.sleep_millisecs", "20"); !set) return fail(set);
  if (auto done = register_table(split.table()); !done) return fail(done);
  if (auto started = session.set("ksm.run", "1"); !started) return fail(started);
  std::vector<std::optional<std::uint64_t>> marks;
  Outcome<void> outcome;
  while (outcome && marks.size() < 3) {
    auto mark = wait_for_scan(environment);
    if (!mark)
      outcome = fail(mark);
    else
      marks.push_back(*mark);
  }
  auto stopped = session.set("ksm.run", "0");
  if (!outcome) return fail(outcome);
  if (!stopped) return fail(stopped);
  if (auto alone = refuse_foreign_mergeable(session.roots()); !alone) return fail(alone);
  if (!marks[0]) return ScannedPages{};
  return ScannedPages{*marks[1] - *marks[0], *marks[2] - *marks[1]};
}

Outcome<void> give_last_pages_up(const SplitTable& split) {
  for (std::uint64_t index = 0; index < split.huge_pages(); ++index)
    if (auto given = advise(split.last_page_of(index), MADV_DONTNEED, "madvise(MADV_DONTNEED)");
        !given)
      return given;
  return {};
}

Outcome<Moves> split_by_moves(const SplitTable& split, int node, FamilyEnvironment& environment) {
  Moves moves;
  for (int left = kSplitTries;; --left) {
    const auto start = Clock::now();
    for (std::uint64_t index = 0; index < split.huge_pages(); ++index) {
      if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      if (auto moved = move_page(split.huge_page(index), node); !moved) return fail(moved);
    }
    moves.seconds += seconds_since(start);
    const auto there = pages_on(split, node);
    if (!there) return fail(there);
    moves.pages = *there;
    const auto census = strong_census(environment.session.roots(), split.table(), "of moving");
    if (!census) return fail(census);
    if (census->huge_pages <= moves.pages) return moves;
    if (left == 1)
      return fail(ExitCode::kFailed,
                  "census after: {} of {} pages are still in huge pages, {} are on node {}",
                  census->huge_pages, census->pages, moves.pages, node);
  }
}

Outcome<double> split_by_reclaim(const SplitTable& split, const MemoryGroup& group,
                                 FamilyEnvironment& environment) {
  const Roots& roots = environment.session.roots();
  auto census = strong_census(roots, split.table(), "before reclaim");
  double seconds = 0;
  for (int left = kSplitTries; left > 0 && census && census->huge_pages > 0; --left) {
    if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
    const std::uint64_t huge_before = census->huge_pages;
    const auto start = Clock::now();
    if (auto done = reclaim_memory(group, split.table().bytes()); !done) return fail(done);
    seconds += seconds_since(start);
    census = strong_census(roots, split.table(), "of reclaim");
    // None was: the kernel did not want to.
    if (census && census->huge_pages == huge_before) break;
  }
  if (!census) return fail(census);
  return seconds;
}

}  // namespace zp
