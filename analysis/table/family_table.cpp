// SPDX-License-Identifier: MIT
#include "analysis/table/family_table.hpp"

#include <algorithm>

#include "analysis/claims/claim_rows.hpp"
#include "analysis/render/ascii.hpp"
#include "analysis/render/text_table.hpp"

namespace zp::analysis {
namespace {

using Rows = std::vector<const ClaimRow*>;

bool is_common(const Rows& rows, const NamePart& part) {
  return rows.size() > 1 && std::all_of(rows.begin(), rows.end(), [&](const ClaimRow* row) {
           return row->has(part.key, part.value);
         });
}

// The values of what tells the rows apart: "zero:50 1 plain".
std::string label_of(const Rows& rows, const ClaimRow& row) {
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

std::string block(const Rows& all, const Rows& measured, const std::vector<std::string>& keys) {
  TextTable table;
  std::vector<std::string> line{""};
  for (const std::string& key : keys) line.push_back(printable(key));
  table.add_row(line);
  for (const ClaimRow* row : measured) {
    line = {label_of(all, *row)};
    for (const std::string& key : keys) {
      const auto value = row->figure(key);
      line.push_back(value ? number(*value) : "");
    }
    table.add_row(line);
  }
  return table.text();
}

std::string family_table(const Rows& rows, std::size_t width, bool show_times) {
  std::string text = paragraph(heading(rows), width, 2);
  Rows measured;
  std::vector<std::string> keys;
  for (const ClaimRow* row : rows) {
    if (!row->figures.empty()) measured.push_back(row);
    for (const auto& [key, value] : row->figures)
      if ((show_times || !is_clock_figure(key)) &&
          std::find(keys.begin(), keys.end(), key) == keys.end())
        keys.push_back(key);
  }
  std::size_t labels = 0;
  for (const ClaimRow* row : measured) labels = std::max(labels, label_of(rows, *row).size());
  for (auto first = keys.begin(); first != keys.end();) {
    auto last = first;
    for (std::size_t used = 2 + labels; last != keys.end(); ++last) {
      used += 2 + std::max<std::size_t>(last->size(), 8);
      if (last != first && used > width) break;
    }
    text += "\n" + block(rows, measured, {first, last});
    first = last;
  }
  for (const ClaimRow* row : rows)
    if (!row->reason.empty())
      text += paragraph("  " + label_of(rows, *row) + ": " + printable(row->reason), width, 4);
  return text;
}

}  // namespace

std::string family_tables(const ResultSet& set, std::size_t width, bool show_times) {
  const ClaimRun run = claim_run(set);
  std::vector<std::string> families;
  for (const ClaimRow& row : run.rows)
    if (std::find(families.begin(), families.end(), row.name.family) == families.end())
      families.push_back(row.name.family);
  std::string text;
  for (const std::string& family : families) {
    text += (text.empty() ? "" : "\n") + family_table(run.of_family(family), width, show_times);
  }
  return text;
}

}  // namespace zp::analysis
