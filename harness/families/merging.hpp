// SPDX-License-Identifier: MIT
// Merging again, and scanning on, with the knobs as a placement or prepare_merge() left them.
#pragma once

#include "harness/families/family.hpp"
#include "harness/ksm/merge.hpp"
#include "harness/memory/contents.hpp"
#include "harness/memory/table.hpp"

namespace zp {

// Errors: kCannotRun where the kernel has no KSM, or not the knob that is asked for.
Outcome<void> check_ksm(const KsmSession& session, bool use_zero_pages);

// Pages of the table that are in KSM frames or on the zero page, by a census: KSM's own counters
// still count pages that were written to, until ksmd comes by.
std::uint64_t count_merged(const Roots& roots, const Table& table);

// Runs ksmd until so many pages of the table are merged, then stops it. Errors: those of
// run_merge(); kCannotRun where frame numbers are hidden, so that no page can be counted.
Outcome<MergeResult> merge_pages(const Table& table, std::uint64_t pages,
                                 FamilyEnvironment& environment);

// The whole table.
inline Outcome<MergeResult> merge_table(const Table& table, FamilyEnvironment& environment) {
  return merge_pages(table, table.pages(), environment);
}

// Lets ksmd scan everything `scans` times, counted from now, then stops it.
// Errors: kInterrupted; kFailed when it takes longer than a minute.
Outcome<void> scan_on(std::uint64_t scans, FamilyEnvironment& environment);

// Before waiting for ksmd: a page without an equal is not merged, except with the zero page.
// Errors: kCannotRun where `alike` is one.
Outcome<void> check_partners(std::uint64_t alike, std::uint64_t table_bytes);

// A table, each page written, registered for merging. Errors: kCannotRun.
Outcome<Table> mergeable_table(std::uint64_t bytes, const Contents& contents = {});

}  // namespace zp
