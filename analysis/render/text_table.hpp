// SPDX-License-Identifier: MIT
// Rows and columns to aligned plain text. Knows nothing of what it shows.
#pragma once

#include <string>
#include <vector>

namespace zp::analysis {

// The first column is aligned left, all others right.
class TextTable {
 public:
  explicit TextTable(std::size_t indent = 2, std::size_t gap = 2) : indent_(indent), gap_(gap) {}

  void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void add_rule() { rows_.emplace_back(); }
  // A text centred over columns first..last (inclusive), in a line of its own.
  void add_heading(std::string text, std::size_t first, std::size_t last);

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
