// SPDX-License-Identifier: MIT
#include "bench/option_uses.hpp"

#include <CLI/App.hpp>
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "bench/cell.hpp"
#include "bench/families.hpp"
#include "harness/support/words.hpp"

namespace zp {
namespace {

// The axes of reads are of one family, but for the placements, which others have, too.
std::vector<FamilyOption> family_options() {
  std::vector<FamilyOption> options = std::apply(
      [](const auto& /*placements*/, const auto&... others) {
        return std::vector{FamilyOption{fmt::format("--{}", others.list), kReadFamily}...};
      },
      kAxes);
  options.push_back({"--drop-caches", "fault"});
  options.push_back({"--guest-kernel", "guest"});
  return options;
}

// As a run does: measures, or says what it would measure.
bool is_of_a_matrix(Action action) {
  return action == Action::kMeasure || action == Action::kList || action == Action::kDryRun;
}

}  // namespace

std::string_view name_of(Action action) {
  return word_for(action, {"a run", "--list", "--counters list", "--doctor", "--doctor",
                           "--dry-run", "--restore", "--probe"});
}

Outcome<void> check_taken(const CLI::App& app, const Options& options) {
  if (is_of_a_matrix(options.action)) return {};
  std::set<std::string> taken{"--no-colour", "--no-color", "--quiet", "--json"};
  if (options.action == Action::kDoctor)
    taken.insert({"--doctor", "--counters", "--counter-source"});
  else if (options.action == Action::kListCounters)
    taken.insert({"--counters", "--counter-source"});
  else if (options.action == Action::kProbe)
    taken.insert({"--probe", "--simulate", "--noise", "--cpu-file", "--out", "--seed"});
  else
    taken.emplace(name_of(options.action));
  std::string other = options.benchmark_flags.empty() ? "" : options.benchmark_flags.front();
  for (const auto* option : app.get_options())
    if (option->count() > 0 && !taken.contains("--" + option->get_single_name()))
      other = "--" + option->get_single_name();
  if (other.empty()) return {};
  return fail(ExitCode::kUsage, "{} is for a run: it changes nothing about {}", other,
              name_of(options.action));
}

std::vector<FamilyOption> given_to_families(const CLI::App& app) {
  std::vector<FamilyOption> given;
  for (FamilyOption option : family_options())
    if (app.get_option(option.name)->count() != 0) given.push_back(std::move(option));
  return given;
}

Outcome<void> check_used(const std::vector<FamilyOption>& given, const Options& options) {
  const auto& families = options.matrix.families;
  if (!is_of_a_matrix(options.action)) return {};
  for (const auto& [name, family] : given)
    if (std::ranges::find(families, family) == families.end())
      return fail(ExitCode::kUsage, "{}: only the family {} uses it, and --families is {}{}", name,
                  family, fmt::join(families, ","),
                  name == "--tables" ? " (--family-table is for those)" : "");
  return {};
}

}  // namespace zp
