// SPDX-License-Identifier: MIT
// Benchmarks other than reads: the families. Each brings its cells; harness/families measures them.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/current_table.hpp"
#include "harness/families/family.hpp"
#include "harness/families/khugepaged.hpp"
#include "harness/programs/measure.hpp"

namespace zp {

// What a run asks of the families.
struct FamilyChoice {
  std::optional<std::uint64_t> table_bytes;  // else their own
  std::vector<PlacementId> placements;       // of the matrix; empty: their own
  std::string guest_kernel;
  bool drop_caches = false;      // those whose cells need it may
  std::uint64_t order_seed = 0;  // of this pass
  double min_time_s = 0.1;
};

// Cells that are measured on the current table, which cells of the same placement share: making it
// takes longer than measuring.
struct TableBench {
  const PlacedTable& table;
  const std::vector<int>& cpus;  // of the table's node; this thread is on the first
  const Roots& roots;
  Meter meter;                              // around what is timed
  std::function<Outcome<Census>()> finish;  // the census after timing
  std::function<bool()> cancelled;
  std::uint64_t counted = 0;  // what the meter was on for, to divide its counts by
};

using MeasureOnTable = std::function<Outcome<Figures>(TableBench&)>;

struct FamilyCell {
  std::string name;       // "guest/use_zero_pages:1/huge_pages:0"
  PlacementId placement;  // that it makes, so what it needs of this kernel
  std::uint64_t memory_bytes = 0;
  std::function<Outcome<Figures>(FamilyEnvironment&)> measure;
  MeasureOnTable on_table = {};  // instead of measure: on the current table, of
  std::uint64_t table_bytes = 0;
  bool repeated = false;  // a timing, as often as --repetitions says; else once per pass
  double seconds = 0;     // that measuring once takes, about; that of the family at least
  std::span<const KnobWrite> knobs = {};    // that it writes besides those of its placement
  bool adds_swap = false;                   // an area of our own, while it is measured
  bool makes_group = false;                 // a control group of our own, while it is measured
  bool drops_caches = false;                // of the whole machine
  std::optional<PtesNone> khugepaged = {};  // that it is let loose with, on the whole machine

  [[nodiscard]] std::string_view family() const {
    return std::string_view(name).substr(0, name.find('/'));
  }
};

// All that --families takes, separated by ", ".
std::string family_names();

// Of the families named, in their order. Errors: kUsage for one that is unknown, with those known.
Outcome<std::vector<FamilyCell>> family_cells(const std::vector<std::string>& names,
                                              const FamilyChoice& choice);

}  // namespace zp
