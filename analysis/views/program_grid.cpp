// SPDX-License-Identifier: MIT
#include "analysis/views/program_grid.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "analysis/rows/blocks.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

struct Gap {
  std::string what, placement, reason;
};

// (which, why): "siblings" where all placements have that gap in common, else "siblings on private,
// ksm_single"; several that share reason and placements in one: "4 cores, 8 cores".
// `measured`: the placements that have figures.
std::vector<std::pair<std::string, std::string>> gathered(
    const std::vector<Gap>& gaps, const std::vector<std::string>& measured) {
  struct Group {
    std::vector<std::string> what;
    std::string reason;
    std::set<std::string> placements;
  };
  std::vector<Group> groups;
  for (const Gap& gap : gaps) {
    auto found = std::ranges::find_if(groups, [&](const Group& group) {
      return group.what.front() == gap.what && group.reason == gap.reason;
    });
    if (found == groups.end()) {
      groups.push_back(Group{{gap.what}, gap.reason, {}});
      found = groups.end() - 1;
    }
    found->placements.insert(gap.placement);
  }
  std::set<std::string> all(measured.begin(), measured.end());
  for (const Group& group : groups) all.insert(group.placements.begin(), group.placements.end());
  std::vector<Group> merged;
  for (Group& group : groups) {
    const auto alike = std::ranges::find_if(merged, [&](const Group& other) {
      return other.reason == group.reason && other.placements == group.placements;
    });
    if (alike == merged.end())
      merged.push_back(std::move(group));
    else
      alike->what.push_back(group.what.front());
  }
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Group& group : merged) {
    std::string which = fmt::format("{}", fmt::join(group.what, ", "));
    if (group.placements != all) which += fmt::format(" on {}", fmt::join(group.placements, ", "));
    lines.emplace_back(std::move(which), group.reason);
  }
  return lines;
}

std::string largest_table(const ResultSet& set, PlaceOf place_of) {
  std::string largest;
  const auto look = [&](const std::string& name) {
    if (const auto place = place_of(name); place && natural_less(largest, place->table))
      largest = place->table;
  };
  for (std::size_t i = 0; i < set.cell_count(); ++i) look(set.cell_name(i));
  for (const auto& error : set.errors()) look(error.name);
  return largest;
}

// "ksm_coloured:128" over two lines of a table's head: "ksm", "coloured:128".
std::pair<std::string, std::string> heading_of(const std::string& placement) {
  const auto cut = placement.find('_');
  if (cut == std::string::npos) return {"", shorten(placement, 14)};
  return {shorten(placement.substr(0, cut), 14), shorten(placement.substr(cut + 1), 14)};
}

// Tables of another size are named: their rows are not lost.
void name_other_tables(ProgramGrid& grid, const std::vector<std::string>& tables) {
  for (const auto& table : tables)
    grid.unmeasured.emplace_back(
        "table of " + exact_size_of(table),
        fmt::format("measured as well; --filter 'table:{}/' shows it", printable(table)));
}

}  // namespace

std::string ProgramGrid::table_size() const {
  return exact_size_of(table_bytes);
}

void fill_grid(ProgramGrid& grid, const ResultSet& set, PlaceOf place_of, const TakeFigures& take) {
  grid.table_bytes = largest_table(set, place_of);
  std::vector<std::string> others;
  for (std::size_t i = 0; i < set.cell_count(); ++i) {
    const auto place = place_of(set.cell_name(i));
    if (place && place->table != grid.table_bytes) add_once(others, place->table);
    if (!place || place->table != grid.table_bytes) continue;
    const auto row = take(*place, i);
    if (row.empty()) continue;
    add_once(grid.rows, row);
    add_once(grid.placements, place->placement);
  }
  std::vector<Gap> gaps;
  for (const auto& error : set.errors())
    if (const auto place = place_of(error.name); place && place->table == grid.table_bytes)
      gaps.push_back({place->row, place->placement, printable(error.reason)});
  grid.unmeasured = gathered(gaps, grid.placements);
  name_other_tables(grid, others);
  std::ranges::stable_sort(grid.placements, placement_less);
}

std::string render_grid(const ProgramGrid& grid, const std::string& corner, std::size_t label_width,
                        const std::function<std::string(const std::string& row,
                                                        const std::string& placement)>& figure) {
  TextTable table(2, 1);
  std::vector<std::string> above{""}, below{corner};
  for (const auto& placement : grid.placements) {
    const auto [first, second] = heading_of(placement);
    above.push_back(first);
    below.push_back(second);
  }
  table.add_row(above);
  table.add_row(below);
  for (const auto& row : grid.rows) {
    std::vector<std::string> line{shorten(row, label_width)};
    for (const auto& placement : grid.placements) line.push_back(figure(row, placement));
    table.add_row(line);
  }
  return table.text();
}

std::string render_unmeasured(const ProgramGrid& grid, std::size_t width) {
  std::string text;
  for (const auto& [which, why] : grid.unmeasured)
    text += paragraph("  " + shorten(which, 200) + ": " + shorten(why, 400), width, 4);
  return text;
}

}  // namespace zp::analysis
