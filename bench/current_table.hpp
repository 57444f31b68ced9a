// SPDX-License-Identifier: MIT
// The table that is measured on: one at a time, in its placement, across all of its cells.
// Google Benchmark calls a benchmark anew for every trial, so the table lives here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/causal_pair.hpp"
#include "bench/cell.hpp"
#include "bench/progress.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/topology.hpp"
#include "harness/memory/census_figures.hpp"
#include "harness/memory/placement.hpp"

namespace zp {

class CurrentTable {
 public:
  // `alignment_bytes`: the largest colour span of the matrix.
  CurrentTable(const Roots& roots, std::uint64_t alignment_bytes, Progress& progress);

  // By which pages are chosen for placements that read chosen ones.
  void choose_pages_by(Outcome<std::vector<std::uint64_t>> rule) { rule_ = std::move(rule); }

  // Makes the cell's table unless it is there, pins the calling thread and binds its memory, takes
  // the census. After an error (also kept for the table's other cells) table() must not be called.
  Outcome<void> prepare(const Cell& cell);

  // The census after timing: the figures of the row. Errors: kFailed when the table is no longer
  // what it claims.
  Outcome<Census> finish(const Cell& cell);
  [[nodiscard]] Figures figures_of(const Census& census) const {
    return census_figures(census, l2_);
  }

  [[nodiscard]] const PlacedTable& table() const { return *placed_; }
  // The pages of the table that are read; empty: all.
  [[nodiscard]] const std::vector<std::uint64_t>& chosen_pages() const { return chosen_pages_; }
  // Tells a table from the ones before it, whose frames were others.
  [[nodiscard]] std::uint64_t table_number() const { return table_number_; }
  [[nodiscard]] const std::vector<int>& cpus() const { return cpus_; }

  // For callers that drive KSM themselves: unmaps the current table and restores the thread's CPU
  // affinity.
  KsmSession& lend_session();

  // Unmaps the table and puts every knob back.
  Outcome<void> close();

 private:
  Outcome<void> make_table(const Cell& cell);
  Outcome<void> choose_pages_of(const Cell& cell);
  Outcome<Census> proven(const Cell& cell, const char* when) const;

  Roots roots_;
  std::uint64_t alignment_bytes_;
  Progress& progress_;
  std::optional<std::uint64_t> zero_colours_;
  std::optional<DataCache> l2_;
  KsmSession session_;  // before the table: knobs are restored when no page is merged any more
  Outcome<std::vector<std::uint64_t>> rule_ =
      fail(ExitCode::kCannotRun, "no rule was looked for (--no-probe)");
  std::optional<PlacedTable> placed_;
  std::vector<std::uint64_t> chosen_pages_;
  std::optional<Cell> cell_;
  Outcome<void> made_;
  std::uint64_t table_number_ = 0;
  bool proven_ = false;  // a census has just shown the placement, and nothing was done since
  std::vector<int> cpus_;
  std::optional<ThreadPlace> place_;  // of the calling thread before the first table
};

// The message of rows that were cut short (kSkippedPrefix: harness/names/row_text.hpp).
inline constexpr std::string_view kInterruptedMessage = "interrupted";

// Why no cell at all can be measured here: threads that can't be pinned, memory that can't be had.
std::optional<std::string> why_no_row(const Roots& roots);

// What a row without a measurement says: whether it was interrupted, can't be made here, or is
// wrong.
std::string row_message(const Error& error);

}  // namespace zp
