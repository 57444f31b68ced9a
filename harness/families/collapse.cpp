// SPDX-License-Identifier: MIT
#include "harness/families/collapse.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

#include "harness/families/accounts.hpp"
#include "harness/families/merging.hpp"
#include "harness/host/huge_pages.hpp"
#include "harness/host/system_calls.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/file.hpp"
#include "harness/support/units.hpp"

#ifndef MADV_COLLAPSE  // glibc 2.37
#define MADV_COLLAPSE 25
#endif

namespace zp {
namespace {

class CollapseTable {
 public:
  CollapseTable(const CollapseRequest& request, const Roots& roots, Table table)
      : reads_only_(request.placement.kind == PlacementKind::kReadFault),
        table_(std::move(table)),
        pages_each_(huge_page_bytes(roots) / system_page_bytes()),
        zeros_each_(request.zeros == CollapseZeros::kHalf ? pages_each_ / 2 : pages_each_ - 1) {}

  [[nodiscard]] const Table& table() const { return table_; }
  [[nodiscard]] std::uint64_t huge_pages() const { return table_.pages() / pages_each_; }
  [[nodiscard]] std::uint64_t pages_each() const { return pages_each_; }
  [[nodiscard]] std::uint64_t pages_of_zeros() const { return huge_pages() * zeros_each_; }
  // Those in huge pages, by a census that found so many pages in some.
  [[nodiscard]] std::uint64_t lost_pages(const Census& census) const {
    return census.huge_pages / pages_each_ * zeros_each_;
  }
  [[nodiscard]] std::byte* huge_page(std::uint64_t index) const {
    return table_.base() + index * pages_each_ * system_page_bytes();
  }

  // Pages of zeros are written to, or, for the placement that reading makes, read.
  void fill() const {
    for (std::uint64_t page = 0; page < table_.pages(); ++page) {
      auto* const first = static_cast<volatile std::uint64_t*>(words_of(page));
      if (reads_only_ && word(page) == 0)
        static_cast<void>(*first);
      else
        *first = word(page);
    }
  }

  [[nodiscard]] bool holds() const {
    for (std::uint64_t page = 0; page < table_.pages(); ++page) {
      const auto* const words = words_of(page);
      if (*words != word(page) ||
          std::any_of(words + 1, words + system_page_bytes() / sizeof(std::uint64_t),
                      [](std::uint64_t other) { return other != 0; }))
        return false;
    }
    return true;
  }

 private:
  [[nodiscard]] std::uint64_t* words_of(std::uint64_t page) const {
    return reinterpret_cast<std::uint64_t*>(table_.base() + page * system_page_bytes());
  }
  // The first word of the page: 0 where it holds zeros.
  [[nodiscard]] std::uint64_t word(std::uint64_t page) const {
    return page % pages_each_ < zeros_each_ ? 0 : page + 1;
  }

