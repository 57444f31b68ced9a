// SPDX-License-Identifier: MIT
// From what stands on the command line to ResultSets.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

struct LoadOptions {
  bool keep_going = false;  // leave bad files out, with a warning each
  std::string filter = {};  // extended regular expression on cell names; "" takes all
  // A side whose runs have no pass that can be read is an error; with this, a run without rows that
  // has missing_passes().
  bool take_empty_runs = false;
  // Each run as it lies, to be judged by itself: with passes that are copies of others, and where
  // it has none.
  bool take_all = false;
};

struct LoadedSides {
  std::vector<ResultSet> sides;
  std::vector<std::string> dropped;   // copies of files of the same side: not counted again
  std::vector<std::string> warnings;  // one line each: what was left out and why, unfinished runs
  std::vector<std::string> notes;     // what is as it should be but not as one would think
};

// Each side is a list of arguments: a JSON file, a run directory, a directory above run directories
// (takes all of them: the runs of one kernel), or a glob of these. Files are read on all cores; the
// result does not depend on that. `filters`, when given, has one expression per side besides
// options.filter. Errors: kUsage with the file, byte offset and reason; of several bad files all
// are named.
Outcome<LoadedSides> load_sides(const std::vector<std::vector<std::string>>& sides,
                                const LoadOptions& options,
                                const std::vector<std::string>& filters = {});

}  // namespace zp::analysis
