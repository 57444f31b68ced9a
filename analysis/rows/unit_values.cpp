// SPDX-License-Identifier: MIT
#include "analysis/rows/unit_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analysis/stats/descriptive.hpp"

namespace zp::analysis {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<double> unit_medians(const ResultSet& set, std::size_t cell, const std::string& metric,
                                 const Grouping& units) {
  std::vector<double> medians;
  for (auto& values : set.values_by_group(cell, metric, units.unit_of_file, units.units))
    medians.push_back(values.empty() ? kAbsent : median(std::move(values)));
  return medians;
}

std::vector<double> subtract(std::vector<double> from, const std::vector<double>& what) {
  from.resize(std::min(from.size(), what.size()));
  for (std::size_t unit = 0; unit < from.size(); ++unit) from[unit] -= what[unit];
  return from;
}

Disturbed disturbed_change(const std::string& metric, const UsedRows& from, const UsedRows& to) {
  const auto count = [&metric](const UsedRows& rows) {
    std::vector<bool> used;
    for (const double value : rows.values) used.push_back(!std::isnan(value));
    return rows.set.disturbed(rows.cell, metric, rows.units.unit_of_file, used);
  };
  const auto base = count(from);
  return base.mostly() ? base : count(to);
}

std::vector<double> logs_of(std::vector<double> values) {
  for (double& value : values) value = value > 0 ? std::log(value) : kAbsent;
  return values;
}

std::vector<double> present(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  return values;
}

std::size_t count_present(const std::vector<double>& values) {
  return static_cast<std::size_t>(
      std::ranges::count_if(values, [](double value) { return !std::isnan(value); }));
}

Held held(const ResultSet& set, std::span<const std::size_t> cells) {
  std::vector<std::size_t> own(set.file_count());
  std::iota(own.begin(), own.end(), std::size_t{0});
  std::vector<bool> has(own.size());
  for (const auto cell : cells) {
    const auto values = set.values_by_group(cell, "real_time", own, own.size());
    for (std::size_t file = 0; file < values.size(); ++file)
      if (!values[file].empty()) has[file] = true;
  }
  Held found;
  auto at = has.begin();
  for (const auto& run : set.runs()) {
    const auto end = at + std::ssize(run.files);
    const auto passes = static_cast<std::size_t>(std::count(at, end, true));
    found.passes += passes;
    found.runs += passes > 0 ? 1U : 0U;
    at = end;
  }
  return found;
}

}  // namespace zp::analysis
