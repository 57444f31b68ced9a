// SPDX-License-Identifier: MIT
#include "harness/families/split.hpp"

#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <string>

#include "harness/families/accounts.hpp"
#include "harness/families/khugepaged.hpp"
#include "harness/families/own_group.hpp"
#include "harness/families/placing.hpp"
#include "harness/families/split_ways.hpp"
#include "harness/host/huge_pages.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/topology.hpp"
#include "harness/ksm/merge.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/file.hpp"
#include "harness/support/words.hpp"

namespace zp {
namespace {

constexpr PlacementId kHugeTable{PlacementKind::kHugePrivate, 0};

// Of the whole machine: huge pages that were split, and those of them that the shrinker has found
// to be zeros for the most part (Linux 6.12).
constexpr std::array kSplitEvents{"thp_split_page", "thp_underused_split_page"};
using SplitCounts = std::array<std::optional<std::uint64_t>, kSplitEvents.size()>;

SplitCounts read_splits(const Roots& roots) {
  SplitCounts counts;
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = read_vm_event(roots, kSplitEvents[i]);
  return counts;
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

// Sets the knobs that decide which huge pages are split when memory is short.
Outcome<std::optional<Khugepaged>> set_shrinker(const SplitRequest& request, KsmSession& session) {
  constexpr const char* kShrinker = "thp.shrink_underused";
  if (request.shrink_underused && !session.has(kShrinker))
    return fail(ExitCode::kCannotRun, "this kernel has no shrink_underused (Linux 6.12)");
  if (session.has(kShrinker))
    if (auto set = session.set(kShrinker, request.shrink_underused ? "1" : "0"); !set)
      return fail(set);
  if (!request.ptes_none) return std::optional<Khugepaged>{};
  return Khugepaged::allow(session, *request.ptes_none);
}

// What memory is bound to, from before there is a table.
struct Bounds {
  std::optional<OwnGroup> group;  // where it is to be reclaimed
  int other_node = 0;             // where it is to be moved
};

Outcome<Bounds> bind(const SplitRequest& request, KsmSession& session) {
  Bounds bounds;
  if (moves(request.way)) {
    const auto node = bind_memory_to_one_of_two_nodes("a huge page");
    if (!node) return fail(node);
    bounds.other_node = *node;
  }
  if (reclaims(request.way)) {
    const auto group = any_version_group(session.roots());
    if (!group) return fail(group);
    auto own = OwnGroup::enter(session, *group);
    if (!own) return fail(own);
    if (auto forbidden = forbid_swap(*group); !forbidden) return fail(forbidden);
    bounds.group.emplace(std::move(*own));
  }
  return bounds;
}

// Splits, or has the kernel decide to; gives the figures of that alone.
Outcome<Figures> split_table(const SplitRequest& request, const SplitTable& split,
                             const Bounds& bounds, FamilyEnvironment& environment) {
  Figures figures;
  if (request.way == SplitWay::kKsm) {
    const auto scanned = split_by_ksmd(split, environment);
    if (!scanned) return fail(scanned);
    if (!scanned->second || *scanned->second == 0) return figures;
    figures.emplace_back("scanned_pages", static_cast<double>(*scanned->second));
    figures.emplace_back("third_scan_pages", static_cast<double>(*scanned->third));
    return figures;
  }
  if (request.way == SplitWay::kDontneedMovePages || request.way == SplitWay::kDontneedReclaim)
    if (auto given = give_last_pages_up(split); !given) return fail(given);
  Outcome<double> seconds;
  if (moves(request.way)) {
    const auto moved = split_by_moves(split, bounds.other_node, environment);
    if (!moved) return fail(moved);
    seconds = moved->seconds;
    figures.emplace_back("moved_pages", static_cast<double>(moved->pages));
  } else {
    seconds = reclaims(request.way) ? split_by_reclaim(split, bounds.group->group(), environment)
                                    : split_by_calls(request, split, environment);
  }
  if (!seconds) return fail(seconds);
  figures.emplace_back("ns_per_page", *seconds * 1e9 / static_cast<double>(split.table().pages()));
  figures.emplace_back("ns_per_huge_page",
                       *seconds * 1e9 / static_cast<double>(split.huge_pages()));
  return figures;
}

Outcome<void> check_census(const SplitRequest& request, const SplitTable& split,
                           const Census& census, const std::function<bool()>& cancelled) {
  if (census.zero_pages > split.pages_of_zeros())
    return fail(ExitCode::kFailed,
                "census after: {} pages on the zero page, and only {} held zeros",
                census.zero_pages, split.pages_of_zeros());
  const std::uint64_t given_up = gives_last_page_up(request.way) ? split.huge_pages() : 0;
  if (census.present + census.swapped_pages + given_up < census.pages)
    return fail(ExitCode::kFailed, "census after: {} of {} pages are there, {} swapped out",
                census.present, census.pages, census.swapped_pages);
  const auto holds = split.holds(cancelled);
  if (!holds) return fail(holds);
  if (!*holds) return fail(ExitCode::kFailed, "{}: after splitting", kWrongMemory);
  return {};
}

}  // namespace

std::string_view to_string(SplitContents contents) {
  return word_for(contents, {"zero", "first_word", "last_word"});
}

std::string_view to_string(SplitWay way) {
  return word_for(way, {"debugfs", "pageout", "free", "ksm", "dontneed", "move_pages",
                        "dontneed_move_pages", "reclaim", "dontneed_reclaim"});
}

Outcome<Figures> measure_split(const SplitRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  if (auto reason = why_not_here(ksm_zero_placement(request.use_zero_pages), roots))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  if (auto prepared = prepare_merge(session, {request.use_zero_pages}); !prepared)
    return fail(prepared);
  const auto khugepaged = set_shrinker(request, session);
  if (!khugepaged) return fail(khugepaged);
  // Before there is anything to split: new pages wait on lists of their CPU, which refer to them.
  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  const auto bounds = bind(request, session);
  if (!bounds) return fail(bounds);
  auto table = huge_table(request, environment);
  if (!table) return fail(table);
  const SplitTable split(request, roots, std::move(*table));
  if (auto filled = split.fill(environment.cancelled); !filled) return fail(filled);
  // khugepaged would undo the split; huge pages that are there stay.
  if (::madvise(split.table().base(), split.table().bytes(), MADV_NOHUGEPAGE) != 0)
    return fail(ExitCode::kCannotRun, "madvise(MADV_NOHUGEPAGE): {}", errno_text(errno));
  if (auto census = proven_census(kHugeTable, split.table(), roots, "before"); !census)
    return fail(census);

  const auto splits = read_splits(roots);
  const auto counted = own_ksm_zero_pages(roots);
  const auto pages = static_cast<double>(split.table().pages());
  const auto huge_pages = static_cast<double>(split.huge_pages());
  Figures figures{{"huge_pages", huge_pages},
                  {"pages_of_zeros", static_cast<double>(split.pages_of_zeros())}};
  if (request.ptes_none)
    figures.emplace_back("max_ptes_none",
                         static_cast<double>(ptes_none_of(*request.ptes_none, split.pages_each())));
  const auto done = split_table(request, split, *bounds, environment);
  if (!done) return fail(done);
  figures.insert(figures.end(), done->begin(), done->end());
  const auto census = strong_census(roots, split.table(), "of where pages of zeros went");
  if (!census) return fail(census);
  const SplitCounts splits_after = read_splits(roots);
  const auto counted_after = own_ksm_zero_pages(roots);
  const std::int64_t counted_by_ksm = counted_after.value_or(0) - counted.value_or(0);
  if (auto checked = check_census(request, split, *census, environment.cancelled); !checked)
    return fail(checked);
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
  for (std::size_t i = 0; i < splits.size(); ++i)
    if (splits[i] && splits_after[i])
      figures.emplace_back(kSplitEvents[i], static_cast<double>(*splits_after[i] - *splits[i]));
  for (const auto& [key, scanned] : *done)
    if (key == "scanned_pages")
      figures.emplace_back("zero_pages_per_scanned_page", zero_pages / scanned);
  return figures;
}

}  // namespace zp
