// SPDX-License-Identifier: MIT
#include "harness/families/unmerge.hpp"

#include <sys/mman.h>

#include <cerrno>

#include "harness/families/accounts.hpp"
#include "harness/families/placing.hpp"
#include "harness/host/cpu_limit.hpp"
#include "harness/memory/placement.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/file.hpp"

namespace zp {
namespace {

Outcome<void> unmerge(const UnmergeRequest& request, const Table& table, KsmSession& session) {
  if (request.way == UnmergeWay::kRun2) return session.set("ksm.run", "2");  // is 0 by now
  if (::madvise(table.base(), table.bytes(), MADV_UNMERGEABLE) == 0) return {};
  return fail(ExitCode::kFailed, "madvise(MADV_UNMERGEABLE): {}", errno_text(errno));
}

}  // namespace

Outcome<Figures> measure_unmerge(const UnmergeRequest& request, FamilyEnvironment& environment) {
  KsmSession& session = environment.session;
  const Roots& roots = session.roots();
  const auto proven = place_proven(request.placement, request.table_bytes, environment, "before");
  if (!proven) return fail(proven);
  const Table& table = proven->placed.table;

  const auto free_before = read_free_bytes(roots);
  const ThreadTimer timer;
  if (auto unmerged = unmerge(request, table, session); !unmerged) return fail(unmerged);
  const double seconds = timer.seconds(), cpu_share = timer.cpu_share();
  const auto free_after = read_free_bytes(roots);
  if (auto stopped = session.set("ksm.run", "0"); !stopped) return fail(stopped);

  const auto census = strong_census(roots, table, "that pages were unmerged");
  if (!census) return fail(census);
  if (census->present != census->pages || census->ksm_pages != 0)
    return fail(ExitCode::kFailed, "census after: {} of {} pages present, {} {}", census->present,
                census->pages, census->ksm_pages, kStillMerged);
  if (!holds_zeros(table)) return fail(ExitCode::kFailed, "a page no longer holds zeros");

  const auto pages = static_cast<double>(census->pages);
  const auto unmerged = static_cast<double>(census->pages - census->zero_pages);
  Figures figures{{"ns_per_page", seconds * 1e9 / pages},
                  {"seconds", seconds},
                  {"cpu_share", cpu_share},
                  {"unmerged_pages", unmerged},
                  {"unmerged_share", unmerged / pages},
                  {"zero_page_share", static_cast<double>(census->zero_pages) / pages}};
  if (unmerged == 0) return figures;
  figures.emplace_back("pages_per_second", unmerged / seconds);
  if (free_before && free_after && *free_before > *free_after)
    figures.emplace_back("needed_bytes_per_page",
                         static_cast<double>(*free_before - *free_after) / unmerged);
  return figures;
}

}  // namespace zp
