// SPDX-License-Identifier: MIT
#include "analysis/views/family_table.hpp"

#include <algorithm>

#include "analysis/rows/family_rows.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/loop_table.hpp"
#include "harness/names/row_keys.hpp"

namespace zp::analysis {
namespace {

// A name from another file can be of any length: the text stays readable.
constexpr std::size_t kLongest = 400;

using Rows = std::vector<const FamilyRow*>;

bool is_common(const Rows& rows, const NamePart& part) {
  return rows.size() > 1 && std::all_of(rows.begin(), rows.end(), [&](const FamilyRow* row) {
           return row->has(part.key, part.value);
         });
}

// The values of what tells the rows apart: "zero:50 1 plain".
std::string label_of(const Rows& rows, const FamilyRow& row) {
  std::string label;
  for (const NamePart& part : row.name.parts)
    if (!is_common(rows, part)) label += (label.empty() ? "" : " ") + printable(part.value);
  return label;
}

// "scan: contents, use_zero_pages, mode (table 67108864)"
std::string heading(const Rows& rows) {
  std::string apart, common;
  for (const NamePart& part : rows.front()->name.parts) {
    const bool shared = is_common(rows, part);
    std::string& list = shared ? common : apart;
    list += (list.empty() ? "" : ", ") + part.key + (shared ? " " + part.value : "");
  }
  return printable(rows.front()->name.family + ": " + apart +
                   (common.empty() ? "" : " (" + common + ")"));
}

std::string number(double value) {
  return value < 0 ? "-" + three_digits(-value) : three_digits(value);
}

// What kept a repetition waiting is counted in the context's warning, and no figure of the family.
bool is_of_disturbance(std::string_view key) {
  return key == "run_delay_share" || key == "throttled_share" || key == "steal_share";
}

FamilyTable family_table(const Rows& rows, bool show_times) {
  FamilyTable table{.family = printable(rows.front()->name.family), .heading = heading(rows)};
  std::vector<std::string> keys;
  for (const FamilyRow* row : rows)
    for (const auto& [key, value] : row->figures)
      if (!is_of_disturbance(key) && (show_times || !metric_of(key).depends_on_clock) &&
          std::find(keys.begin(), keys.end(), key) == keys.end())
        keys.push_back(key);
  for (const std::string& key : keys) table.keys.push_back(printable(key));
  for (const FamilyRow* row : rows) {
    const auto label = label_of(rows, *row);
    if (!row->reason.empty()) table.unmeasured.push_back({label, printable(row->reason)});
    if (row->figures.empty()) continue;
    table.rows.push_back({label, {}});
    for (const std::string& key : keys) {
      const auto value = row->figure(key);
      table.rows.back().figures.push_back(value ? number(*value) : "");
    }
  }
  return table;
}

// Columns FIRST to LAST; labels and keys of at most `longest`.
std::string block(const FamilyTable& family, std::size_t first, std::size_t last,
                  std::size_t longest) {
  TextTable table;
  const auto columns = [&](const std::string& label, const std::vector<std::string>& cells) {
    std::vector<std::string> line{shorten(label, longest)};
    for (auto i = first; i < last; ++i) line.push_back(shorten(cells[i], longest));
    table.add_row(line);
  };
  columns("", family.keys);
  for (const auto& row : family.rows) columns(row.label, row.figures);
  return table.text();
}

std::string render(const FamilyTable& table, std::size_t width) {
  std::string text = paragraph(shorten(table.heading, kLongest), width, 2);
  const auto longest = width / 2 - 2;  // a label and one figure always fit
  std::size_t labels = 0;
  for (const auto& row : table.rows) labels = std::max(labels, std::min(row.label.size(), longest));
  for (std::size_t first = 0, last = 0; first < table.keys.size(); first = last) {
    for (std::size_t used = 2 + labels; last < table.keys.size(); ++last) {
      used += 2 + std::clamp<std::size_t>(table.keys[last].size(), 8, longest);
      if (last != first && used > width) break;
    }
    text += "\n" + block(table, first, last, longest);
  }
  for (const auto& [label, reason] : table.unmeasured)
    text += paragraph("  " + shorten(label, kLongest) + ": " + shorten(reason, kLongest), width, 4);
  return text;
}

}  // namespace

std::vector<FamilyTable> family_tables(const ResultSet& set, bool show_times) {
  if (set.context_value("schema").empty()) return {};  // rows of another program
  const FamilyRun run = family_run(set);
  std::vector<FamilyTable> tables;
  std::vector<std::string> seen;
  for (const FamilyRow& row : run.rows) {
    if (is_program_family(row.name.family)) continue;
    if (std::find(seen.begin(), seen.end(), row.name.family) != seen.end()) continue;
    seen.push_back(row.name.family);
    tables.push_back(family_table(run.of_family(row.name.family), show_times));
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
