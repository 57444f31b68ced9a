// SPDX-License-Identifier: MIT
// Invented runs, boots and fleets, and how they are loaded.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "analysis/load/load.hpp"
#include "tests/generator/sample_run.hpp"
#include "tests/outcome.hpp"
#include "tests/temporary.hpp"

namespace zp::analysis {

class CompareTest : public ::testing::Test {
 protected:
  std::string add(test::SampleRun run, const std::string& name) {
    run.directory = directory_ / name;
    test::write_sample_run(run);
    return run.directory;
  }
  // Of each run its boot is `name` and a number, its seed counts on.
  std::vector<std::string> add_boots(test::SampleRun run, const std::string& name,
                                     std::uint64_t count) {
    std::vector<std::string> runs;
    for (std::uint64_t i = 0; i < count; ++i, ++run.seed) {
      run.boot = fmt::format("{}{}", name, i);
      runs.push_back(add(run, run.boot));
    }
    return runs;
  }
  // All of one boot, or of none that was recorded.
  std::vector<std::string> add_runs(test::SampleRun run, const std::string& name,
                                    std::uint64_t count) {
    std::vector<std::string> runs;
    for (std::uint64_t i = 0; i < count; ++i, ++run.seed)
      runs.push_back(add(run, fmt::format("{}{}", name, i)));
    return runs;
  }
  // Two boots of each host; hosts differ by 20 % from each other.
  std::vector<std::string> add_fleet(const std::string& kernel, double single_frame_ns, int first,
                                     int last) {
    std::vector<std::string> runs;
    for (int host = first; host <= last; ++host)
      for (const int boot : {1, 2}) {
        const auto name = fmt::format("{}-{}-{}", kernel, host, boot);
        runs.push_back(add({.kernel = kernel,
                            .boot = name,
                            .host = host,
                            .seed = std::hash<std::string>()(name) % 100000,
                            .boot_noise = 0.005,
                            .host_noise = 0.2,
                            .single_frame_ns = single_frame_ns},
                           name));
      }
    return runs;
  }
  std::vector<ResultSet> load(const std::vector<std::vector<std::string>>& sides) {
    return value_of(load_sides(sides, {})).sides;
  }
  test::TemporaryDirectory directory_;
};

}  // namespace zp::analysis
