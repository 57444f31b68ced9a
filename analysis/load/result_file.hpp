// SPDX-License-Identifier: MIT
// One Google Benchmark JSON file in memory: the repetitions, by cell.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/support/error.hpp"

namespace zp::analysis {

// Dotted keys; numbers and booleans as the text that stood in the file.
using Context = std::map<std::string, std::string, std::less<>>;

// "" for a key that is not there.
std::string context_value(const Context& context, std::string_view key);

// A row that is not a measurement, with the reason its writer gave.
struct ErrorRow {
  std::string name;
  std::string reason;
};

// What stood in a file and is not among its figures: how often, and where it was first seen.
struct Lost {
  std::size_t count = 0;
  std::string first = {};
  void add(std::string_view what) {
    if (count++ == 0) first = what;
  }
};

// Rows are kept in two flat arrays, so that memory is about 10 bytes per figure plus 16 per row,
// whatever the text was. Times are in ns, whatever `time_unit` said.
class ResultFile {
 public:
  std::string path;
  Context context;
  std::vector<ErrorRow> errors;
  std::size_t fingerprint = 0;  // of the rows: copies of a file have the same
  Lost aggregates;              // mean, median, ...: the repetitions are taken instead
  Lost aggregates_by_name;      // of them, those that only their names tell (before version 1.5)
  Lost disturbed;               // rows that say it of themselves: taken all the same
  Lost non_finite;              // figures that were NaN, infinite, too large or too small: absent
  Lost impossible;              // sizes and counts of the context that no machine has: absent
  Lost not_numbers;             // text, null, true or lists where a figure belongs
  Lost repeated_keys;           // a key that a row has twice: the first is taken
  Lost same_names;              // several benchmarks of one name: told apart as same_name:1, :2
  Lost scattered_names;         // rows of one name with others between, which nothing tells apart
  Lost renumbered;              // repetitions of a benchmark that begin anew: files put together
  Lost kept_settings;  // cells that nothing but iterations: (repeats:, min_time:) tells apart

  std::size_t cell_count() const { return cell_names_.size(); }
  std::size_t row_count() const { return rows_by_cell_.size(); }
  const std::string& cell_name(std::size_t cell) const { return cell_names_[cell]; }
  const std::vector<std::string>& metrics() const { return metrics_; }
  const std::vector<std::string>& labels() const { return labels_; }

  // Adds `part` to these names of cells and error rows.
  void add_to_names(const std::set<std::string, std::less<>>& names, const std::string& part);

  // Appends every value of `metric` in `cell`, in file order. Unknown metric: appends nothing.
  void append_values(std::size_t cell, std::string_view metric, std::vector<double>& out) const;

  // One row as (metric, value) pairs plus its label; `rows_of` gives the row numbers of a cell.
  std::span<const std::uint32_t> rows_of(std::size_t cell) const;
  struct MetricValue {
    const std::string& metric;
    double value;
  };
  std::vector<MetricValue> figures_of(std::uint32_t row) const;
  std::optional<double> figure_of(std::uint32_t row, std::string_view metric) const;
  const std::string& label_of(std::uint32_t row) const { return labels_[rows_[row].label]; }

 private:
  friend class ResultFileBuilder;
  struct Row {
    std::uint32_t cell;
    std::uint32_t label;
    std::uint64_t first_value;
  };
  std::vector<Row> rows_;                    // and one sentinel: the end of the last row
  std::vector<std::uint32_t> rows_by_cell_;  // row numbers, grouped by cell
  std::vector<std::uint32_t> cell_begin_;    // cell -> its first place in rows_by_cell_
  std::vector<std::uint16_t> value_metrics_;
  std::vector<double> values_;
  std::vector<std::string> cell_names_;
  std::vector<std::string> metrics_;
  std::vector<std::string> labels_;
};

// Whether both hold one measurement: one is a copy of the other, if need be one without names
// (zpanalyze check --anonymous).
bool is_one_measurement(const ResultFile& one, const ResultFile& other);

// The same of what is said around the rows.
bool is_one_context(const Context& one, const Context& other);

// Reads one file as a stream. Bare NaN and Infinity are accepted (Google Benchmark writes them).
// Errors: ExitCode::kUsage, "PATH: byte N: reason".
Outcome<ResultFile> read_result_file(const std::string& path);

// The same from memory; `path` only names it in errors.
Outcome<ResultFile> parse_result_text(std::string_view text, const std::string& path);

}  // namespace zp::analysis
