// SPDX-License-Identifier: MIT
#include "harness/families/ancestor.hpp"

#include "harness/families/placing.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/median.hpp"
#include "harness/walk/halves.hpp"

namespace zp {

Outcome<Figures> measure_ancestor(const AncestorRequest& request, FamilyEnvironment& environment) {
  constexpr std::size_t kLeastPasses = 3;
  const Roots& roots = environment.session.roots();
  const auto proven =
      place_proven(request.placement, request.table_bytes, environment, "before timing");
  if (!proven) return fail(proven);
  const PlacedTable& placed = proven->placed;

  const auto pinned = stay_on_one_cpu();
  if (!pinned) return fail(pinned);
  const std::uint64_t half_bytes = request.table_bytes / 2;
  std::vector<double> passes;
  bool equal = true;
  const ThreadTimer timer;
  for (double total = 0; total < request.least_seconds || passes.size() < kLeastPasses;) {
    if (environment.cancelled()) return fail(ExitCode::kInterrupted, "interrupted");
    const auto start = Clock::now();
    equal &= request.seek ? seek_halves(placed.table.base(), half_bytes, system_page_bytes())
                          : compare_halves(placed.table.base(), half_bytes);
    passes.push_back(seconds_since(start));
    total += passes.back();
  }
  const double cpu_share = timer.cpu_share();
  if (!equal) return fail(ExitCode::kFailed, "the halves of a table of zeros differ");
  const auto census = proven_census(placed.id, placed.table, roots, "after timing");
  if (!census) return fail(census);

  const double pass_s = median(passes);
  const auto pages = static_cast<double>(census->pages);
  Figures figures{{"pass_s", pass_s},
                  {"passes", static_cast<double>(passes.size())},
                  {"ns_per_page", pass_s * 1e9 / pages},
                  {"cpu_share", cpu_share}};
  if (!census->strong) return figures;
  figures.emplace_back("frames", static_cast<double>(census->frames));
  figures.emplace_back("zero_page_share", static_cast<double>(census->zero_pages) / pages);
  figures.emplace_back("huge_share", static_cast<double>(census->huge_pages) / pages);
  return figures;
}

}  // namespace zp
