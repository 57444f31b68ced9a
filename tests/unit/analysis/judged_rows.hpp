// SPDX-License-Identifier: MIT
// Rows of made-up runs, and what the rule of a claim says of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/claims/claims.hpp"
#include "analysis/stats/moderated.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis::test {

using RowFigures = std::vector<std::pair<std::string, double>>;

struct Row {
  std::string name;
  RowFigures figures;
  std::string error = {};
  std::string mark = {};  // of its label: "; disturbed"
};

// One run with this context, the rows of each pass in a file of its own; so many passes a boot, 0:
// no boot is recorded.
inline ResultSet run_of(const std::vector<std::vector<Row>>& passes,
                        const std::string& context = R"("schema": "zpbench-1")",
                        std::size_t passes_a_boot = 0) {
  std::vector<Run> runs(1);
  runs.front().path = "made-up.json";
  for (const auto& rows : passes) {
    std::string text;
    for (const auto& [name, figures, error, mark] : rows) {
      text += fmt::format(R"({}{{"name": "{}", "run_type": "iteration", )", text.empty() ? "" : ",",
                          name);
      text += error.empty()
                  ? R"("real_time": 1.0, "cpu_time": 1.0, "time_unit": "us", )"
                    R"("label": "census: strong)" +
                        mark + '"'
                  : fmt::format(R"("error_occurred": true, "error_message": "{}")", error);
      for (const auto& [key, value] : figures) text += fmt::format(R"(, "{}": {})", key, value);
      text += "}";
    }
    const auto boot = passes_a_boot == 0 ? ""
                                         : fmt::format(R"(, "boot.id": "{}")",
                                                       runs.front().files.size() / passes_a_boot);
    runs.front().files.push_back(
        value_of(parse_result_text(file_of(text, context + boot), "made-up.json")));
  }
  return ResultSet(std::move(runs));
}

inline ResultSet set_of_passes(const std::vector<std::vector<Row>>& passes,
                               const std::string& kernel = "6.12.0",
                               const std::string& arch = "x86_64", bool emulated = false,
                               const std::string& page = "4096", std::size_t passes_a_boot = 0) {
  return run_of(passes,
                fmt::format(R"("schema": "zpbench-1", "kernel.release": "{}", "arch": "{}", )"
                            R"("machine.emulated": "{}", "page_size_bytes": "{}", )"
                            R"("zero_page.colours": "1", )"
                            R"("counters.event.dtlb_miss": "perf::DTLB-LOAD-MISSES")",
                            kernel, arch, emulated, page),
                passes_a_boot);
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

// The rows of each pass in a file of its own.
inline Judgement judge_passes(std::string_view id, const std::vector<std::vector<Row>>& passes) {
  const ResultSet set = set_of_passes(passes);
  return claim(id).judge(family_run(set));
}

// The same in every pass, of which three are enough for an interval.
inline Judgement judge(std::string_view id, const std::vector<Row>& rows,
                       std::size_t passes = kLeastUnits) {
  return judge_passes(id, std::vector(passes, rows));
}

inline ClaimVerdict verdict_of(std::string_view id, const std::vector<Row>& rows,
                               std::size_t passes = kLeastUnits) {
  return judge(id, rows, passes).verdict;
}

}  // namespace zp::analysis::test
