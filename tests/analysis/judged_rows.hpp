// SPDX-License-Identifier: MIT
// Rows of made-up runs, and what the rule of a claim says of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/claims/claims.hpp"
#include "tests/analysis/made_up_files.hpp"
#include "tests/outcome.hpp"

namespace zp::analysis::test {

using RowFigures = std::vector<std::pair<std::string, double>>;

struct Row {
  std::string name;
  RowFigures figures;
  std::string error = {};
};

// One run with this context, the rows of each pass in a file of its own.
inline ResultSet run_of(const std::vector<std::vector<Row>>& passes,
                        const std::string& context = R"("schema": "zpbench-1")") {
  std::vector<Run> runs(1);
  runs.front().path = "made-up.json";
  for (const auto& rows : passes) {
    std::string text;
    for (const auto& [name, figures, error] : rows) {
      text += fmt::format(R"({}{{"name": "{}", "run_type": "iteration", )", text.empty() ? "" : ",",
                          name);
      text += error.empty()
                  ? R"("real_time": 1.0, "cpu_time": 1.0, "time_unit": "us")"
                  : fmt::format(R"("error_occurred": true, "error_message": "{}")", error);
      for (const auto& [key, value] : figures) text += fmt::format(R"(, "{}": {})", key, value);
      text += "}";
    }
    runs.front().files.push_back(
        value_of(parse_result_text(file_of(text, context), "made-up.json")));
  }
  return ResultSet(std::move(runs));
}

inline ResultSet set_of_passes(const std::vector<std::vector<Row>>& passes,
                               const std::string& kernel = "6.12.0",
                               const std::string& arch = "x86_64", bool emulated = false,
                               const std::string& page = "4096") {
  return run_of(passes,
                fmt::format(R"("schema": "zpbench-1", "kernel.release": "{}", "arch": "{}", )"
                            R"("machine.emulated": "{}", "page_size_bytes": "{}", )"
                            R"("zero_page.colours": "1", )"
                            R"("counters.event.dtlb_miss": "perf::DTLB-LOAD-MISSES")",
                            kernel, arch, emulated, page));
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
