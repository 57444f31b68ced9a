// SPDX-License-Identifier: MIT
#include "analysis/compare/match.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace zp::analysis {
namespace {

// The value of a part. `family` is what stands before the first '/'; where that is written as a
// part (of other programs' names) it is one.
std::optional<std::string_view> value_of(const BenchmarkName& name, std::string_view key) {
  if (const auto value = name.find(key)) return value;
  const std::string_view family = name.family;
  if (key == "family") return family;
  if (family.starts_with(key) && family.substr(key.size()).starts_with(':'))
    return family.substr(key.size() + 1);
  return std::nullopt;
}

std::string without(const std::string& text, const std::vector<std::string>& keys) {
  if (keys.empty()) return text;
  auto name = parse_name(text);
  for (const auto& key : keys) {
    if (name.find(key)) continue;
    if (key == "family" || value_of(name, key)) name.family = key;
  }
  std::erase_if(name.parts, [&](const NamePart& part) {
    return std::ranges::find(keys, part.key) != keys.end();
  });
  return to_text(name);
}

// A mistyped part would be ignored in silence.
Outcome<void> check_ignored(std::span<const ResultSet> sides,
                            const std::vector<std::string>& ignore) {
  for (const auto& key : ignore) {
    const auto has_key = [&](const ResultSet& side) {
      for (std::size_t cell = 0; cell < side.cell_count(); ++cell)
        if (value_of(parse_name(side.cell_name(cell)), key)) return true;
      return false;
    };
    if (std::ranges::none_of(sides, has_key))
      return fail(ExitCode::kUsage, "--ignore {0}: no name has a part '{0}:'", key);
  }
  return {};
}

using Index = std::unordered_map<std::string, std::size_t>;

Outcome<Index> index_cells(const ResultSet& set, const std::vector<std::string>& ignore) {
  Index index;
  index.reserve(set.cell_count());
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto [slot, fresh] = index.emplace(without(set.cell_name(cell), ignore), cell);
    if (!fresh)
      return fail(ExitCode::kUsage,
                  "--ignore leaves two cells with the same name: {} and {}; choose one with a "
                  "filter of that side",
                  set.cell_name(slot->second), set.cell_name(cell));
  }
  return index;
}

// One entry a kind of mismatch between the census of matched cells.
void check_census(const Matching& matching, std::vector<Difference>& refused) {
  std::set<std::pair<CensusClass, CensusClass>> seen;
  for (const auto& match : matching.matched) {
    const auto base = matching.sets.front()->census(*match.cells.front());
    for (std::size_t side = 1; side < matching.sets.size(); ++side) {
      if (!match.cells[side]) continue;
      const auto other = matching.sets[side]->census(*match.cells[side]);
      if (base != other && seen.emplace(base, other).second)
        refused.push_back({"census of " + match.name, std::string(census_word(base)),
                           std::string(census_word(other))});
    }
  }
}

}  // namespace

Outcome<Matching> match_sides(std::span<const ResultSet> sides,
                              const std::vector<std::string>& ignore) {
  if (auto known = check_ignored(sides, ignore); !known) return fail(known);
  Matching matching;
  std::vector<Index> indexes;  // where parts are ignored; else the sets know their names
  for (const auto& side : sides) {
    matching.sets.push_back(&side);
    if (ignore.empty()) continue;
    auto index = index_cells(side, ignore);
    if (!index) return fail(index);
    indexes.push_back(std::move(*index));
  }
  const auto find = [&](std::size_t side, const std::string& name) -> std::optional<std::size_t> {
    if (ignore.empty()) return sides[side].find_cell(name);
    const auto found = indexes[side].find(name);
    return found == indexes[side].end() ? std::nullopt : std::optional(found->second);
  };
  // In the order of the base, then of the others, so that the result does not depend on hashing.
  for (std::size_t side = 0; side < sides.size(); ++side) {
    for (std::size_t cell = 0; cell < sides[side].cell_count(); ++cell) {
      auto name = without(sides[side].cell_name(cell), ignore);
      std::vector<std::optional<std::size_t>> cells;
      for (std::size_t other = 0; other < sides.size(); ++other)
        cells.push_back(other == side ? std::optional(cell) : find(other, name));
      const auto on = std::ranges::count_if(cells, &std::optional<std::size_t>::has_value);
      if (!cells.front() || on == 1)
        matching.unmatched.push_back({side, sides[side].cell_name(cell)});
      else if (side == 0)
        matching.matched.push_back({std::move(name), std::move(cells)});
    }
  }
  return matching;
}

Outcome<Matching> match_by(const ResultSet& set, const std::string& key, const std::string& base,
                           const std::vector<std::string>& ignore) {
  if (auto known = check_ignored({&set, 1}, ignore); !known) return fail(known);
  std::vector<std::string> left_out = ignore;
  left_out.push_back(key);
  Matching matching{{&set, &set}, {}, {}, {}};
  Index base_cells;
  bool any_key = false;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto name = parse_name(set.cell_name(cell));
    const auto value = value_of(name, key);
    any_key = any_key || value;
    if (value != base) continue;
    const auto [slot, fresh] = base_cells.emplace(without(set.cell_name(cell), left_out), cell);
    if (!fresh)
      return fail(ExitCode::kUsage,
                  "--by {}: two cells of {} are the same without it: {} and {}; choose one with "
                  "--filter",
                  key, base, set.cell_name(slot->second), set.cell_name(cell));
  }
  if (!any_key) return fail(ExitCode::kUsage, "--by {}: no name has a part '{}:'", key, key);
  if (base_cells.empty())
    return fail(ExitCode::kUsage, "--base {}: no cell has {}:{}", base, key, base);
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto& name = set.cell_name(cell);
    const auto parsed = parse_name(name);
    const auto value = value_of(parsed, key);
    if (value && *value == base) continue;
    const auto found = base_cells.find(without(name, left_out));
    if (found == base_cells.end() || !value)
      matching.unmatched.push_back({1, name});
    else
      matching.matched.push_back({name, {found->second, cell}});
  }
  return matching;
}

Comparability check_matched(const Matching& matching) {
  auto differences = check_comparability(matching.sets);
  check_census(matching, differences.refused);
  return differences;
}

}  // namespace zp::analysis
