// SPDX-License-Identifier: MIT
// What was read, so that nothing is written over it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

class Inputs {
 public:
  explicit Inputs(std::span<const ResultSet> sides);

  // Errors: kUsage where writing to `path` would change one of the files that were read, or a run's
  // manifest: the same file, whatever it is called (links of either kind).
  Outcome<void> check_output(const std::string& path) const;

 private:
  std::vector<std::string> paths_;
};

// Errors: kUsage where something is at `path` that does not begin with `mark`: only what this
// program wrote is replaced. Nothing, an empty file and what is not a regular file pass.
Outcome<void> check_replaceable(const std::string& path, std::string_view mark, const char* kind);

// Whole or not at all; a device or a pipe is written to, and what a link points at is replaced.
Outcome<void> write_output(const std::string& path, const std::string& text);

}  // namespace zp::analysis
