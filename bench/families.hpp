// SPDX-License-Identifier: MIT
// What is measured beside reads: the families. Each brings its cells; harness/families measures
// them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/lab.hpp"
#include "bench/measure.hpp"
#include "bench/on_table.hpp"
#include "bench/options.hpp"
#include "harness/families/family.hpp"

namespace zp {

struct FamilyCell {
  std::string name;       // "guest/use_zero_pages:1/huge_pages:0"
  PlacementId placement;  // that it makes, so what it needs of this kernel
  std::uint64_t memory_bytes = 0;
  std::function<Outcome<Figures>(FamilyEnvironment&)> measure;
  MeasureOnTable on_table = {};  // instead of measure: on a table of the lab, of
  std::uint64_t table_bytes = 0;
  bool repeated = false;  // a timing, as often as --repetitions says; else once a pass
  double seconds = 0;     // that measuring once takes, about

  [[nodiscard]] std::string_view family() const {
    return std::string_view(name).substr(0, name.find('/'));
  }
};

// All that --families takes, separated by ", ".
std::string family_names();

// Of the families named, in their order. Errors: kUsage for one that is unknown, with those known.
Outcome<std::vector<FamilyCell>> family_cells(const Options& options);

// Registers the cells with Google Benchmark, to be measured after the reads. Cells and instruments
// must outlive the run.
void register_families(const std::vector<FamilyCell>& cells, const Options& options,
                       Instruments instruments);

}  // namespace zp
