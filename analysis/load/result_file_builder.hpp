// SPDX-License-Identifier: MIT
// Collects rows into a ResultFile. Internal to analysis/load.
#pragma once

#include <cstdint>
#include <deque>
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
  const std::string& text(std::uint32_t number) const { return texts_[number]; }
  bool contains(std::string_view text) const { return numbers_.contains(text); }
  std::vector<std::string> take();
  std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;  // which never move: the keys are views of them
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::uint32_t last_ = 0;
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
  bool maybe_error = false;  // says so as a counter would
  bool skipped = false;      // an error row that says of itself that it is none (since version 1.8)
  // What tells benchmarks of one name apart, and what a run setting in a name must agree with; -1:
  // the row does not say.
  std::int64_t family_index = -1;
  std::int64_t instance_index = -1;
  std::int64_t repetition_index = -1;
  std::int64_t repetitions = -1;
  std::int64_t iterations = -1;
  std::int64_t threads = -1;
  std::string not_number;  // the first key whose value was none
  std::size_t not_numbers = 0;
  std::string not_finite;
  std::size_t not_finites = 0;
  std::string repeated_time;  // real_time or cpu_time that stood there a second time
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
  // One benchmark as its writer counts them; of several that share a name each is one.
  struct Instance {
    std::string name;  // as it stood
    std::int64_t family_index = -1;
    std::int64_t instance_index = -1;
    std::uint32_t occurrence =
        0;  // where rows have no index: how often this repetition came before
    std::uint32_t last_row = 0;
    std::int64_t last_repetition = -1;
    bool maybe_aggregate = false;
    bool maybe_setting = true;  // what its rows say does not contradict it
    bool scattered = false;
  };
  std::uint32_t instance_of(const PendingRow& row, const std::string& name);
  void drop_aggregates(std::vector<bool>& dropped);
  std::vector<std::string> names_of(const std::vector<bool>& dropped);

  Interner metrics_, labels_;
  std::vector<std::size_t> rows_with_;  // per metric, how many rows there were with its last one
  std::unordered_map<std::string, std::uint32_t> keys_;  // to the number of an instance
  std::vector<Instance> instances_;
  std::unordered_map<std::string, std::uint32_t> repetitions_seen_;
  std::uint32_t last_instance_ = 0;
};

// Takes them out, so that everything after sees what a context says of a machine, or nothing. A
// clock that Google Benchmark could not measure is no loss.
void drop_impossible(Context& context, Lost& lost);

}  // namespace zp::analysis
