// SPDX-License-Identifier: MIT
// What a run directory must have to be taken into results/ by a program alone, and its copy without
// names (docs/contributing-results.md).
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

// What is wrong with it, a line each: none, and it can be taken.
std::vector<std::string> faults_of(const Run& run);

// Writes manifest and passes of the run to the new directory `out`, without hosts' names and
// folders of their own; figures stay digit by digit. Gives the files of the run that are not in the
// copy. Errors: kUsage: it has no manifest, `out` exists, or can't be written.
Outcome<std::vector<std::string>> write_anonymous(const Run& run, const std::string& out);

}  // namespace zp::analysis
