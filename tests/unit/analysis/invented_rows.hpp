// SPDX-License-Identifier: MIT
// Rows of an invented run whose truth a test knows.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "tests/outcome.hpp"

namespace zp::analysis {

// One run whose passes have these texts.
inline ResultSet set_of_passes(const std::vector<std::string>& passes) {
  Run run{"rows.json", std::nullopt, {}};
  for (const std::string& json : passes)
    run.files.push_back(value_of(parse_result_text(json, "rows.json")));
  std::vector<Run> runs;
  runs.push_back(std::move(run));
  return ResultSet(std::move(runs));
}
inline ResultSet set_of(const std::string& json, int passes = 1) {
  return set_of_passes(std::vector<std::string>(static_cast<std::size_t>(passes), json));
}

// Rows in Google Benchmark's layout, one in each of nine passes; `extra` are counters,
// ", \"l1d_miss\": 1".
class Rows {
 public:
  Rows& add(const std::string& placement, double ns, const std::string& extra = "",
            int stride = 256, std::uint64_t table = 268435456, const std::string& family = "read",
            const std::string& walk = "sequential") {
    double factor = 0.996;
    for (std::string& rows : passes_) {
      rows += fmt::format(
          "{}{{\"name\": \"{}/placement:{}/table:{}/stride:{}/walk:{}/threads:1\", "
          "\"run_type\": \"iteration\", \"real_time\": 1, \"cpu_time\": 1, \"time_unit\": \"ns\", "
          "\"ns_per_read\": {}{}}}",
          rows.empty() ? "" : ",\n", family, placement, table, stride, walk, ns * factor, extra);
      factor += 0.001;
    }
    return *this;
  }
  // The machine is bare, and a way of its L2 holds 16 pages.
  ResultSet set(const std::string& emulated = "false") const {
    std::vector<std::string> files;
    for (const std::string& rows : passes_)
      files.push_back(fmt::format(
          "{{\"context\": {{\"schema\": \"zpbench-1\", \"cache.l1d.size_bytes\": \"32768\", "
          "\"cache.l2.size_bytes\": \"1048576\", \"cache.l2.ways\": \"16\", "
          "\"cache.l3.size_bytes\": \"33554432\", \"page_size_bytes\": \"4096\", "
          "\"machine.virtualisation\": \"none\", \"machine.emulated\": \"{}\"}}, "
          "\"benchmarks\": [{}]}}",
          emulated, rows));
    return set_of_passes(files);
  }

 private:
  std::vector<std::string> passes_ = std::vector<std::string>(9);
};

// Tables that each level of the context above serves, with room to spare.
inline constexpr std::uint64_t kInL1 = 16384, kInL2 = 262144, kInL3 = 8388608,
                               kInMemory = 268435456;

}  // namespace zp::analysis
