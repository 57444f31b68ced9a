// SPDX-License-Identifier: MIT
#include "analysis/text/text_table.hpp"

#include <algorithm>
#include <numeric>

#include "analysis/text/ascii.hpp"

namespace zp::analysis {

std::vector<std::vector<std::string>> folded_rows(const std::vector<std::string>& cells,
                                                  std::size_t labels, std::size_t width) {
  std::vector<std::vector<std::string>> rows{cells};
  for (std::size_t i = 0; i < labels; ++i) {
    const auto lines = fold(cells[i], width);
    while (rows.size() < lines.size()) rows.emplace_back(cells.size());
    for (std::size_t line = 0; line < lines.size(); ++line) rows[line][i] = lines[line];
  }
  return rows;
}

std::vector<std::vector<std::string>> with_fewer_columns(
    const std::vector<std::string>& rows, const std::vector<std::string>& columns,
    const std::function<std::string(std::size_t row, std::size_t column)>& figure) {
  const bool turned = rows.size() < columns.size();
  const auto &labels = turned ? columns : rows, &head = turned ? rows : columns;
  std::vector<std::vector<std::string>> lines{{""}};
  lines.front().insert(lines.front().end(), head.begin(), head.end());
  for (std::size_t line = 0; line < labels.size(); ++line) {
    lines.push_back({labels[line]});
    for (std::size_t column = 0; column < head.size(); ++column)
      lines.back().push_back(turned ? figure(column, line) : figure(line, column));
  }
  return lines;
}

std::string column_letter(std::size_t column) {
  std::string text;
  for (++column; column > 0; column = (column - 1) / 26)
    text.insert(text.begin(), static_cast<char>('A' + (column - 1) % 26));
  return text;
}

void TextTable::add_row(const std::vector<std::string>& cells) {
  auto& row = rows_.emplace_back();
  for (const auto& cell : cells) row.push_back(printable(cell));
}

void TextTable::add_heading(const std::string& text, std::size_t first, std::size_t last) {
  headings_.push_back({printable(text), first, last, rows_.size()});
}

std::vector<std::size_t> TextTable::column_widths() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    if (row.size() > widths.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  // A heading wider than its columns widens the last of them.
  for (const auto& heading : headings_) {
    const auto last = std::min(heading.last, widths.size() - 1);
    std::size_t span = (last - heading.first) * gap_;
    for (auto i = heading.first; i <= last; ++i) span += widths[i];
    if (heading.text.size() > span) widths[heading.first] += heading.text.size() - span;
  }
  return widths;
}

std::size_t TextTable::width() const {
  const auto widths = column_widths();
  return indent_ + std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
         (widths.empty() ? 0 : widths.size() - 1) * gap_;
}

std::string TextTable::text() const {
  const auto widths = column_widths();
  const auto start_of = [&](std::size_t column) {
    std::size_t start = indent_;
    for (std::size_t i = 0; i < column; ++i) start += widths[i] + gap_;
    return start;
  };
  std::string text;
  const auto add_line = [&](std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  for (std::size_t r = 0; r <= rows_.size(); ++r) {
    std::string heading_line;
    for (const auto& heading : headings_) {
      if (heading.row != r) continue;
      const auto last = std::min(heading.last, widths.size() - 1);
      const auto begin = start_of(heading.first);
      const auto room = start_of(last) + widths[last] - begin;
      const auto left = begin + (room > heading.text.size() ? (room - heading.text.size()) / 2 : 0);
      heading_line.resize(std::max(heading_line.size(), left), ' ');
      heading_line += heading.text;
    }
    if (!heading_line.empty()) add_line(heading_line);
    if (r == rows_.size()) break;
    std::string line(indent_, ' ');
    if (rows_[r].empty()) line.append(width() - indent_, '-');
    for (std::size_t i = 0; i < rows_[r].size(); ++i) {
      const auto& cell = rows_[r][i];
      const std::string padding(widths[i] - cell.size(), ' ');
      if (i > 0) line.append(gap_, ' ');
      line += i == 0 ? cell + padding : padding + cell;
    }
    add_line(line);
  }
  return text;
}

}  // namespace zp::analysis
