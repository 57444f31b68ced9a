// SPDX-License-Identifier: MIT
// One rule per claim. Internal to analysis/claims.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "analysis/claims/claims.hpp"
#include "analysis/views/paired.hpp"

namespace zp::analysis {

// Shared: "no data", with the reason the rows give.
Judgement no_data(const FamilyRun& run, std::string_view family);

// Shared: what repetitions of rows failed with: what tells of the kernel, and what only ended them.
struct Failures {
  std::string telling, others;  // joined by "; ", of each row the first

  void add(const FamilyRow& row, bool (*tells)(std::string_view reason));
};

// Shared: "no data" of an emulated run, by times.
Judgement emulated_times();

// Shared: "depends" where neither is so.
ClaimVerdict verdict_of(bool confirmed, bool refuted);

// The share of pages that counts as all of them; 1 - kNearlyAll counts as none.
inline constexpr double kNearlyAll = 0.95;

// Shared: bytes of a page, by the context; nothing where it names none that a kernel could have.
std::optional<double> page_bytes(const FamilyRun& run);

// Shares of pages, row by row, and how many of them count as all or none.
struct Shares {
  std::size_t rows = 0, all = 0, none = 0;
  std::string list;  // "read_fault 100.0 %, ksm_single 0.0 %"

  void add(std::string_view row, double share);
  // Confirmed if all are all, refuted if none is any, else "depends".
  [[nodiscard]] ClaimVerdict verdict() const;
};

// 0.123 -> "12.3 %"; nearly all is not called all, and a little not nothing.
std::string percent(double share);

// 12345678 -> "12345678", 0.123456 -> "0.123".
std::string short_number(double value);

// Shared: how two rows' figures differ, unit by unit as in the knob table; no values where no unit
// has both. And their ratio.
UnitDifference differences_of(const FamilyRun& run, std::string_view family, const PartList& base,
                              const PartList& other, std::string_view key);
std::optional<PairedChange> ratio_of(const FamilyRun& run, std::string_view family,
                                     const PartList& base, const PartList& other,
                                     std::string_view key);

// "1.04 times (0.98..1.1)"; where the units are too few for an interval, or most repetitions were
// disturbed, it says so.
std::string times(const FamilyRun& run, const PairedChange& change);

// Whether the whole interval of a ratio lies above a limit, or below it: never without one, nor
// where mostly disturbed repetitions show it.
bool is_above(const PairedChange& change, double limit);
bool is_below(const PairedChange& change, double limit);
// Confirmed where above, refuted where below, else undecided.
ClaimVerdict verdict_above(const PairedChange& change, double limit);

// Where the knob is off in this run's rows of the family: ksm_default, what ships, or ksm_single.
const char* knob_off(const FamilyRun& run, std::string_view family, std::string_view key);

// ": of 33 read cells ...", of switching from one placement to another; empty without such cells.
struct ReadChanges {
  std::size_t cells = 0, faster = 0, same = 0, undecided = 0;
  std::vector<std::string> slower;  // "read/table:.../ (1.49 times)"
  double least = std::numeric_limits<double>::infinity(),
         most = 0;      // ratios, where there are cells
  std::string fastest;  // the cell of `least` among the faster ones
};
ReadChanges read_changes(const FamilyRun& run, std::string_view from, std::string_view to);

Judgement judge_benchmark(const FamilyRun& run);
Judgement judge_buckets(const FamilyRun& run);
Judgement judge_cow(const FamilyRun& run);
Judgement judge_collapse_more(const FamilyRun& run);
Judgement judge_each_page(const FamilyRun& run);
Judgement judge_false_sharing(const FamilyRun& run);
Judgement judge_fault(const FamilyRun& run);
Judgement judge_guest(const FamilyRun& run);
Judgement judge_guest_colours(const FamilyRun& run);
Judgement judge_held(const FamilyRun& run);
Judgement judge_lock(const FamilyRun& run);
Judgement judge_metadata(const FamilyRun& run);
Judgement judge_no_use(const FamilyRun& run);
Judgement judge_numa(const FamilyRun& run);
Judgement judge_own_frame(const FamilyRun& run);
Judgement judge_pin(const FamilyRun& run);
Judgement judge_policy(const FamilyRun& run);
Judgement judge_progress(const FamilyRun& run);
Judgement judge_rate(const FamilyRun& run);
Judgement judge_remap(const FamilyRun& run);
Judgement judge_reverse_map(const FamilyRun& run);
Judgement judge_safety(const FamilyRun& run);
Judgement judge_scan(const FamilyRun& run);
Judgement judge_toggle(const FamilyRun& run);
Judgement judge_undo(const FamilyRun& run);
Judgement judge_unmerge(const FamilyRun& run);
Judgement judge_worry(const FamilyRun& run);
Judgement judge_zero_only(const FamilyRun& run);
Judgement judge_zeromap(const FamilyRun& run);

}  // namespace zp::analysis
