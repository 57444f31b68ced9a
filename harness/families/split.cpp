// SPDX-License-Identifier: MIT
#include "harness/families/split.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "harness/families/accounts.hpp"
#include "harness/families/placing.hpp"
#include "harness/host/debugfs.hpp"
#include "harness/host/huge_pages.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/host/topology.hpp"
#include "harness/ksm/foreign.hpp"
#include "harness/ksm/knobs.hpp"
#include "harness/ksm/merge.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

constexpr PlacementId kHugeTable{PlacementKind::kHugePrivate, 0};

// Whether the last page of each huge page may read as zeros afterwards.
bool gives_last_page_up(SplitWay way) {
  return way == SplitWay::kFree || way == SplitWay::kDontneed;
}

class SplitTable {
 public:
  SplitTable(const SplitRequest& request, const Roots& roots, Table table)
      : request_(request),
        table_(std::move(table)),
        pages_each_(huge_page_bytes(roots) / system_page_bytes()) {}

  [[nodiscard]] const Table& table() const { return table_; }
  [[nodiscard]] std::uint64_t huge_pages() const { return table_.pages() / pages_each_; }
  [[nodiscard]] std::uint64_t pages_of_zeros() const {
    return request_.contents == SplitContents::kZero ? table_.pages() - huge_pages() : 0;
  }
  [[nodiscard]] std::byte* huge_page(std::uint64_t index) const {
    return table_.base() + index * pages_each_ * system_page_bytes();
  }
  [[nodiscard]] std::byte* last_page_of(std::uint64_t index) const {
    return huge_page(index) + (pages_each_ - 1) * system_page_bytes();
  }

  void fill() const {
    for (std::uint64_t page = 0; page < table_.pages(); ++page) {
      // Even a page that stays zero is written to, or there would be no huge page.
      auto* const words = words_of(page);
      const auto [index, value] = mark_of(page);
      static_cast<volatile std::uint64_t*>(words)[index] = value;
    }
  }

  [[nodiscard]] bool holds() const {
    for (std::uint64_t page = 0; page < table_.pages(); ++page) {
      if (gives_last_page_up(request_.way) && is_last(page)) continue;
      const auto* const words = words_of(page);
      const auto [index, value] = mark_of(page);
      for (std::size_t i = 0; i < words_each(); ++i)
        if (words[i] != (i == index ? value : 0)) return false;
    }
    return true;
  }

 private:
  struct Mark {
    std::size_t index;
    std::uint64_t value;
  };

  static std::size_t words_each() { return system_page_bytes() / sizeof(std::uint64_t); }
  [[nodiscard]] bool is_last(std::uint64_t page) const {
    return page % pages_each_ == pages_each_ - 1;
  }
  [[nodiscard]] std::uint64_t* words_of(std::uint64_t page) const {
    return reinterpret_cast<std::uint64_t*>(table_.base() + page * system_page_bytes());
  }
  // The word of the page that is not zero, in no two pages the same: KSM has nothing to merge but
  // zeros.
  [[nodiscard]] Mark mark_of(std::uint64_t page) const {
    if (is_last(page) || request_.contents == SplitContents::kFirstWord) return {0, page + 1};
    if (request_.contents == SplitContents::kLastWord) return {words_each() - 1, page + 1};
    return {0, 0};
  }

  const SplitRequest& request_;
  Table table_;
  std::uint64_t pages_each_;
};

std::optional<std::uint64_t> read_splits(const Roots& roots) {
  return read_vm_event(roots, "thp_split_page");
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
    case SplitWay::kKsm:
      break;
  }
  return {};
}

