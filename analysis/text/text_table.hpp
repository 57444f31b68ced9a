// SPDX-License-Identifier: MIT
// Rows and columns to aligned plain text. Knows nothing of what it shows.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace zp::analysis {

// One row as several: the first `labels` cells folded to `width`, the others on the first line.
std::vector<std::vector<std::string>> folded_rows(const std::vector<std::string>& cells,
                                                  std::size_t labels, std::size_t width);

// A head, then a line for each label: whichever of `rows` and `columns` there are fewer of stand
// side by side. The corner is empty; figure(row, column) is a text.
std::vector<std::vector<std::string>> with_fewer_columns(
    const std::vector<std::string>& rows, const std::vector<std::string>& columns,
    const std::function<std::string(std::size_t row, std::size_t column)>& figure);

// "A", "B", ..., "Z", "AA", ...: a short name for what a legend says at length.
std::string column_letter(std::size_t column);

// The first column is aligned left, all others right.
class TextTable {
 public:
  explicit TextTable(std::size_t indent = 2, std::size_t gap = 2) : indent_(indent), gap_(gap) {}

  // Cells are made printable: a name can't end a line.
  void add_row(const std::vector<std::string>& cells);
  void add_rule() { rows_.emplace_back(); }
  // A text centred over columns first..last (inclusive), in a line of its own.
  void add_heading(const std::string& text, std::size_t first, std::size_t last);

  std::size_t width() const;  // of the widest line
  std::string text() const;   // lines ended by '\n', no blanks at their ends

 private:
  struct Heading {
    std::string text;
    std::size_t first, last, row;
  };
  std::vector<std::size_t> column_widths() const;

  std::size_t indent_, gap_;
  std::vector<std::vector<std::string>> rows_;  // an empty row is a rule
  std::vector<Heading> headings_;
};

}  // namespace zp::analysis
