// SPDX-License-Identifier: MIT
#include "analysis/compare/by_machine.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "analysis/compare/comparability.hpp"
#include "analysis/rows/host.hpp"

namespace zp::analysis {
namespace {

// Runs stand for a kind of machine; the first of each.
std::size_t kind_of(const Run& run, std::vector<const Context*>& kinds) {
  std::size_t kind = 0;
  while (kind < kinds.size() && !same_machine(*kinds[kind], run.context())) ++kind;
  if (kind == kinds.size()) kinds.push_back(&run.context());
  return kind;
}

std::vector<const Context*> kinds_of(const std::vector<ResultSet>& sides) {
  std::vector<const Context*> kinds;
  for (const auto& side : sides)
    for (const auto& run : side.runs()) kind_of(run, kinds);
  return kinds;
}

std::string cpu_of(const Context& context) {
  auto cpu = cpu_text(context);
  if (cpu.empty()) cpu = context_value(context, "machine.type");
  return cpu.empty() ? "unknown CPU" : cpu;
}

// The CPU, and what tells the kind from others with that CPU.
std::string name_of(const Context& kind, const std::vector<Context>& kinds) {
  auto name = cpu_of(kind);
  std::set<std::string> fields;
  for (const auto& other : kinds) {
    if (cpu_of(other) != cpu_of(kind)) continue;
    for (const auto& difference : machine_differences(kind, other))
      if (fields.insert(difference.field).second)
        name += fmt::format(", {} {}", difference.field, difference.base);
  }
  return name;
}

// Cells of a set stay those that its filter took.
std::unordered_set<std::string> names_of(const ResultSet& set) {
  std::unordered_set<std::string> names;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) names.insert(set.cell_name(cell));
  for (const auto& error : set.errors()) names.insert(error.name);
  return names;
}

std::string sides_text(const std::vector<std::vector<Run>>& sides) {
  std::string text;
  for (std::size_t side = 0; side < sides.size(); ++side)
    if (!sides[side].empty()) text += fmt::format("{}{}", text.empty() ? "" : ", ", side + 1);
  return text;
}

}  // namespace

bool has_machines_apart(const std::vector<ResultSet>& sides) {
  const auto kinds = kinds_of(sides);
  const auto shared = [&](const Context* kind) {
    return std::ranges::all_of(sides, [&](const ResultSet& side) {
      return std::ranges::any_of(
          side.runs(), [&](const Run& run) { return same_machine(*kind, run.context()); });
    });
  };
  return kinds.size() > 1 && std::ranges::any_of(kinds, shared);
}

ByMachine split_by_machine(std::vector<ResultSet> sides) {
  std::vector<Context> kinds;  // own: runs move
  for (const auto* kind : kinds_of(sides)) kinds.push_back(*kind);
  std::vector<const Context*> known;
  for (const auto& kind : kinds) known.push_back(&kind);
  std::vector<std::vector<std::vector<Run>>> runs(kinds.size(),
                                                  std::vector<std::vector<Run>>(sides.size()));
  std::vector<std::unordered_set<std::string>> names;
  std::vector<Missing> missing;  // of no run, and so of any machine
  for (std::size_t side = 0; side < sides.size(); ++side) {
    names.push_back(names_of(sides[side]));
    missing.push_back(sides[side].missing_of_no_run());
    for (auto& run : std::move(sides[side]).release())
      runs[kind_of(run, known)][side].push_back(std::move(run));
  }
  ByMachine result;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    MachineGroup group{name_of(kinds[kind], kinds), {}};
    const bool everywhere =
        std::ranges::none_of(runs[kind], [](const auto& side) { return side.empty(); });
    if (!everywhere) {
      result.others.push_back(
          fmt::format("{}: on side {} alone", group.machine, sides_text(runs[kind])));
      continue;
    }
    for (std::size_t side = 0; side < sides.size(); ++side)
      group.sides.emplace_back(
          std::move(runs[kind][side]),
          [&](const std::string& name) { return names[side].contains(name); }, missing[side]);
    result.groups.push_back(std::move(group));
  }
  return result;
}

Outcome<std::vector<ComparedMachine>> compare_machines(ByMachine& machines,
                                                       const CompareOptions& options) {
  std::vector<ComparedMachine> compared;
  std::optional<Error> first;
  for (const auto& [machine, sides] : machines.groups) {
    auto comparison = compare(sides, options);
    if (comparison) {
      compared.push_back({machine, std::move(*comparison)});
      continue;
    }
    const auto& error = comparison.error();
    machines.others.push_back(fmt::format("{}: not compared: {}", machine, error.message));
    if (!first) first = Error{error.code, fmt::format("{}: {}", machine, error.message)};
  }
  if (compared.empty()) return fail(first->code, "{}", first->message);
  return compared;
}

}  // namespace zp::analysis
