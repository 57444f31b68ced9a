// SPDX-License-Identifier: MIT
#include "analysis/load/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace zp::analysis {
namespace {

// Runs of another program's files from which on a run is the unit.
constexpr std::size_t kForeignRuns = 5;

// Runs per side of one boot from which on a run is the unit: nothing is decided by fewer units.
constexpr std::size_t kLeastRuns = 3;

std::string boot_of(const ResultFile& file) {
  const auto boot = context_value(file.context, "boot.id");
  return boot.starts_with("absent") ? "" : boot;
}

using Key = std::function<std::string(const Run&, const ResultFile&)>;

Grouping group(const ResultSet& set, const Key& key) {
  Grouping grouping;
  std::map<std::string, std::size_t> known;
  for (const auto& run : set.runs())
    for (const auto& file : run.files)
      grouping.unit_of_file.push_back(known.emplace(key(run, file), known.size()).first->second);
  grouping.units = known.size();
  return grouping;
}

std::string run_key(const Run& run, const ResultFile&) {
  return run.path;
}
// Each for itself, whatever its path.
std::string file_key(const Run&, const ResultFile& file) {
  return fmt::format("{}", fmt::ptr(&file));
}
std::string boot_key(const Run&, const ResultFile& file) {
  return boot_of(file);
}

std::set<std::string> boots_in(const ResultSet& set) {
  std::set<std::string> boots;
  for (const auto& run : set.runs())
    for (const auto& file : run.files) boots.insert(boot_of(file));
  return boots;
}

// In order: unit i of one side must be unit i of the other.
std::vector<std::uint64_t> files_in(const ResultSet& set) {
  std::vector<std::uint64_t> files;
  for (const auto& run : set.runs())
    for (const auto& file : run.files) files.push_back(file.fingerprint);
  return files;
}

template <class Value>
bool all_alike(std::span<const ResultSet* const> sets, const Value& value) {
  return std::all_of(sets.begin(), sets.end(),
                     [&](const ResultSet* set) { return value(*set) == value(*sets.front()); });
}

Key key_of(Unit unit) {
  return unit == Unit::kBoot ? boot_key : unit == Unit::kRun ? run_key : file_key;
}

void set_foreign(UnitPlan& plan, std::span<const ResultSet* const> sets) {
  const bool runs = std::all_of(sets.begin(), sets.end(), [](const ResultSet* set) {
    return set->runs().size() >= kForeignRuns;
  });
  plan.unit = runs ? Unit::kRun : Unit::kRepetition;
}

std::string why_one_boot(const UnitPlan& plan) {
  if (std::find(plan.boots.begin(), plan.boots.end(), 0U) != plan.boots.end())
    return "the files don't record their boot";
  if (plan.same_boot) return fmt::format("fewer than {} runs per side in one boot", kLeastRuns);
  return "one boot per side";
}

}  // namespace

bool is_ours(const ResultSet& set) {
  return set.context_value("schema").starts_with("zpbench");
}

std::string_view unit_word(Unit unit) {
  auto word = units_word(unit);
  word.remove_suffix(unit == Unit::kPass ? 2 : 1);
  return word;
}

std::string_view units_word(Unit unit) {
  switch (unit) {
    case Unit::kBoot:
      return "boots";
    case Unit::kRun:
      return "runs";
    case Unit::kPass:
      return "passes";
    case Unit::kRepetition:
      break;
  }
  return "repetitions";
}

std::size_t boots_of(const ResultSet& set) {
  const auto boots = boots_in(set);
  return boots.contains("") ? 0 : boots.size();
}

Grouping by_boot(const ResultSet& set) {
  return group(set, boot_key);
}

Grouping by_pass(const ResultSet& set) {
  return group(set, file_key);
}

UnitPlan plan_units(std::span<const ResultSet* const> sets) {
  UnitPlan plan;
  std::size_t fewest_boots = static_cast<std::size_t>(-1);
  std::size_t fewest_runs = fewest_boots;
  for (const auto* set : sets) {
    plan.boots.push_back(boots_of(*set));
    fewest_boots = std::min(fewest_boots, plan.boots.back());
    fewest_runs = std::min(fewest_runs, set->runs().size());
  }
  if (!std::all_of(sets.begin(), sets.end(), [](const ResultSet* set) { return is_ours(*set); })) {
    set_foreign(plan, sets);
  } else {
    plan.paired = all_alike(sets, files_in);
    // Without a record two runs may or may not be two boots: the run is then the safer unit.
    plan.unit = fewest_boots >= 2                       ? Unit::kBoot
                : fewest_boots == 0 && fewest_runs >= 2 ? Unit::kRun
                                                        : Unit::kPass;
    plan.same_boot = !plan.paired && fewest_boots == 1 && all_alike(sets, boots_in);
    // Passes of a run are not independent of each other: they get the same memory again, and the
    // same minutes. Pairing takes that out.
    if (plan.same_boot && fewest_runs >= kLeastRuns) plan.unit = Unit::kRun;
    plan.within_one_boot = plan.paired ? fewest_boots == 1 || sets.front()->runs().size() == 1
                                       : plan.same_boot && plan.unit == Unit::kRun;
    if (!plan.paired && !plan.within_one_boot && plan.unit != Unit::kBoot)
      plan.one_boot = why_one_boot(plan);
  }
  for (const auto* set : sets) plan.groups.push_back(group(*set, key_of(plan.unit)));
  return plan;
}

}  // namespace zp::analysis
