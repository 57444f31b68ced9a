// SPDX-License-Identifier: MIT
#include "harness/families/fault.hpp"

#include <algorithm>
#include <array>

#include "harness/families/placing.hpp"
#include "harness/families/touch.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/placement.hpp"
#include "harness/memory/zero_mappings.hpp"

namespace zp {
namespace {

using enum PlacementKind;

bool is_written(const PlacementId& id) {
  return id.kind == kPrivate || id.kind == kHugePrivate;
}

// Merged memory, or memory that nobody has touched.
Outcome<Table> table_before(const FaultRequest& request, FamilyEnvironment& environment) {
  if (!request.placement.entry().needs_ksm)
    return map_untouched(request_for(request.placement, request.table_bytes, environment),
                         environment.session);
  auto proven = place_proven(request.placement, request.table_bytes, environment, "before");
  if (!proven) return fail(proven);
  return std::move(proven->placed.table);
}

// By the placement's own call, or page by page.
Outcome<Touch> first_touch(const FaultRequest& request, const Table& table,
                           FamilyEnvironment& environment) {
  const PlacementId& id = request.placement;
  if (!is_filled_by_call(id))
    return touch_pages(table, is_written(id) ? Access::kWrite : Access::kRead);
  return touch_by_call(table, [&] {
    return fill_by_call(id, table, environment.session.roots(), environment.cancelled);
  });
}

// One pass takes a quarter of a millisecond, which any interrupt spoils: the median of several.
Touch touch_again(const Table& table, Access access) {
  std::array<Touch, 15> passes;
  for (Touch& pass : passes) pass = touch_pages(table, access);
  const auto middle = passes.begin() + passes.size() / 2;
  std::nth_element(passes.begin(), middle, passes.end(),
                   [](const Touch& a, const Touch& b) { return a.ns_per_page < b.ns_per_page; });
  return *middle;
}

}  // namespace

Outcome<Figures> measure_fault(const FaultRequest& request, FamilyEnvironment& environment) {
  const Roots& roots = environment.session.roots();
  const Access access = is_written(request.placement) ? Access::kWrite : Access::kRead;
  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  // A hypervisor may have taken free memory back, and giving it again is not a cost of this kernel:
  // the frames are those that a first table, gone by then, was given.
  if (!request.placement.entry().needs_ksm) {
    const auto warmed = table_before(request, environment);
    if (!warmed) return fail(warmed);
    if (auto touched = first_touch(request, *warmed, environment); !touched) return fail(touched);
  }
  if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
  const auto table = table_before(request, environment);
  if (!table) return fail(table);
  if (!request.placement.entry().needs_ksm) {
    const auto census = take_census(roots, *table, 0);
    if (!census) return fail(census);
    if (census->present != 0)
      return fail(ExitCode::kFailed, "census before: {} of {} pages are there untouched",
                  census->present, census->pages);
  }
  const auto first = first_touch(request, *table, environment);
  if (!first) return fail(first);
  if (auto census = proven_census(request.placement, *table, roots, "after the first touch");
      !census)
    return fail(census);
  const Touch again = touch_again(*table, access);
  if (auto census = proven_census(request.placement, *table, roots, "after the second touch");
      !census)
    return fail(census);
  Figures figures;
  add_touch(figures, "", *first, *table);
  figures.emplace_back("gib_per_second", gib_per_second(first->ns_per_page));
  add_touch(figures, "again_", again, *table);
  figures.emplace_back("cpu_share", std::min(first->cpu_share, again.cpu_share));
  return figures;
}

}  // namespace zp
