// SPDX-License-Identifier: MIT
// Rows of made-up runs, and what the rule of a claim says of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "analysis/claims/claims.hpp"
#include "tests/outcome.hpp"

namespace zp::analysis::test {

struct Row {
  std::string name;
  std::vector<std::pair<std::string, double>> figures;
  std::string error = {};
};

inline ResultSet set_of_passes(const std::vector<std::vector<Row>>& passes,
                               const std::string& kernel = "6.12.0",
                               const std::string& arch = "x86_64", bool emulated = false,
                               const std::string& page = "4096") {
  std::vector<Run> runs(1);
  runs.front().path = "made-up.json";
  for (const auto& rows : passes) {
    std::string text = fmt::format(
        R"({{"context": {{"schema": "zpbench-1", "kernel.release": "{}", "arch": "{}", )"
        R"("machine.emulated": "{}", "page_size_bytes": "{}", "zero_page.colours": "1", )"
        R"("counters.event.dtlb_miss": "perf::DTLB-LOAD-MISSES"}}, )"
        R"("benchmarks": [)",
        kernel, arch, emulated, page);
    for (const Row& row : rows) {
      if (&row != &rows.front()) text += ",";
      text +=
          fmt::format(R"({{"name": "{0}", "run_name": "{0}", "run_type": "iteration")", row.name);
      if (!row.error.empty())
        text += fmt::format(R"(, "error_occurred": true, "error_message": "{}")", row.error);
      else
        text += R"(, "iterations": 1, "real_time": 1.0, "cpu_time": 1.0, "time_unit": "us")";
      for (const auto& [key, value] : row.figures) text += fmt::format(R"(, "{}": {})", key, value);
      text += "}";
    }
    runs.front().files.push_back(value_of(parse_result_text(text + "]}", "made-up.json")));
  }
  return ResultSet(std::move(runs));
}

inline ResultSet claim_set(const std::vector<Row>& rows, const std::string& kernel = "6.12.0",
                           const std::string& arch = "x86_64", bool emulated = false) {
  return set_of_passes({rows}, kernel, arch, emulated);
}

inline const Claim& claim(std::string_view id) {
  for (const auto list : {claims(), debates()})
    for (const Claim& known : list)
      if (known.id == id) return known;
  ADD_FAILURE() << id;
  return claims().front();
}

inline Judgement judge(std::string_view id, const std::vector<Row>& rows) {
  const ResultSet set = claim_set(rows);
  return claim(id).judge(family_run(set));
}

inline ClaimVerdict verdict_of(std::string_view id, const std::vector<Row>& rows) {
  return judge(id, rows).verdict;
}

// The rows of each pass in a file of its own.
inline Judgement judge_passes(std::string_view id, const std::vector<std::vector<Row>>& passes) {
  const ResultSet set = set_of_passes(passes);
  return claim(id).judge(family_run(set));
}

// As they come, enough repetitions for an interval of 95 %.
inline std::vector<Row> repeated(const std::vector<Row>& rows, int times = 6) {
  std::vector<Row> all;
  for (int i = 0; i < times; ++i) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

}  // namespace zp::analysis::test
