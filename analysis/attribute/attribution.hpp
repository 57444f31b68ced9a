// SPDX-License-Identifier: MIT
// The split of a time difference between two placements into named misses and a residual.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/load/units.hpp"
#include "analysis/model/predict.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/views/placement_table.hpp"
#include "harness/model/description.hpp"

namespace zp::analysis {

// One kind of miss. `penalty_ns` is what one more of them can cost a read: an interval, since
// independent reads overlap; absent when neither the run nor the CPU description gives it.
// Or, where the CPU description has prices, what limits a read: then `predicted_ns` is what the
// new cell's reads take longer by them, and nothing is counted.
struct Cause {
  std::string name;
  double extra_per_read = 0;  // new minus base
  std::optional<Interval> penalty_ns;
  std::optional<Interval> predicted_ns = std::nullopt;

  std::optional<Interval> contribution_ns() const;
};

struct Attribution {
  std::vector<NamePart> common;  // what both cells share
  std::string stride;
  std::string base_placement;
  std::string new_placement;
  Summary base_ns;  // over units
  Summary new_ns;
  Unit unit = Unit::kPass;
  std::vector<Cause> causes;      // those that differ by more than kNoDifference, if it stands out
  bool overlap = true;            // reads are independent, so that misses can overlap
  std::string counts_source;      // "PMU", "model (rows)", "model zen4 on constructed frames"
  std::string penalties_source;   // where the penalties come from
  std::vector<std::string> gaps;  // what could not be counted or priced, and why

  // Fewer units of one than say anything about another draw of frames: nothing is attributed.
  bool too_few() const;
  // The intervals of the two medians overlap: there is nothing to attribute, and nothing is
  // counted.
  bool within_noise() const;
  // Split by the prices of a CPU: one cause, and nothing counted.
  bool by_prices() const { return causes.size() == 1 && causes.front().predicted_ns.has_value(); }
  double difference_ns() const { return new_ns.median - base_ns.median; }
  // From the intervals of the two medians.
  Interval difference_interval() const {
    return {new_ns.interval.low - base_ns.interval.high,
            new_ns.interval.high - base_ns.interval.low};
  }
  // The difference minus what the causes can explain: from the smallest difference with each at its
  // most expensive to the largest with each at its cheapest.
  Interval residual_ns() const;
  // The part of the difference that no penalty within its bounds explains, as a share; negative
  // where even the cheapest penalties explain more than there is.
  double sure_residual_share() const;
};

struct AttributeOptions {
  std::string base = "ksm_coloured:8";
  std::string target = "ksm_single";
  std::optional<model::Description> cpu = {};  // counts where rows have none; penalties in cycles
  double ghz = 0;                              // to turn its cycles into ns; 0: unknown
};

// "zen3 has an L2 of 512 KiB, this machine one of 1 MiB: ..."; "" where the caches that both know
// are as large.
std::string other_cpu(const ResultSet& set, const model::Description& cpu);

// The CPU of that name, none for "", and where `ghz` is 0 the clock of its description.
Outcome<std::optional<model::Description>> find_clocked_cpu(const std::string& name, double& ghz);

// One attribution per pair of cells that differ in the placement alone. Errors: kUsage when a
// placement is in no row, kNotComparable when the run was emulated: its times mean nothing.
Outcome<std::vector<Attribution>> attribute(const ResultSet& set, const AttributeOptions& options);

// A sentence and a table each, no line longer than `width`.
std::string render_attributions(const std::vector<Attribution>& all, std::size_t width);

}  // namespace zp::analysis
