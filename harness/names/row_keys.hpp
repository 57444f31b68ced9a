// SPDX-License-Identifier: MIT
// The figures of a row: what their keys mean, in which unit, which direction is better, and whether
// a clock had a part in them. The one place that knows (results/README.md lists them for readers).
#pragma once

#include <string>
#include <string_view>

namespace zp {

enum class Better { kLower, kHigher, kNeither };

struct Metric {
  std::string key;          // as in the JSON
  std::string description;  // "time of one read"
  std::string unit;         // of the stored figure: "ns", "/s"; "" for shares and unknown counters
  Better better = Better::kNeither;
  bool depends_on_clock = false;  // a time, a rate, cycles, or a count of what fits in a time: it
                                  // means nothing under emulation
};

// Known keys and suffixes from one table. Other counters have no better direction.
Metric metric_of(std::string_view key);

// What kept a repetition waiting or disturbed it: never what a row is about.
bool is_of_disturbance(std::string_view key);

// Google Benchmark's own times and rates, and where in the pass the row was taken: every row has
// them, whatever it measures.
bool is_in_every_row(std::string_view key);

}  // namespace zp
