// SPDX-License-Identifier: MIT
#include "harness/families/cow.hpp"

#include "harness/families/merging.hpp"
#include "harness/families/placing.hpp"
#include "harness/families/touch.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/placement.hpp"

namespace zp {
namespace {

// Nothing is shared any more: no KSM frame, no zero page.
Outcome<Census> proven_own(const Table& table, const Roots& roots) {
  auto census = strong_census(roots, table, "that pages were copied");
  if (!census) return census;
  if (census->present != census->pages || census->ksm_pages + census->zero_pages != 0)
    return fail(ExitCode::kFailed,
                "census after writing: {} of {} pages present, {} in KSM frames, {} on the zero "
                "page",
                census->present, census->pages, census->ksm_pages, census->zero_pages);
  return census;
}

}  // namespace

Outcome<Figures> measure_cow(const CowRequest& request, FamilyEnvironment& environment) {
  const Roots& roots = environment.session.roots();
  const auto proven =
      place_in_warm_frames(request.placement, request.table_bytes, environment, "before writing");
  if (!proven) return fail(proven);
  const Table& table = proven->placed.table;

  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  Figures figures;
  const Touch written = touch_pages(table, Access::kWrite);
  add_touch(figures, "", written, table);
  figures.emplace_back("cpu_share", written.cpu_share);
  const auto own = proven_own(table, roots);
  if (!own) return fail(own);
  const auto pages = static_cast<double>(own->pages);
  figures.emplace_back("huge_share", static_cast<double>(own->huge_pages) / pages);
  if (!request.placement.entry().needs_ksm) return figures;

  const auto merged = merge_table(table, environment);
  if (!merged) return fail(merged);
  if (auto census = proven_census(request.placement, table, roots, "after merging again"); !census)
    return fail(census);
  figures.emplace_back("remerge_wall_ns_per_page", merged->seconds * 1e9 / pages);
  if (merged->ksmd_cpu_seconds)
    figures.emplace_back("remerge_cpu_ns_per_page", *merged->ksmd_cpu_seconds * 1e9 / pages);
  return figures;
}

}  // namespace zp
