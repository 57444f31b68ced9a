// SPDX-License-Identifier: MIT
#include "analysis/views/family_table.hpp"

#include <algorithm>

#include "analysis/rows/family_rows.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/loop_table.hpp"
#include "harness/names/row_keys.hpp"

namespace zp::analysis {
namespace {

// A name from another file can be of any length: the text stays readable.
constexpr std::size_t kLongest = 400;

using FamilyRows = std::vector<const FamilyRow*>;

using Parts = std::vector<NamePart>;

bool is_among(const Parts& parts, const NamePart& part) {
  return std::ranges::find(parts, part) != parts.end();
}

// The values of what tells the rows apart: "zero:50 1 plain".
std::string label_of(const FamilyRow& row, const Parts& common) {
  std::string label;
  for (const NamePart& part : row.name.parts)
    if (!is_among(common, part)) label += (label.empty() ? "" : " ") + printable(part.value);
  return label;
}

// "scan: contents, use_zero_pages, mode (table 67108864)"
std::string heading(const FamilyRows& rows, const Parts& shared_parts) {
  std::string apart, common;
  for (const NamePart& part : rows.front()->name.parts) {
    const bool shared = is_among(shared_parts, part);
    std::string& list = shared ? common : apart;
    list += (list.empty() ? "" : ", ") + part.key + (shared ? " " + part.value : "");
  }
  return printable(rows.front()->name.family + ": " + apart +
                   (common.empty() ? "" : " (" + common + ")"));
}

FamilyTable family_table(const FamilyRows& rows, const ResultSet& set, bool show_times) {
  const Parts common = common_parts(rows);
  FamilyTable table{.family = printable(rows.front()->name.family),
                    .heading = heading(rows, common)};
  auto keys = figure_keys(rows, show_times);
  // What disturbed a repetition is counted in the context's warning, and no figure of the family.
  std::erase_if(keys, [](const std::string& key) { return is_of_disturbance(key); });
  for (const std::string& key : keys) table.keys.push_back(printable(heading_in(set, key)));
  for (const FamilyRow* row : rows) {
    const auto label = label_of(*row, common);
    if (!row->reasons.empty()) table.unmeasured.push_back({label, printable(row->reason())});
    if (row->figures.empty()) continue;
    table.rows.push_back({label, {}});
    for (const std::string& key : keys) {
      const auto value = row->figure(key);
      table.rows.back().figures.push_back(value ? three_digits(*value) : "");
    }
  }
  return table;
}

// Columns FIRST to LAST.
std::string block(const FamilyTable& family, std::size_t first, std::size_t last) {
  TextTable table;
  const auto columns = [&](const std::string& label, const std::vector<std::string>& cells) {
    std::vector<std::string> line{label};
    line.insert(line.end(), cells.begin() + static_cast<std::ptrdiff_t>(first),
                cells.begin() + static_cast<std::ptrdiff_t>(last));
    table.add_row(line);
  };
  columns("", family.keys);
  for (const auto& row : family.rows) columns(row.label, row.figures);
  return table.text();
}

// Labels and keys of at most `longest`, and no two alike.
FamilyTable labelled(FamilyTable table, std::size_t longest) {
  table.keys = distinct_labels(table.keys, longest);
  std::vector<std::string> whole;
  for (const auto& row : table.rows) whole.push_back(row.label);
  const auto labels = distinct_labels(whole, longest);
  for (std::size_t i = 0; i < labels.size(); ++i) table.rows[i].label = labels[i];
  return table;
}

std::string render(const FamilyTable& whole, std::size_t width) {
  std::string text = paragraph(shorten(whole.heading, kLongest), width, 2);
  const auto longest = width / 2 - 2;  // a label and one figure always fit
  const auto table = labelled(whole, longest);
  std::size_t labels = 0;
  for (const auto& row : table.rows) labels = std::max(labels, row.label.size());
  for (std::size_t first = 0, last = 0; first < table.keys.size(); first = last) {
    for (std::size_t used = 2 + labels; last < table.keys.size(); ++last) {
      used += 2 + std::clamp<std::size_t>(table.keys[last].size(), 8, longest);
      if (last != first && used > width) break;
    }
    text += "\n" + block(table, first, last);
  }
  for (const auto& [label, reason] : table.unmeasured)
    text += paragraph("  " + shorten(label, kLongest) + ": " + shorten(reason, kLongest), width, 4);
  return text;
}

}  // namespace

std::vector<FamilyTable> family_tables(const ResultSet& set, bool show_times) {
  const FamilyRun run = family_run(set);
  std::vector<FamilyTable> tables;
  std::vector<std::string> seen;
  for (const FamilyRow& row : run.rows) {
    if (is_program_family(row.name.family)) continue;
    if (std::ranges::find(seen, row.name.family) != seen.end()) continue;
    seen.push_back(row.name.family);
    tables.push_back(family_table(run.of_family(row.name.family), set, show_times));
  }
  return tables;
}

std::string render_family_tables(const std::vector<FamilyTable>& tables, std::size_t width) {
  std::string text;
  for (const auto& table : tables) text += (text.empty() ? "" : "\n") + render(table, width);
  return text;
}

void erase_family_errors(std::vector<ErrorRow>& errors) {
  std::erase_if(errors, [](const ErrorRow& error) {
    return is_family_name(parse_name(cell_name(error.name)));
  });
}

}  // namespace zp::analysis
