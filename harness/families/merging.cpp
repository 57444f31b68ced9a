// SPDX-License-Identifier: MIT
#include "harness/families/merging.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "harness/ksm/knobs.hpp"
#include "harness/memory/census.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/clock.hpp"
#include "harness/support/interrupt.hpp"
#include "harness/support/units.hpp"

namespace zp {

Outcome<void> check_ksm(const KsmSession& session, bool use_zero_pages) {
  if (!session.has("ksm.run")) return fail(ExitCode::kCannotRun, "this kernel has no KSM");
  if (use_zero_pages && !session.has("ksm.use_zero_pages"))
    return fail(ExitCode::kCannotRun, "this kernel has no use_zero_pages (Linux 4.11)");
  return {};
}

std::uint64_t count_merged(const Roots& roots, const Table& table) {
  const auto census = take_census(roots, table, 0);
  return census ? census->ksm_pages + census->zero_pages : 0;
}

Outcome<MergeResult> merge_pages(const Table& table, std::uint64_t pages,
                                 FamilyEnvironment& environment) {
  const Roots& roots = environment.session.roots();
  // Else ksmd would be waited for, and blamed, though all is merged.
  if (auto census = strong_census(roots, table, "of merging"); !census) return fail(census);
  MergeWatch watch;
  watch.pages = pages;
  // A census holds ksmd up, so one is taken when a scan has ended: that is when all can be merged.
  watch.merged_pages = [&roots, &table, counted_at = std::optional<std::uint64_t>(),
                        merged = std::uint64_t{0}]() mutable {
    const auto scans = read_ksm_figure(roots, "full_scans");
    if (!scans || scans != std::exchange(counted_at, scans)) merged = count_merged(roots, table);
    return merged;
  };
  watch.cancelled = environment.cancelled;
  watch.report = [&environment](const MergeProgress& p) {
    environment.progress(fmt::format("waiting for ksmd: merged {}/{} pages in {:.0f} s",
                                     p.merged_pages, p.pages, p.seconds));
  };
  return run_merge(environment.session, watch);
}

Outcome<void> scan_on(std::uint64_t scans, FamilyEnvironment& environment) {
  constexpr auto kPatience = std::chrono::minutes(1);
  KsmSession& session = environment.session;
  const auto scanned = [&] { return read_ksm_figure(session.roots(), "full_scans").value_or(0); };
  // The scan that is under way may have begun before now: one more.
  const std::uint64_t enough = scanned() + scans + 1;
  const auto start = Clock::now();
  auto said = start;
  Outcome<void> outcome = session.set("ksm.run", "1");
  while (outcome && scanned() < enough) {
    if (environment.cancelled())
      outcome = fail(ExitCode::kInterrupted, "interrupted while KSM was scanning");
    else if (Clock::now() - start > kPatience)
      outcome = fail(ExitCode::kFailed, "ksmd has not scanned memory {} times in a minute", scans);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (Clock::now() - said < std::chrono::milliseconds(500)) continue;
    said = Clock::now();
    environment.progress(fmt::format("waiting for ksmd to scan: {} to go, for {:.0f} s",
                                     enough - std::min(enough, scanned()), seconds_since(start)));
  }
  auto stopped = session.set("ksm.run", "0");
  return outcome ? stopped : outcome;
}

Outcome<void> check_partners(std::uint64_t alike, std::uint64_t table_bytes) {
  if (alike != 1) return {};
  return fail(ExitCode::kCannotRun,
              "a table of {} has one page that is to be merged, and no other like it: use a larger "
              "--family-table",
              human_size(table_bytes));
}

Outcome<Table> mergeable_table(std::uint64_t bytes, const Contents& contents) {
  const std::uint64_t page_bytes = system_page_bytes();
  auto table = Table::map(bytes, page_bytes);
  if (!table) return table;
  for (std::uint64_t page = 0; page < table->pages(); ++page) {
    if (page % 4096 == 0 && interrupted())
      return fail(interrupt_exit_code(), "interrupted while filling the table");
    write_page({table->base() + page * page_bytes, page_bytes}, table->first_vpn() + page,
               contents);
  }
  if (auto registered = register_table(*table); !registered) return fail(registered);
  return table;
}

}  // namespace zp
