// SPDX-License-Identifier: MIT
// Changes of several kinds of machine side by side, then each comparison by itself.
#include <algorithm>
#include <map>

#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kMachinesAcross = 4;  // as many as fit a mail

using RowsByName = std::map<std::string_view, const ComparedRow*>;

RowsByName rows_of(const Comparison& comparison) {
  RowsByName rows;
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows) rows[row.name] = &row;
  return rows;
}

// Rows that `owner` has and no machine before it, in its order.
std::string changes_text(std::span<const ComparedMachine> machines,
                         const std::vector<RowsByName>& rows, std::size_t owner, std::size_t other,
                         std::size_t from, std::size_t width) {
  const auto& comparison = machines[owner].comparison;
  const auto end = std::min(from + kMachinesAcross, machines.size());
  std::string text;
  for (const auto& block : comparison.blocks) {
    TextTable table(2, 2);
    std::vector<std::string> head = comparison.label_columns;
    for (auto m = from; m < end; ++m) head.push_back(column_letter(m));
    table.add_row(head);
    table.add_rule();
    bool has_rows = false;
    for (const auto& row : block.rows) {
      const auto has_row = [&](const RowsByName& of) { return of.contains(row.name); };
      if (std::any_of(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(owner), has_row))
        continue;
      std::vector<std::string> line = row.labels;
      for (auto m = from; m < end; ++m) {
        const auto found = rows[m].find(row.name);
        line.push_back(found == rows[m].end() ? "-"
                                              : change_text(found->second->changes[other - 1]));
      }
      for (const auto& part : folded_rows(line, comparison.label_columns.size(), 30))
        table.add_row(part);
      has_rows = true;
    }
    if (!has_rows) continue;
    if (const auto title = block_title(block.common); !title.empty())
      text += "\n" + paragraph(title + ":", width);
    text += "\n" + table.text();
  }
  return text;
}

}  // namespace

std::string render_side_by_side(std::span<const ComparedMachine> machines,
                                const std::vector<std::string>& others, std::size_t width) {
  std::string text = paragraph(
      fmt::format("{} kinds of machine, never taken together; {}.", machines.size() + others.size(),
                  figure_text(machines.front().comparison)),
      width);
  text += "\n";
  std::vector<RowsByName> rows;
  for (std::size_t m = 0; m < machines.size(); ++m) {
    const auto& [machine, comparison] = machines[m];
    rows.push_back(rows_of(comparison));
    text += paragraph(fmt::format("{}  {}, {} {}", column_letter(m), printable(machine),
                                  sample_sizes(comparison), units_word(comparison.units.unit)),
                      width, 3);
  }
  for (const auto& other : others) text += paragraph("-  " + printable(other), width, 3);
  const auto& sides = machines.front().comparison.sides;
  for (std::size_t other = 1; machines.size() > 1 && other < sides.size(); ++other) {
    if (sides.size() > 2) text += "\n" + paragraph(sides[other].label + ":", width);
    for (std::size_t from = 0; from < machines.size(); from += kMachinesAcross)
      for (std::size_t owner = 0; owner < machines.size(); ++owner)
        text += changes_text(machines, rows, owner, other, from, width);
  }
  for (std::size_t m = 0; m < machines.size(); ++m)
    text += "\n" + column_letter(m) + "\n\n" + render_commit(machines[m].comparison, width);
  return text;
}

}  // namespace zp::analysis
