// SPDX-License-Identifier: MIT
// The findings for programs: rows of the family probe, context keys, and a CPU description.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/probe/probe.hpp"
#include "harness/support/figures.hpp"

namespace zp::probe {

struct Row {
  std::string name;  // "probe/figure:l1d_hit"
  std::string label;
  Figures figures;
};
std::vector<Row> rows_of(const Findings& findings);

// 0: the system does not say; 0 ways may also mean a fully associative cache.
struct CacheLevel {
  std::uint64_t size_bytes = 0, line_bytes = 0, ways = 0;
};

std::string today();  // "2026-11-25", in UTC

struct Origin {
  std::string cpu;                                      // what the machine calls itself
  std::string date;                                     // as today()
  std::vector<CacheLevel> caches;                       // the first level first, as the system says
  std::optional<std::uint64_t> zero_page_colours = {};  // absent where frames are hidden
};

// What `zpanalyze model --cpu FILE` loads, whatever the system says of its caches: ways and lines
// that can't be are put right and marked uncertain. Errors: kCannotRun where the rule could not be
// told, is none that the model has, or needs a level more than the system names.
Outcome<std::string> cpu_description(const Findings& findings, const Origin& origin);

}  // namespace zp::probe
