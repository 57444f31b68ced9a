// SPDX-License-Identifier: MIT
// Which figure is shown, and in units of readable size.
#pragma once

#include <string>
#include <string_view>

#include "analysis/load/result_set.hpp"
#include "harness/names/row_keys.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

// ns_per_read where rows have that and a placement, else real_time.
std::string default_metric(const ResultSet& set);

// What a row is about first, the lowest: a price before a rate before what only counts something,
// and last what disturbed it.
inline constexpr int kRankOfCounts = 4;
int figure_rank(const Metric& metric);

// What rows are judged by where no figure is asked for: the same, but of zpbench's own families,
// whose iterations are not of what is measured, the figure that all of them are about, if they have
// any. Errors: kUsage where they are about several.
Outcome<std::string> judged_metric(const ResultSet& set);

// What an emulator's PMU counted, and no hardware's.
bool is_of_emulated_pmu(const ResultSet& set, std::string_view key);

// As metric_of(), and the description of such a count says so.
Metric metric_in(const ResultSet& set, std::string_view key);

// The key, and of such a count that it is one: for tables whose columns are keys.
std::string heading_in(const ResultSet& set, std::string_view key);

// A unit of readable size for values around `typical`: factor to multiply stored figures by.
struct Scale {
  double factor = 1;
  std::string unit;
};
Scale scale_for(const Metric& metric, double typical);

// What figures along an axis are: "us per read", else the metric's description.
std::string axis_words(const Metric& metric, const Scale& scale);

// "+31.8%", "-0.3%"; of a ratio new/base.
std::string percent_change(double ratio);

// "lower is better", "neither direction is better".
std::string direction_words(const Metric& metric);

// "- is faster", "+ is better"; "" where neither is.
std::string direction_text(const Metric& metric);

}  // namespace zp::analysis
