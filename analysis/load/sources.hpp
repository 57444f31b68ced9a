// SPDX-License-Identifier: MIT
// Which files an argument stands for. Internal to analysis/load.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

struct RunSource {
  std::string path;
  std::optional<Manifest> manifest;
  std::vector<std::string> files;          // paths, in order of the passes; none is finished: empty
  std::vector<std::string> warnings = {};  // what lies there and is not taken
  std::string fault = {};                  // why the run can't be read; it has no files then
  Missing missing = {};                    // passes that are entered twice
};

// The runs that `argument` stands for; errors, of an argument that stands for none, are kUsage with
// the path.
Outcome<std::vector<RunSource>> find_runs(const std::string& argument);

// fault_of_pass() of one of the run's files; "" where no manifest has its sum.
std::string fault_of_file(const RunSource& run, const std::string& path);

}  // namespace zp::analysis