// By a call for each huge page; again where one could not be split just then, for somebody held a
// reference to it. Gives the seconds that the calls took.
Outcome<double> split_by_calls(const SplitRequest& request, const SplitTable& split,
                               FamilyEnvironment& environment) {
  constexpr int kTries = 3;
  Fd debugfs;
  if (request.way == SplitWay::kDebugfs) {
    auto opened = open_debugfs_file("split_huge_pages");
    if (!opened) return tl::make_unexpected(opened.error());
    debugfs = std::move(*opened);
  }
  double seconds = 0;
  for (int left = kTries;; --left) {
    const auto start = Clock::now();
    for (std::uint64_t index = 0; index < split.huge_pages(); ++index) {
      if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
      if (auto done = split_one(request, split, debugfs, index); !done)
        return tl::make_unexpected(done.error());
    }
    seconds += seconds_since(start);
    if (request.way == SplitWay::kDontneed) return seconds;
    const auto census = strong_census(environment.session.roots(), split.table(), "of splitting");
    if (!census) return tl::make_unexpected(census.error());
    if (census->huge_pages == 0) return seconds;
    if (left == 1)
      return fail(ExitCode::kFailed, "census after: {} of {} pages are still in huge pages",
                  census->huge_pages, census->pages);
  }
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

// By ksmd, where KSM says so.
struct ScannedPages {
  std::optional<std::uint64_t> second, third;  // scan
};

// In its first scan ksmd takes checksums, in the second it merges, and splits what it is about to
// merge a page of.
Outcome<void> split_by_ksmd(const SplitTable& split, FamilyEnvironment& environment,
                            ScannedPages& scanned) {
  KsmSession& session = environment.session;
  if (auto alone = refuse_foreign_mergeable(session.roots()); !alone) return alone;
  // ksmd sleeps after the end of a scan, so that its counter can be read just then.
  if (auto set = session.set("ksm.sleep_millisecs", "20"); !set) return set;
  if (::madvise(split.table().base(), split.table().bytes(), MADV_MERGEABLE) != 0)
    return fail(ExitCode::kCannotRun, "madvise(MADV_MERGEABLE): {}", errno_text(errno));
  if (auto started = session.set("ksm.run", "1"); !started) return started;
  std::vector<std::optional<std::uint64_t>> marks;
  Outcome<void> outcome;
  while (outcome && marks.size() < 3) {
    auto mark = wait_for_scan(environment);
    if (!mark)
      outcome = tl::make_unexpected(mark.error());
    else
      marks.push_back(*mark);
  }
  auto stopped = session.set("ksm.run", "0");
  if (!outcome || !stopped) return outcome ? stopped : outcome;
  if (auto alone = refuse_foreign_mergeable(session.roots()); !alone) return alone;
  if (!marks[0]) return {};
  scanned = {*marks[1] - *marks[0], *marks[2] - *marks[1]};
  return {};
}

std::optional<std::int64_t> own_ksm_zero_pages(const Roots& roots) {
  const auto pages = read_own_ksm_counters(roots).zero_pages;
  return pages ? std::optional(static_cast<std::int64_t>(*pages)) : std::nullopt;
}

// Huge pages, all of them, that nobody collapses again behind our back.
Outcome<Table> huge_table(const SplitRequest& request, FamilyEnvironment& environment) {
  return map_untouched(request_for(kHugeTable, request.table_bytes, environment),
                       environment.session);
}

Outcome<void> check_census(const SplitRequest& request, const SplitTable& split,
                           const Census& census) {
  if (census.zero_pages > split.pages_of_zeros())
    return fail(ExitCode::kFailed,
                "census after: {} pages on the zero page, and only {} held zeros",
                census.zero_pages, split.pages_of_zeros());
  const std::uint64_t given_up = gives_last_page_up(request.way) ? split.huge_pages() : 0;
  if (census.present + census.swapped_pages + given_up < census.pages)
    return fail(ExitCode::kFailed, "census after: {} of {} pages are there, {} swapped out",
                census.present, census.pages, census.swapped_pages);
  if (!split.holds()) return fail(ExitCode::kFailed, "{}: after splitting", kWrongMemory);
  return {};
}

}  // namespace

std::string_view to_string(SplitContents contents) {
  constexpr std::array kNames{"zero", "first_word", "last_word"};
  return kNames[static_cast<std::size_t>(contents)];
}

std::string_view to_string(SplitWay way) {
  constexpr std::array kNames{"debugfs", "pageout", "free", "ksm", "dontneed"};
  return kNames[static_cast<std::size_t>(way)];
}

