// SPDX-License-Identifier: MIT
#include "analysis/load/result_set.hpp"

#include <algorithm>

#include "analysis/load/units.hpp"
#include "harness/names/row_keys.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

// What zpbench does not write below 0.0005.
bool is_left_out_when_small(std::string_view key) {
  return is_of_disturbance(key) && key != "cpu_share" && key != "involuntary_switches";
}

// In file order. A figure that is left out is 0 here: less than all that were written.
void append_all(const ResultFile& file, std::size_t cell, std::string_view metric,
                std::vector<double>& out) {
  if (!is_left_out_when_small(metric) || !is_ours(file))
    return file.append_values(cell, metric, out);
  for (const auto row : file.rows_of(cell)) out.push_back(file.figure_of(row, metric).value_or(0));
}

// Whether the median is a figure that was left out, and so none.
bool is_mostly_left_out(std::string_view metric, const std::vector<double>& values) {
  return is_left_out_when_small(metric) &&
         2 * std::ranges::count(values, 0.0) >= std::ssize(values);
}

CensusClass class_of_label(std::string_view label) {
  const auto census = census_class(label);
  return census.empty()       ? CensusClass::kNoClaim
         : census == "strong" ? CensusClass::kStrong
                              : CensusClass::kWeak;
}

}  // namespace

std::string_view census_word(CensusClass census) {
  return word_for(census, {"", "strong", "missing", "weak"});
}

void add_missing(Missing& missing, const Missing& more) {
  for (const auto& [reason, files] : more) missing[reason] += files;
}

ResultSet::ResultSet(std::vector<Run> runs, const std::function<bool(const std::string&)>& wanted,
                     Missing missing)
    : runs_(std::move(runs)), missing_(std::move(missing)) {
  // Views into the files' own names: those never move again.
  std::size_t bound = 0, files = 0;
  for (const auto& run : runs_) {
    first_file_.push_back(files);
    files += run.files.size();
  }
  for (const auto& run : runs_)
    for (const auto& file : run.files) bound = std::max(bound, file.cell_count());
  cells_.reserve(bound);
  cell_by_name_.reserve(bound);
  for (std::uint32_t r = 0; r < runs_.size(); ++r) {
    for (std::uint32_t f = 0; f < runs_[r].files.size(); ++f) {
      auto& file = runs_[r].files[f];
      if (wanted)
        std::erase_if(file.errors, [&](const ErrorRow& error) { return !wanted(error.name); });
      for (std::uint32_t c = 0; c < file.cell_count(); ++c) {
        if (wanted && !wanted(file.cell_name(c))) {
          ++filtered_out_;
          continue;
        }
        const auto [slot, fresh] = cell_by_name_.try_emplace(file.cell_name(c), cells_.size());
        if (fresh) cells_.emplace_back();
        cells_[slot->second].places.push_back({r, f, c});
      }
    }
  }
}

std::string_view Run::probe_value(std::string_view key) const {
  for (const auto& file : files)
    if (const auto found = file.context.find(key); found != file.context.end())
      return found->second;
  return {};
}

bool ResultSet::has_same_rows(const ResultSet& other) const {
  return std::ranges::equal(files(), other.files(), [](const auto* one, const auto* copy) {
    return is_one_measurement(*one, *copy);
  });
}

std::string_view ResultSet::probe_value(std::string_view key) const {
  for (const auto& run : runs_)
    if (const auto value = run.probe_value(key); !value.empty()) return value;
  return {};
}

std::size_t ResultSet::file_count() const {
  return first_file_.back() + runs_.back().files.size();
}

std::vector<const ResultFile*> ResultSet::files() const {
  std::vector<const ResultFile*> files;
  for (const auto& run : runs_)
    for (const auto& file : run.files) files.push_back(&file);
  return files;
}

