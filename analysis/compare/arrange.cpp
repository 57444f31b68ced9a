// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "analysis/compare/match.hpp"
#include "analysis/rows/blocks.hpp"

namespace zp::analysis {
namespace {

bool labels_less(const std::vector<std::string>& columns, const ComparedRow& a,
                 const ComparedRow& b) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (a.labels[i] == b.labels[i]) continue;
    return columns[i] == "placement" ? placement_less(a.labels[i], b.labels[i])
                                     : natural_less(a.labels[i], b.labels[i]);
  }
  return false;
}

bool has_part(const std::string& text, const char* key) {
  const auto name = parse_name(text);
  return name.find(key).has_value();
}

// The columns that every name has and that are worth one; none: the name is the label.
// Looked for in the text: there can be a million names, most of them other programs'.
std::vector<std::string> label_columns_of(const std::vector<ComparedRow>& rows) {
  std::vector<std::string> columns;
  for (const char* key : {"placement", "stride"}) {
    const bool everywhere = std::ranges::all_of(rows, [&](const ComparedRow& row) {
      return row.name.find(key) != row.name.npos && has_part(row.name, key);
    });
    if (everywhere) columns.emplace_back(key);
  }
  return columns;
}

}  // namespace

void arrange(Comparison& comparison, std::vector<ComparedRow> rows) {
  const auto columns = label_columns_of(rows);
  if (columns.empty()) {
    comparison.label_columns = {"benchmark"};
    for (auto& row : rows) row.labels = {row.name};
    comparison.blocks.push_back({{}, std::move(rows)});
    return;
  }
  comparison.label_columns = columns;
  std::vector<BenchmarkName> names;
  names.reserve(rows.size());
  for (const auto& row : rows) names.push_back(parse_name(row.name));
  const bool any_fixed = std::ranges::any_of(
      names, [](const BenchmarkName& name) { return name.find("offset") == "fixed"; });
  std::map<std::string, ComparedBlock, decltype(&natural_less)> blocks(&natural_less);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto offset = names[i].find("offset");
    for (const auto& column : columns) {
      rows[i].labels.emplace_back(*names[i].find(column));
      // Where in the page a read falls belongs to the stride; rotated alone is not said.
      if (column != "stride" || !offset) continue;
      const bool shown = any_fixed || *offset != "rotated";
      if (shown) rows[i].labels.back().append(1, '/').append(*offset);
      comparison.rotated = comparison.rotated || !shown;
    }
    auto [key, common] = block_of(names[i], columns);
    auto& block = blocks[key];
    block.common = std::move(common);
    block.rows.push_back(std::move(rows[i]));
  }
  for (auto& [key, block] : blocks) {
    std::ranges::stable_sort(block.rows, [&](const ComparedRow& a, const ComparedRow& b) {
      return labels_less(columns, a, b);
    });
    comparison.blocks.push_back(std::move(block));
  }
}

}  // namespace zp::analysis
