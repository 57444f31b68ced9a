// SPDX-License-Identifier: MIT
// Pictures as letters, for mails: one line per row, all on one logarithmic axis.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/stats/descriptive.hpp"

namespace zp::analysis {

struct LetterMark {
  double at;
  char letter;
  std::optional<Interval> interval = {};
};

// A median with its interval, both times `factor`.
LetterMark mark_of(const Summary& summary, char letter, double factor);

struct LetterRow {
  std::string label;  // printable
  std::vector<LetterMark> marks = {};
  std::string remark = {};  // behind the row
};

struct AxisTic {
  double at;
  std::string words;
};

// `key` says what the letters mean; where several fall together a * stands. A row without marks is
// a heading. `guide` is a value to hold the others against. "" when a value is not positive.
std::string letter_rows(const std::string& key, const std::vector<LetterRow>& rows,
                        const std::vector<AxisTic>& tics, std::optional<double> guide = {});

// As above, with tics of its own choice.
std::string letter_rows(const std::string& key, const std::vector<LetterRow>& rows,
                        std::optional<double> guide = {});

}  // namespace zp::analysis
