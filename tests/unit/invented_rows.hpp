// SPDX-License-Identifier: MIT
// Rows of an invented run whose truth a test knows.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "analysis/load/result_set.hpp"
#include "tests/outcome.hpp"

namespace zp::analysis {

// One run whose passes have this text each.
inline ResultSet set_of(const std::string& json, int passes = 1) {
  Run run{"rows.json", std::nullopt, {}};
  for (int pass = 0; pass < passes; ++pass)
    run.files.push_back(value_of(parse_result_text(json, "rows.json")));
  std::vector<Run> runs;
  runs.push_back(std::move(run));
  return ResultSet(std::move(runs));
}

// Rows in Google Benchmark's layout; `extra` are counters, ", \"l1d_miss\": 1".
class Rows {
 public:
  Rows& add(const std::string& placement, double ns, const std::string& extra = "",
            int stride = 256, std::uint64_t table = 268435456, const std::string& family = "read",
            const std::string& walk = "sequential") {
    for (int repetition = 0; repetition < 9; ++repetition)
      text_ += fmt::format(
          "{}{{\"name\": \"{}/placement:{}/table:{}/stride:{}/walk:{}/threads:1\", "
          "\"run_type\": \"iteration\", \"real_time\": 1, \"cpu_time\": 1, \"time_unit\": \"ns\", "
          "\"ns_per_read\": {}{}}}",
          text_.empty() ? "" : ",\n", family, placement, table, stride, walk,
          ns * (1 + 0.001 * (repetition - 4)), extra);
    return *this;
  }
  // The machine is bare, and a way of its L2 holds 16 pages.
  ResultSet set(const std::string& emulated = "false") const {
    const std::string json = fmt::format(
        "{{\"context\": {{\"schema\": \"zpbench-1\", \"cache.l1d.size_bytes\": \"32768\", "
        "\"cache.l2.size_bytes\": "
        "\"1048576\", \"cache.l2.ways\": \"16\", \"page_size_bytes\": \"4096\", "
        "\"machine.virtualisation\": \"none\", "
        "\"cache.l3.size_bytes\": \"33554432\", \"machine.emulated\": \"{}\"}}, "
        "\"benchmarks\": [{}]}}",
        emulated, text_);
    return set_of(json);
  }

 private:
  std::string text_;
};

// Tables that each level of the context above serves, with room to spare.
inline constexpr std::uint64_t kInL1 = 16384, kInL2 = 262144, kInL3 = 8388608,
                               kInMemory = 268435456;

}  // namespace zp::analysis
