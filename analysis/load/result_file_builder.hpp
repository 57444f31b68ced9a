// SPDX-License-Identifier: MIT
// Collects rows into a ResultFile. Internal to analysis/load.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/load/result_file.hpp"

namespace zp::analysis {

// Texts to numbers, counted from 0 in order of first sight.
class Interner {
 public:
  std::uint32_t intern(std::string_view text);
  std::vector<std::string> take() { return std::move(texts_); }
  std::size_t size() const { return texts_.size(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<std::string> texts_;
};

// One object of the "benchmarks" array while it is read.
struct PendingRow {
  std::string name;
  std::string run_name;
  std::string run_type;
  std::string label;
  std::string reason;
  std::string time_unit;
  bool aggregate = false;
  bool error = false;
  double real_time = std::numeric_limits<double>::quiet_NaN();
  double cpu_time = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<std::uint16_t, double>> figures;

  void clear();
};

class ResultFileBuilder {
 public:
  ResultFile file;

  // False when the file names more figures than can be told apart (65535).
  bool add_figure(PendingRow& row, std::string_view metric, double value);
  // Files it as a repetition, an error row or an ignored aggregate. Text: what is wrong, or empty.
  std::string add_row(PendingRow& row);
  ResultFile finish();

 private:
  std::uint32_t cell_of(const PendingRow& row);

  Interner cells_, metrics_, labels_;
  std::string last_name_;  // repetitions of a cell follow each other: most lookups end here
  std::uint32_t last_cell_ = 0;
};

}  // namespace zp::analysis
