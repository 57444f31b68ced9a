// SPDX-License-Identifier: MIT
// Rows of the families other than reads: a table per family, a row per cell, a column per figure.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

struct FamilyTable {
  struct Row {
    std::string label;                 // what tells it from the others: "zero:50 1 plain"
    std::vector<std::string> figures;  // medians of the repetitions, one per key; "" where unknown
  };
  struct Unmeasured {
    std::string label, reason;
  };
  std::string family;                  // "scan"
  std::string heading;                 // "scan: contents, use_zero_pages, mode (table 67108864)"
  std::vector<std::string> keys = {};  // of the figures
  std::vector<Row> rows = {};
  std::vector<Unmeasured> unmeasured = {};
};

// `show_times`: also figures that depend on a clock (emulated runs hide them). Empty where the set
// has only reads. All text is printable ASCII.
std::vector<FamilyTable> family_tables(const ResultSet& set, bool show_times);

// As plain text, in blocks of columns that fit into `width`.
std::string render_family_tables(const std::vector<FamilyTable>& tables, std::size_t width);

// Their tables give the reasons of rows that failed: a list of errors need not repeat them.
void erase_family_errors(std::vector<ErrorRow>& errors);

}  // namespace zp::analysis
