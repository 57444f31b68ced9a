// SPDX-License-Identifier: MIT
#include "analysis/compare/match.hpp"

#include <algorithm>
#include <unordered_map>

namespace zp::analysis {
namespace {

std::string without(const std::string& text, const std::vector<std::string>& keys) {
  if (keys.empty()) return text;
  auto name = parse_name(text);
  std::erase_if(name.parts, [&](const NamePart& part) {
    return std::find(keys.begin(), keys.end(), part.key) != keys.end();
  });
  return to_text(name);
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

}  // namespace

Outcome<Matching> match_sides(std::span<const ResultSet> sides,
                              const std::vector<std::string>& ignore) {
  Matching matching;
  std::vector<Index> indexes;
  for (const auto& side : sides) {
    auto index = index_cells(side, ignore);
    if (!index) return tl::make_unexpected(index.error());
    indexes.push_back(std::move(*index));
    matching.sets.push_back(&side);
  }
  // In the order of the base, then of the others, so that the result does not depend on hashing.
  for (std::size_t side = 0; side < sides.size(); ++side) {
    for (std::size_t cell = 0; cell < sides[side].cell_count(); ++cell) {
      const auto name = without(sides[side].cell_name(cell), ignore);
      MatchedCell match{name, {}};
      for (const auto& index : indexes) {
        const auto found = index.find(name);
        if (found != index.end()) match.cells.push_back(found->second);
      }
      if (match.cells.size() != sides.size())
        matching.unmatched.push_back({side, sides[side].cell_name(cell)});
      else if (side == 0)
        matching.matched.push_back(std::move(match));
    }
  }
  return matching;
}

Outcome<Matching> match_by(const ResultSet& set, const std::string& key, const std::string& base) {
  Matching matching{{&set, &set}, {}, {}, {}};
  Index base_cells;
  bool any_key = false;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto name = parse_name(set.cell_name(cell));
    const auto value = name.find(key);
    any_key = any_key || value;
    if (value == base) base_cells.emplace(without(set.cell_name(cell), {key}), cell);
  }
  if (!any_key) return fail(ExitCode::kUsage, "--by {}: no name has a part '{}:'", key, key);
  if (base_cells.empty())
    return fail(ExitCode::kUsage, "--base {}: no cell has {}:{}", base, key, base);
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto& name = set.cell_name(cell);
    const auto parsed = parse_name(name);
    const auto value = parsed.find(key);
    if (value && *value == base) continue;
    const auto found = base_cells.find(without(name, {key}));
    if (found == base_cells.end() || !value)
      matching.unmatched.push_back({1, name});
    else
      matching.matched.push_back({name, {found->second, cell}});
  }
  return matching;
}

}  // namespace zp::analysis