std::string_view ResultSet::context_value(std::string_view key) const {
  const auto found = context().find(key);
  return found == context().end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::size_t> ResultSet::find_cell(std::string_view name) const {
  const auto found = cell_by_name_.find(name);
  if (found == cell_by_name_.end()) return std::nullopt;
  return found->second;
}

std::size_t ResultSet::run_count(std::size_t cell) const {
  std::set<std::uint32_t> runs;
  for (const auto& place : cells_[cell].places) runs.insert(place.run);
  return runs.size();
}

std::vector<double> ResultSet::values(std::size_t cell, std::string_view metric) const {
  std::vector<double> all;
  for (const auto& place : cells_[cell].places)
    append_all(runs_[place.run].files[place.file], place.cell, metric, all);
  if (is_mostly_left_out(metric, all)) all.clear();
  return all;
}

std::vector<std::vector<double>> ResultSet::values_by_run(std::size_t cell,
                                                          std::string_view metric) const {
  std::vector<std::vector<double>> lists(runs_.size());
  for (const auto& place : cells_[cell].places)
    runs_[place.run].files[place.file].append_values(place.cell, metric, lists[place.run]);
  return lists;
}

std::vector<std::vector<double>> ResultSet::values_by_group(
    std::size_t cell, std::string_view metric, std::span<const std::size_t> group_of_file,
    std::size_t groups) const {
  std::vector<std::vector<double>> lists(groups);
  for (const auto& place : cells_[cell].places)
    if (const auto group = group_of_file[first_file_[place.run] + place.file]; group < groups)
      append_all(runs_[place.run].files[place.file], place.cell, metric, lists[group]);
  if (!is_left_out_when_small(metric)) return lists;
  std::vector<double> signs;  // of each group's median
  for (auto& list : lists) {
    if (list.empty()) continue;
    const bool left_out = is_mostly_left_out(metric, list);
    signs.push_back(left_out ? 0 : 1);
    if (left_out) std::ranges::fill(list, 0.0);
  }
  if (is_mostly_left_out(metric, signs))
    for (auto& list : lists) list.clear();
  return lists;
}

std::vector<std::string> ResultSet::metrics() const {
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  for (const auto& run : runs_)
    for (const auto& file : run.files)
      for (const auto& metric : file.metrics())
        if (seen.insert(metric).second) names.push_back(metric);
  return names;
}

bool ResultSet::has_metric(std::string_view metric) const {
  const auto named = [&](const Run& run) {
    return std::ranges::any_of(run.files, [&](const ResultFile& file) {
      const auto& names = file.metrics();
      return std::ranges::find(names, metric) != names.end();
    });
  };
  if (std::ranges::none_of(runs_, named)) return false;
  // A cell that was turned down may be the one that has it.
  std::vector<double> found;
  for (const auto& cell : cells_)
    for (const auto& place : cell.places)
      runs_[place.run].files[place.file].append_values(place.cell, metric, found);
  return !found.empty();
}

std::vector<bool> ResultSet::files_with(std::string_view metric) const {
  const auto files = file_count();
  std::vector<bool> all(files, true), has(files, false);
  if (metric.empty()) return all;
  std::size_t count = 0;
  std::vector<double> found;
  for (const auto& cell : cells_)
    for (const auto& place : cell.places) {
      const auto file = first_file_[place.run] + place.file;
      if (has[file]) continue;
      append_all(runs_[place.run].files[place.file], place.cell, metric, found);
      if (found.empty()) continue;
      found.clear();
      has[file] = true;
      if (++count == files) return all;
    }
  return count == 0 ? all : has;
}

std::string ResultSet::label(std::size_t cell) const {
  std::optional<std::string_view> common;
  bool mixed = false;
  for (const auto& place : cells_[cell].places) {
    const auto& file = runs_[place.run].files[place.file];
    for (const auto row : file.rows_of(place.cell)) {
      std::string_view label = file.label_of(row);
      if (label.ends_with(kDisturbedLabel)) label.remove_suffix(kDisturbedLabel.size());
      if (class_of_label(label) == CensusClass::kWeak) return std::string(label);
      mixed = mixed || (common && *common != label);
      common = label;
    }
  }
  return mixed ? "mixed" : std::string(common.value_or(""));
}

CensusClass ResultSet::census(std::size_t cell) const {
  if (!is_ours(*this)) return CensusClass::kNoClaim;
  auto worst = CensusClass::kNoClaim;
  bool one_lacks = false;
  for (const auto& place : cells_[cell].places) {
    const auto& file = runs_[place.run].files[place.file];
    for (const auto row : file.rows_of(place.cell)) {
      const auto census = class_of_label(file.label_of(row));
      worst = std::max(worst, census);
      one_lacks = one_lacks || census == CensusClass::kNoClaim;
    }
  }
  const bool claims = worst != CensusClass::kNoClaim || claims_placement(cell_name(cell));
  return one_lacks && claims ? std::max(worst, CensusClass::kMissing) : worst;
}

bool ResultSet::has_census(CensusClass census) const {
  for (std::size_t cell = 0; cell < cell_count(); ++cell)
    if (this->census(cell) == census) return true;
  return false;
}

Disturbed ResultSet::disturbed(std::size_t cell, std::string_view metric,
                               std::span<const std::size_t> group_of_file,
                               const std::vector<bool>& groups) const {
  Disturbed disturbed;
  for (const auto& place : cells_[cell].places) {
    const auto group = group_of_file[first_file_[place.run] + place.file];
    if (group >= groups.size() || !groups[group]) continue;
    const auto& file = runs_[place.run].files[place.file];
    const bool ours = is_ours(file);
    for (const auto row : file.rows_of(place.cell)) {
      if (!file.figure_of(row, metric)) continue;
      ++disturbed.of;
      if (ours && file.label_of(row).ends_with(kDisturbedLabel)) ++disturbed.count;
    }
  }
  return disturbed;
}

std::vector<ErrorRow> ResultSet::missing_passes() const {
  auto reasons = missing_;
  for (const auto& run : runs_) {
    if (const auto why = unfinished(run.manifest); !why.empty()) reasons[why];
    add_missing(reasons, run.missing);
  }
  std::vector<ErrorRow> errors;
  for (const auto& [reason, files] : reasons)
    errors.push_back(
        {"passes", files == 0 ? reason : fmt::format("{}: {} file(s)", reason, files)});
  return errors;
}

std::vector<ErrorRow> ResultSet::errors() const {
  std::vector<ErrorRow> errors;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& run : runs_)
    for (const auto& file : run.files)
      for (const auto& error : file.errors)
        if (seen.emplace(error.name, error.reason).second) errors.push_back(error);
  return errors;
}

}  // namespace zp::analysis
