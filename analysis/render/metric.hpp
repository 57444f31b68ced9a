// SPDX-License-Identifier: MIT
// The figures of a row: what they mean, in which unit, which direction is better.
#pragma once

#include <string>
#include <string_view>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

enum class Better { kLower, kHigher, kNeither };

struct Metric {
  std::string key;          // as in the JSON
  std::string description;  // "time of one read"
  std::string unit;         // of the stored figure: "ns", "reads/s"; "" for unknown counters
  Better better = Better::kLower;
  bool is_time = false;  // depends on a clock: means nothing under emulation
};

// Known keys from one table (results/README.md); others are counters of unknown direction, taken
// as lower-is-better unless they end in _per_second.
Metric metric_of(std::string_view key);

// ns_per_read where there is one, else real_time.
std::string default_metric(const ResultSet& set);

// A unit of readable size for values around `typical`: factor to multiply stored figures by.
struct Scale {
  double factor = 1;
  std::string unit;
};
Scale scale_for(const Metric& metric, double typical);

}  // namespace zp::analysis
