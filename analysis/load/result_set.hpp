// SPDX-License-Identifier: MIT
// The rows of one side of a comparison: one or more runs, each of one or more files (passes).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/load/manifest.hpp"
#include "analysis/load/result_file.hpp"

namespace zp::analysis {

// Why passes are missing, or not those that were measured, and how many files: 0 where the reason
// says it.
using Missing = std::map<std::string, std::size_t>;
void add_missing(Missing& missing, const Missing& more);

// One boot of one kernel, as a sampling unit: a run directory, or a single file.
struct Run {
  std::string path;
  std::optional<Manifest> manifest;
  std::vector<ResultFile> files;
  Missing missing = {};  // what the manifest doesn't say itself

  // Of the first file; a run is made on one machine and kernel.
  const Context& context() const { return files.front().context; }
  // What the probe found for all passes ("probe.ghz"), of the one that asked it; "" where none did.
  std::string_view probe_value(std::string_view key) const;
};

// How far the placement of a cell is proven, the worst last. What other programs write at a row
// claims nothing.
enum class CensusClass {
  kNoClaim,
  kStrong,   // every frame was seen
  kMissing,  // a row lacks it, of a read or where others have it
  kWeak,     // of a row: the frames themselves were not seen
};
std::string_view census_word(CensusClass census);

// Repetitions of a cell, and how many of them say that they were disturbed. Where most do, the
// figure rests on those.
struct Disturbed {
  std::size_t count = 0, of = 0;
  [[nodiscard]] bool mostly() const { return 2 * count > of; }
};

class ResultSet {
 public:
  // Leaves out the cells, error rows too, whose names `wanted` turns down. `missing`: what is of
  // none of the runs.
  explicit ResultSet(std::vector<Run> runs,
                     const std::function<bool(const std::string&)>& wanted = nullptr,
                     Missing missing = {});
  // A copy would have its names in the other set's files.
  ResultSet(const ResultSet&) = delete;
  ResultSet& operator=(const ResultSet&) = delete;
  ResultSet(ResultSet&&) = default;
  ResultSet& operator=(ResultSet&&) = default;

  const std::vector<Run>& runs() const { return runs_; }
  std::vector<Run> release() && { return std::move(runs_); }  // to be put into other sets
  const Context& context() const { return runs_.front().context(); }
  // A context value, or "" where there is none.
  std::string_view context_value(std::string_view key) const;
  std::string_view probe_value(std::string_view key) const;  // of the first run that has it

  std::size_t file_count() const;  // of all runs
  std::vector<const ResultFile*> files() const;
  // Each file is the other set's of that place, or a copy: unit i of one is unit i of the other.
  bool has_same_rows(const ResultSet& other) const;

  std::size_t filtered_out() const { return filtered_out_; }  // cells `wanted` turned down
  // Of runs that lack passes, as when the kernel died of one: errors of the cell "passes".
  std::vector<ErrorRow> missing_passes() const;
  const Missing& missing_of_no_run() const { return missing_; }

  // Cells by name, in order of first sight.
  std::size_t cell_count() const { return cells_.size(); }
  const std::string& cell_name(std::size_t cell) const {
    const auto& place = cells_[cell].places.front();
    return runs_[place.run].files[place.file].cell_name(place.cell);
  }
  std::optional<std::size_t> find_cell(std::string_view name) const;
  std::size_t run_count(std::size_t cell) const;  // runs that have it

  // Every repetition of the cell that has the metric, all runs together. Of a share that is left
  // out where it is small such rows count as 0; none where the median would be one of them.
  std::vector<double> values(std::size_t cell, std::string_view metric) const;
  // The same, one list per run; runs without the cell give an empty list.
  std::vector<std::vector<double>> values_by_run(std::size_t cell, std::string_view metric) const;
  // The same, one list per group of files: `group_of_file` has a group for each file of all runs,
  // in order, and those that aren't below `groups` are left out. Groups without the cell give an
  // empty list.
  std::vector<std::vector<double>> values_by_group(std::size_t cell, std::string_view metric,
                                                   std::span<const std::size_t> group_of_file,
                                                   std::size_t groups) const;
  bool has_metric(std::string_view metric) const;  // some row of some cell
  // One per file, in order: whether some row of some cell has the metric. Where no file has it, and
  // for "", each counts.
  std::vector<bool> files_with(std::string_view metric) const;
  std::vector<std::string> metrics() const;  // names, in order of first sight

  // The label of the cell's rows, without the mark of disturbed ones: that of a weak census if one
  // of them has it, else what all have, else "mixed".
  std::string label(std::size_t cell) const;
  CensusClass census(std::size_t cell) const;  // a cell is proven no better than its worst row
  bool has_census(CensusClass census) const;   // some cell
  // Of repetitions that have the metric, in files whose group (as above) is one of these.
  Disturbed disturbed(std::size_t cell, std::string_view metric,
                      std::span<const std::size_t> group_of_file,
                      const std::vector<bool>& groups) const;

  std::vector<ErrorRow> errors() const;  // of all files; each reason once per cell

 private:
  struct Place {
    std::uint32_t run, file, cell;
  };
  struct Cell {
    std::vector<Place> places;  // at least one
  };
  std::vector<Run> runs_;
  std::vector<Cell> cells_;
  std::vector<std::size_t> first_file_;  // of each run, counted over all runs
  std::size_t filtered_out_ = 0;
  Missing missing_;
  std::unordered_map<std::string_view, std::size_t> cell_by_name_;
};

}  // namespace zp::analysis
