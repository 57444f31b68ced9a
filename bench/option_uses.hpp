// SPDX-License-Identifier: MIT
// Options that would be accepted and change nothing: they would be believed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/options.hpp"

namespace CLI {
class App;
}

namespace zp {

// "--doctor"; "a run" of kMeasure.
std::string_view name_of(Action action);

// A list and a dry run take the words of a run, as they say what it would measure; other actions
// take a few. Errors: kUsage, naming an option that `options.action` does not look at.
Outcome<void> check_taken(const CLI::App& app, const Options& options);

// An option that some families alone look at.
struct FamilyOption {
  std::string name;
  std::vector<std::string_view> families;
  std::string text = {}, help = {};
};

// Those of the command line. Call before a matrix is applied, which may name them for all.
std::vector<FamilyOption> given_to_families(const CLI::App& app);

// Errors: kUsage, naming an option whose families are not among those that are measured, or that
// none of their cells uses.
Outcome<void> check_used(const std::vector<FamilyOption>& given, const Options& options);

}  // namespace zp
