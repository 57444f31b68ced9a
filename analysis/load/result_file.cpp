// SPDX-License-Identifier: MIT
#include "analysis/load/result_file.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/load/result_file_builder.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {
namespace {

// Google Benchmark knows these four; 1.4 and older wrote no unit and meant ns.
double ns_per_unit(std::string_view unit) {
  if (unit.empty() || unit == "ns") return 1;
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  return 0;
}

// Before 1.5 rows carried no run_type; aggregates were told by their names alone.
bool named_as_aggregate(std::string_view name) {
  for (std::string_view suffix : {"_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS"})
    if (name.ends_with(suffix)) return true;
  return false;
}

}  // namespace

void ResultFile::append_values(std::size_t cell, std::string_view metric,
                               std::vector<double>& out) const {
  const auto found = std::find(metrics_.begin(), metrics_.end(), metric);
  if (found == metrics_.end()) return;
  const auto id = static_cast<std::uint16_t>(found - metrics_.begin());
  for (const auto row : rows_of(cell)) {
    const auto end = rows_[row + 1].first_value;
    for (auto i = rows_[row].first_value; i < end; ++i) {
      if (value_metrics_[i] != id) continue;
      out.push_back(values_[i]);
      break;  // a key given twice in one row is still one measurement
    }
  }
}

std::span<const std::uint32_t> ResultFile::rows_of(std::size_t cell) const {
  return std::span(rows_by_cell_)
      .subspan(cell_begin_[cell], cell_begin_[cell + 1] - cell_begin_[cell]);
}

std::vector<ResultFile::Figure> ResultFile::figures_of(std::uint32_t row) const {
  std::vector<Figure> figures;
  for (auto i = rows_[row].first_value; i < rows_[row + 1].first_value; ++i)
    figures.push_back({metrics_[value_metrics_[i]], values_[i]});
  return figures;
}

std::optional<double> ResultFile::figure_of(std::uint32_t row, std::string_view metric) const {
  for (const auto& figure : figures_of(row))
    if (figure.metric == metric) return figure.value;
  return std::nullopt;
}

std::uint32_t Interner::intern(std::string_view text) {
  const auto found = numbers_.find(text);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.emplace_back(text);
  numbers_.emplace(text, number);
  return number;
}

void PendingRow::clear() {
  for (auto* text : {&name, &run_name, &run_type, &label, &reason, &time_unit}) text->clear();
  aggregate = error = false;
  real_time = cpu_time = std::numeric_limits<double>::quiet_NaN();
  figures.clear();
}

bool ResultFileBuilder::add_figure(PendingRow& row, std::string_view metric, double value) {
  const auto id = metrics_.intern(metric);
  if (id > std::numeric_limits<std::uint16_t>::max() - 2) return false;
  row.figures.emplace_back(static_cast<std::uint16_t>(id), value);
  return true;
}

std::uint32_t ResultFileBuilder::cell_of(const PendingRow& row) {
  const auto& name = row.run_name.empty() ? row.name : row.run_name;
  if (cells_.size() == 0 || name != last_name_) {
    last_name_ = name;
    last_cell_ = cells_.intern(zp::cell_name(name));
  }
  return last_cell_;
}

std::string ResultFileBuilder::add_row(PendingRow& row) {
  if (row.name.empty() && row.run_name.empty()) return "a row without a name";
  const auto& name = row.run_name.empty() ? row.name : row.run_name;
  if (row.aggregate || row.run_type == "aggregate" ||
      (row.run_type.empty() && named_as_aggregate(row.name))) {
    ++file.aggregates_ignored;
    return {};
  }
  if (row.error) {
    file.errors.push_back({zp::cell_name(name), row.reason});
    return {};
  }
  const double unit_ns = ns_per_unit(row.time_unit);
  if (unit_ns == 0) return fmt::format("unknown time_unit '{:.20}'", row.time_unit);
  // NaN stands for "no such key"; a time too large for ns is absent too.
  for (const auto& [key, time] :
       {std::pair{"real_time", row.real_time}, {"cpu_time", row.cpu_time}})
    if (std::isfinite(time * unit_ns)) add_figure(row, key, time * unit_ns);
  if (row.figures.empty()) {
    file.errors.push_back({zp::cell_name(name), "the row holds no finite figure"});
    return {};
  }
  file.rows_.push_back({cell_of(row), labels_.intern(row.label), file.values_.size()});
  for (const auto& [metric, value] : row.figures) {
    file.value_metrics_.push_back(metric);
    file.values_.push_back(value);
  }
  return {};
}

ResultFile ResultFileBuilder::finish() {
  const auto rows = file.rows_.size();
  file.cell_names_ = cells_.take();
  file.metrics_ = metrics_.take();
  file.labels_ = labels_.take();
  // Counting sort by cell: stable, so the order of the file is kept within a cell.
  file.cell_begin_.assign(file.cell_names_.size() + 1, 0);
  for (const auto& row : file.rows_) ++file.cell_begin_[row.cell + 1];
  for (std::size_t cell = 1; cell < file.cell_begin_.size(); ++cell)
    file.cell_begin_[cell] += file.cell_begin_[cell - 1];
  file.rows_by_cell_.resize(rows);
  auto next = file.cell_begin_;
  for (std::uint32_t row = 0; row < rows; ++row)
    file.rows_by_cell_[next[file.rows_[row].cell]++] = row;
  file.rows_.push_back({0, 0, file.values_.size()});  // sentinel: the end of the last row
  return std::move(file);
}

}  // namespace zp::analysis