Outcome<Figures> measure_split(const SplitRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  if (auto reason = why_not_here(ksm_zero_placement(request.use_zero_pages), roots))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  if (auto prepared = prepare_merge(session, {request.use_zero_pages}); !prepared)
    return tl::make_unexpected(prepared.error());
  constexpr const char* kShrinker = "thp.shrink_underused";
  if (request.shrink_underused && !session.has(kShrinker))
    return fail(ExitCode::kCannotRun, "this kernel has no shrink_underused (Linux 6.12)");
  if (session.has(kShrinker))
    if (auto set = session.set(kShrinker, request.shrink_underused ? "1" : "0"); !set)
      return tl::make_unexpected(set.error());
  // Before there is anything to split: new pages wait on lists of their CPU, which refer to them.
  const auto pinned = stay_on_one_cpu();
  if (!pinned) return tl::make_unexpected(pinned.error());
  auto table = huge_table(request, environment);
  if (!table) return tl::make_unexpected(table.error());
  const SplitTable split(request, roots, std::move(*table));
  split.fill();
  // khugepaged would undo the split; huge pages that are there stay.
  if (::madvise(split.table().base(), split.table().bytes(), MADV_NOHUGEPAGE) != 0)
    return fail(ExitCode::kCannotRun, "madvise(MADV_NOHUGEPAGE): {}", errno_text(errno));
  if (auto census = proven_census(kHugeTable, split.table(), roots, "before"); !census)
    return tl::make_unexpected(census.error());

  const auto splits = read_splits(roots);
  const auto counted = own_ksm_zero_pages(roots);
  const auto pages = static_cast<double>(split.table().pages());
  const auto huge_pages = static_cast<double>(split.huge_pages());
  Figures figures{{"huge_pages", huge_pages},
                  {"pages_of_zeros", static_cast<double>(split.pages_of_zeros())}};
  ScannedPages scanned;
  if (request.way == SplitWay::kKsm) {
    if (auto done = split_by_ksmd(split, environment, scanned); !done)
      return tl::make_unexpected(done.error());
  } else {
    const auto seconds = split_by_calls(request, split, environment);
    if (!seconds) return tl::make_unexpected(seconds.error());
    figures.emplace_back("ns_per_page", *seconds * 1e9 / pages);
    figures.emplace_back("ns_per_huge_page", *seconds * 1e9 / huge_pages);
  }
  const auto census = strong_census(roots, split.table(), "of where pages of zeros went");
  if (!census) return tl::make_unexpected(census.error());
  const auto counted_after = own_ksm_zero_pages(roots);
  const std::int64_t counted_by_ksm = counted_after.value_or(0) - counted.value_or(0);
  if (auto checked = check_census(request, split, *census); !checked)
    return tl::make_unexpected(checked.error());
  if (request.way != SplitWay::kKsm && counted_by_ksm != 0)
    return fail(ExitCode::kFailed, "ksm_zero_pages of this process moved by {}, without KSM",
                counted_by_ksm);

  const auto zero_pages = static_cast<double>(census->zero_pages);
  figures.emplace_back("zero_pages", zero_pages);
  figures.emplace_back("zero_page_share", zero_pages / pages);
  figures.emplace_back("huge_share", static_cast<double>(census->huge_pages) / pages);
  figures.emplace_back("ksm_share", static_cast<double>(census->ksm_pages) / pages);
  figures.emplace_back("frames", static_cast<double>(census->frames));
  if (counted_after)
    figures.emplace_back("own_ksm_zero_pages", static_cast<double>(counted_by_ksm));
  if (const auto now = read_splits(roots); splits && now)
    figures.emplace_back("thp_split_page", static_cast<double>(*now - *splits));
  if (scanned.second && *scanned.second != 0) {
    figures.emplace_back("scanned_pages", static_cast<double>(*scanned.second));
    figures.emplace_back("zero_pages_per_scanned_page",
                         zero_pages / static_cast<double>(*scanned.second));
    figures.emplace_back("third_scan_pages", static_cast<double>(*scanned.third));
  }
  return figures;
}

}  // namespace zp
