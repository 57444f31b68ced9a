// SPDX-License-Identifier: MIT
#include "harness/families/toggle.hpp"

#include "harness/families/merging.hpp"
#include "harness/memory/placement.hpp"

namespace zp {
namespace {

// How many pages of a table that is merged as a whole are where `use_zero_pages` puts zeros.
Outcome<std::uint64_t> pages_following(const Roots& roots, const Table& table,
                                       bool use_zero_pages) {
  const auto census = strong_census(roots, table, "of the placement");
  if (!census) return fail(census);
  if (census->ksm_pages + census->zero_pages != census->pages)
    return fail(ExitCode::kFailed, "census: {} of {} pages in KSM frames, {} on the zero page",
                census->ksm_pages, census->pages, census->zero_pages);
  return use_zero_pages ? census->zero_pages : census->ksm_pages;
}

Outcome<Table> merged_zeros(const ToggleRequest& request, FamilyEnvironment& environment) {
  auto table = mergeable_table(request.table_bytes);
  if (!table) return table;
  if (auto merged = merge_table(*table, environment); !merged) return fail(merged);
  return table;
}

double share(std::uint64_t part, const Table& table) {
  return static_cast<double>(part) / static_cast<double>(table.pages());
}

}  // namespace

Outcome<Figures> measure_toggle(const ToggleRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  if (auto reason = why_not_here(ksm_zero_placement(true), roots))
    return fail(ExitCode::kCannotRun, "{}", *reason);
  if (auto enough = check_partners(request.table_bytes / system_page_bytes(), request.table_bytes);
      !enough)
    return fail(enough);
  if (auto prepared = prepare_merge(session, rules_of(ksm_zero_placement(!request.to))); !prepared)
    return fail(prepared);

  const auto earlier = merged_zeros(request, environment);
  if (!earlier) return fail(earlier);
  const auto before = pages_following(roots, *earlier, !request.to);
  if (!before) return fail(before);
  if (*before != earlier->pages())
    return fail(ExitCode::kFailed, "census before the switch: {} of {} pages are as it was",
                *before, earlier->pages());

  if (auto set = session.set("ksm.use_zero_pages", request.to ? "1" : "0"); !set) return fail(set);
  const auto later = merged_zeros(request, environment);
  if (!later) return fail(later);
  if (auto scanned = scan_on(request.scans, environment); !scanned) return fail(scanned);

  const auto kept = pages_following(roots, *earlier, !request.to);
  if (!kept) return fail(kept);
  const auto followed = pages_following(roots, *later, request.to);
  if (!followed) return fail(followed);
  return Figures{{"earlier_kept_share", share(*kept, *earlier)},
                 {"later_followed_share", share(*followed, *later)}};
}

}  // namespace zp