  bool reads_only_;
  Table table_;
  std::uint64_t pages_each_;
  std::uint64_t zeros_each_;
};

Outcome<void> advise(std::byte* start, std::uint64_t bytes, int advice, const char* call) {
  if (::madvise(start, bytes, advice) == 0) return {};
  return fail(ExitCode::kCannotRun, "{}", describe_call(Roots{}, call, errno));
}

Outcome<void> place_zeros(const CollapseRequest& request, const CollapseTable& collapse,
                          FamilyEnvironment& environment) {
  const bool by_ksm = request.placement.entry().needs_ksm;
  if (by_ksm)
    if (auto prepared = prepare_merge(environment.session, rules_of(request.placement)); !prepared)
      return prepared;
  collapse.fill();
  if (!by_ksm) return {};
  const Table& table = collapse.table();
  if (auto registered =
          advise(table.base(), table.bytes(), MADV_MERGEABLE, "madvise(MADV_MERGEABLE)");
      !registered)
    return registered;
  auto merged = merge_pages(table, collapse.pages_of_zeros(), environment);
  return merged ? Outcome<void>{} : fail(merged);
}

// Pages of zeros that are in their placement.
std::uint64_t placed_pages(const CollapseRequest& request, const Census& census) {
  return request.placement.kind == PlacementKind::kKsmDefault ? census.ksm_pages
                                                              : census.zero_pages;
}

// Gives what khugepaged was given and how much it took.
Outcome<Figures> collapse_by_khugepaged(const CollapseTable& collapse, const Khugepaged& khugepaged,
                                        FamilyEnvironment& environment) {
  constexpr std::uint64_t kScans = 3;
  constexpr double kPatienceSeconds = 60;
  std::uint64_t lost = 0, scans_that_lost = 0;
  const std::uint64_t first = khugepaged.full_scans();
  std::uint64_t seen = first;
  const Table& table = collapse.table();
  if (auto allowed = advise(table.base(), table.bytes(), MADV_HUGEPAGE, "madvise(MADV_HUGEPAGE)");
      !allowed)
    return fail(allowed);
  const auto start = Clock::now();
  while (seen < first + kScans) {
    if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
    if (seconds_since(start) > kPatienceSeconds)
      return fail(ExitCode::kCannotRun,
                  "khugepaged has made {} of {} scans in {:.0f} s: it runs only where nothing else "
                  "wants the CPUs (nice 19), or waits for a huge page",
                  seen - first, kScans, kPatienceSeconds);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::uint64_t now = khugepaged.full_scans();
    if (now == seen) continue;
    seen = now;
    const auto census = take_census(environment.session.roots(), table, 0);
    if (!census) return fail(census);
    if (collapse.lost_pages(*census) > lost) ++scans_that_lost;
    lost = collapse.lost_pages(*census);
  }
  Figures figures{{"full_scans", static_cast<double>(seen - first)}};
  if (scans_that_lost != 0)
    figures.emplace_back("lost_pages_per_scan",
                         static_cast<double>(lost) / static_cast<double>(scans_that_lost));
  return figures;
}

Outcome<Figures> collapse_by_madvise(const CollapseTable& collapse,
                                     FamilyEnvironment& environment) {
  constexpr int kTries = 3;
  const Table& table = collapse.table();
  if (::madvise(table.base(), 0, MADV_COLLAPSE) != 0)
    return fail(ExitCode::kCannotRun, "this kernel has no MADV_COLLAPSE (Linux 6.1)");
  if (auto allowed = advise(table.base(), table.bytes(), MADV_HUGEPAGE, "madvise(MADV_HUGEPAGE)");
      !allowed)
    return fail(allowed);
  const std::uint64_t bytes_each = collapse.pages_each() * system_page_bytes();
  std::uint64_t refused = 0;
  const auto start = Clock::now();
  for (std::uint64_t index = 0; index < collapse.huge_pages(); ++index) {
    if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
    int tries = 0;
    // EAGAIN: somebody held a reference to one of its pages just then.
    while (::madvise(collapse.huge_page(index), bytes_each, MADV_COLLAPSE) != 0)
      if (++tries == kTries || errno != EAGAIN) {
        ++refused;
        break;
      }
  }
  return Figures{{"refused_huge_pages", static_cast<double>(refused)},
                 {"ns_per_huge_page",
                  seconds_since(start) * 1e9 / static_cast<double>(collapse.huge_pages())}};
}

std::optional<std::uint64_t> collapses(const Roots& roots) {
  return read_vm_event(roots, "thp_collapse_alloc");
}

Outcome<Table> small_pages(const CollapseRequest& request, const Roots& roots) {
  const std::uint64_t huge_bytes = huge_page_bytes(roots);
  if (huge_bytes == 0) return fail(ExitCode::kCannotRun, "{}", kNoHugePages);
  if (request.table_bytes % huge_bytes != 0)
    return fail(ExitCode::kCannotRun, "it takes a table of whole huge pages ({})",
                human_size(huge_bytes));
  return Table::map(request.table_bytes, huge_bytes);
}

Outcome<void> check_placed(const CollapseRequest& request, const CollapseTable& collapse,
                           const Census& census, const char* when) {
  const std::uint64_t lost = collapse.lost_pages(census);
  const std::uint64_t placed = placed_pages(request, census);
  if (placed + lost == collapse.pages_of_zeros() && census.present == census.pages) return {};
  return fail(ExitCode::kFailed,
              "census {}: of {} pages of zeros {} are {} and {} in huge pages; {} of {} pages are "
              "there",
              when, collapse.pages_of_zeros(), placed, to_string(request.placement), lost,
              census.present, census.pages);
}

}  // namespace

std::string_view to_string(CollapseZeros zeros) {
  return zeros == CollapseZeros::kHalf ? "half" : "all_but_one";
}

std::string_view to_string(CollapseWay way) {
  return way == CollapseWay::kMadvise ? "madvise" : "khugepaged";
}

Outcome<Figures> measure_collapse(const CollapseRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  if (auto reason = why_not_here(request.placement, roots))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  auto table = small_pages(request, roots);
  if (!table) return fail(table);
  const CollapseTable collapse(request, roots, std::move(*table));
  if (auto placed = place_zeros(request, collapse, environment); !placed) return fail(placed);
  const auto before = strong_census(roots, collapse.table(), "of the placement");
  if (!before) return fail(before);
  if (auto checked = check_placed(request, collapse, *before, "before"); !checked)
    return fail(checked);

  const std::uint64_t ptes_none = ptes_none_of(request.ptes_none, collapse.pages_each());
  Figures figures{{"pages_of_zeros", static_cast<double>(collapse.pages_of_zeros())},
                  {"max_ptes_none", static_cast<double>(ptes_none)},
                  {"frames_before", static_cast<double>(before->frames)}};
  const auto collapsed_before = collapses(roots);
  const bool by_madvise = request.way == CollapseWay::kMadvise;
  // It must have no part in what MADV_COLLAPSE does, which works whatever thp.enabled is.
  auto khugepaged =
      by_madvise ? Khugepaged::hold(session) : Khugepaged::hurry(session, request.ptes_none);
  if (!khugepaged) return fail(khugepaged);
  auto more = by_madvise ? collapse_by_madvise(collapse, environment)
                         : collapse_by_khugepaged(collapse, *khugepaged, environment);
  // Waits for a huge page that is in the making.
  auto stopped = advise(collapse.table().base(), collapse.table().bytes(), MADV_NOHUGEPAGE,
                        "madvise(MADV_NOHUGEPAGE)");
  auto calmed = khugepaged->calm();
  if (!more) return more;
  if (!stopped || !calmed) return tl::make_unexpected((stopped ? calmed : stopped).error());
  figures.insert(figures.end(), more->begin(), more->end());
  if (const auto now = collapses(roots); collapsed_before && now)
    figures.emplace_back("thp_collapse_alloc", static_cast<double>(*now - *collapsed_before));

  const auto after = strong_census(roots, collapse.table(), "of what is left");
  if (!after) return fail(after);
  if (auto checked = check_placed(request, collapse, *after, "after"); !checked)
    return fail(checked);
  if (!collapse.holds()) return fail(ExitCode::kFailed, "{}: after collapsing", kWrongMemory);
  const auto lost = static_cast<double>(collapse.lost_pages(*after));
  figures.emplace_back("lost_pages", lost);
  figures.emplace_back("lost_share", lost / static_cast<double>(collapse.pages_of_zeros()));
  figures.emplace_back("frames_after", static_cast<double>(after->frames));
  if (const auto own = read_own_ksm_counters(roots).zero_pages)
    figures.emplace_back("own_ksm_zero_pages", static_cast<double>(*own));
  return figures;
}

}  // namespace zp
