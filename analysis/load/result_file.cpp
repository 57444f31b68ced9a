// SPDX-License-Identifier: MIT
#include "analysis/load/result_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <unordered_set>
#include <utility>

#include "analysis/load/result_file_builder.hpp"
#include "analysis/load/units.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/names/row_text.hpp"

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
constexpr std::string_view kAggregates[] = {"_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS"};

std::string_view aggregate_suffix(std::string_view name) {
  for (const auto suffix : kAggregates)
    if (name.ends_with(suffix) && name.size() > suffix.size()) return suffix;
  return {};
}

// Whether a row's own fields contradict that Google Benchmark put iterations: or repeats: into its
// name: then they are arguments of the user's.
bool may_be_settings(std::string_view name, const PendingRow& row) {
  if (row.error) return true;  // no iteration was made
  const auto claimed = [&](std::string_view key) {
    const auto at = name.find(key);
    std::int64_t value = -1;
    if (at == name.npos) return value;
    const auto text = name.substr(at + key.size());
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  const auto iterations = claimed("/iterations:");
  const auto repeats = claimed("/repeats:");
  const bool fits = iterations < 0 || row.iterations < 0 || row.iterations == iterations ||
                    (row.threads > 1 && row.iterations / row.threads == iterations);
  return fits && (repeats < 0 || row.repetitions < 0 || row.repetitions == repeats);
}

constexpr std::uint32_t kNoCell = static_cast<std::uint32_t>(-1);

}  // namespace

void ResultFile::append_values(std::size_t cell, std::string_view metric,
                               std::vector<double>& out) const {
  const auto found = std::ranges::find(metrics_, metric);
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

std::vector<ResultFile::MetricValue> ResultFile::figures_of(std::uint32_t row) const {
  std::vector<MetricValue> figures;
  for (auto i = rows_[row].first_value; i < rows_[row + 1].first_value; ++i)
    figures.push_back({metrics_[value_metrics_[i]], values_[i]});
  return figures;
}

std::optional<double> ResultFile::figure_of(std::uint32_t row, std::string_view metric) const {
  const auto found = std::ranges::find(metrics_, metric);
  const auto id = static_cast<std::uint16_t>(found - metrics_.begin());
  for (auto i = rows_[row].first_value; i < rows_[row + 1].first_value; ++i)
    if (value_metrics_[i] == id) return values_[i];
  return std::nullopt;
}

void ResultFile::add_to_names(const std::set<std::string, std::less<>>& names,
                              const std::string& part) {
  for (auto& name : cell_names_)
    if (names.contains(name)) name += part;
  for (auto& error : errors)
    if (names.contains(error.name)) error.name += part;
}

std::uint32_t Interner::intern(std::string_view text) {
  // Rows follow each other with the same texts in the same order.
  for (const auto likely : {last_, last_ + 1})
    if (likely < texts_.size() && texts_[likely] == text) return last_ = likely;
  const auto found = numbers_.find(text);
  if (found != numbers_.end()) return last_ = found->second;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  numbers_.emplace(texts_.emplace_back(text), number);
  return last_ = number;
}

std::vector<std::string> Interner::take() {
  numbers_.clear();
  return {std::make_move_iterator(texts_.begin()), std::make_move_iterator(texts_.end())};
}

void PendingRow::clear() {
  for (auto* text : {&name, &run_name, &run_type, &label, &reason, &time_unit, &repeated_time})
    text->clear();
  aggregate = error = maybe_error = skipped = false;
  family_index = instance_index = repetition_index = repetitions = iterations = threads = -1;
  not_number.clear(), not_finite.clear();
  not_numbers = not_finites = 0;
  real_time = cpu_time = std::numeric_limits<double>::quiet_NaN();
  figures.clear();
}

bool ResultFileBuilder::add_figure(PendingRow& row, std::string_view metric, double value) {
  const auto id = metrics_.intern(metric);
  if (id > std::numeric_limits<std::uint16_t>::max() - 2) return false;
  row.figures.emplace_back(static_cast<std::uint16_t>(id), value);
  return true;
}

std::uint32_t ResultFileBuilder::instance_of(const PendingRow& row, const std::string& name) {
  // Rows of the same repetition, in a file without indexes, are of different benchmarks.
  std::uint32_t occurrence = 0;
  if (row.family_index < 0 && row.repetition_index >= 0)
    occurrence = repetitions_seen_[fmt::format("{}/{}", row.repetition_index, name)]++;
  // Repetitions follow each other: most lookups end here.
  if (!instances_.empty()) {
    const auto& last = instances_[last_instance_];
    if (last.family_index == row.family_index && last.instance_index == row.instance_index &&
        last.occurrence == occurrence && last.name == name)
      return last_instance_;
  }
  auto key = name + '\0' + std::to_string(row.family_index);
  key += '/' + std::to_string(row.instance_index) + '/' + std::to_string(occurrence);
  last_instance_ = keys_.try_emplace(std::move(key), instances_.size()).first->second;
  if (last_instance_ == instances_.size())
    instances_.push_back({.name = name,
                          .family_index = row.family_index,
                          .instance_index = row.instance_index,
                          .occurrence = occurrence,
                          .last_row = static_cast<std::uint32_t>(file.rows_.size())});
  return last_instance_;
}

std::string ResultFileBuilder::add_row(PendingRow& row) {
  if (row.name.empty() && row.run_name.empty()) return "a row without a name";
  const auto& name = row.run_name.empty() ? row.name : row.run_name;
  if (row.aggregate || row.run_type == "aggregate") {
    file.aggregates.add(row.name);
    return {};
  }
  const auto count = [&](Lost& lost, const std::string& key, std::size_t times) {
    if (times == 0) return;
    lost.add(key + " of " + name);
    lost.count += times - 1;
  };
  count(file.not_numbers, row.not_number, row.not_numbers);
  count(file.non_finite, row.not_finite, row.not_finites);
  if (row.error || (row.maybe_error && !row.reason.empty())) {
    const bool told = !row.skipped || row.reason.starts_with(kSkippedPrefix);
    file.errors.push_back({name, told ? row.reason : std::string(kSkippedPrefix) + row.reason});
    return {};
  }
  const double unit_ns = ns_per_unit(row.time_unit);
  if (unit_ns == 0) return fmt::format("unknown time_unit '{:.20}'", row.time_unit);
  // NaN stands for "no such key"; a time too large for ns is absent too.
  for (const auto& [key, time] :
       {std::pair{"real_time", row.real_time}, {"cpu_time", row.cpu_time}}) {
    if (std::isfinite(time * unit_ns))
      add_figure(row, key, time * unit_ns);
    else if (std::isfinite(time))
      count(file.non_finite, key, 1);
  }
  if (row.figures.empty()) {
    file.errors.push_back({name, "the row holds no finite figure"});
    return {};
  }
  const auto number = instance_of(row, name);
  auto& instance = instances_[number];
  const auto place = static_cast<std::uint32_t>(file.rows_.size());
  // Without indexes nothing says whether these are repetitions.
  if (row.family_index < 0 && row.repetition_index < 0 && place > instance.last_row + 1)
    instance.scattered = true;
  instance.last_row = place;
  if (row.repetition_index >= 0) {
    if (row.repetition_index <= instance.last_repetition) file.renumbered.add(name);
    instance.last_repetition = row.repetition_index;
  }
  instance.maybe_aggregate = row.run_type.empty() && !aggregate_suffix(name).empty();
  instance.maybe_setting = instance.maybe_setting && may_be_settings(name, row);
  if (!row.repeated_time.empty()) file.repeated_keys.add(row.repeated_time + " of " + name);
  if (row.label.ends_with(kDisturbedLabel)) file.disturbed.add(name);
  file.rows_.push_back({number, labels_.intern(row.label), file.values_.size()});
  for (const auto& [metric, value] : row.figures) {
    if (metric >= rows_with_.size()) rows_with_.resize(metric + 1UL);
    if (std::exchange(rows_with_[metric], file.rows_.size()) == file.rows_.size())
      file.repeated_keys.add(metrics_.text(metric) + " of " + name);
    file.value_metrics_.push_back(metric);
    file.values_.push_back(value);
  }
  return {};
}

// "a_mean" is an aggregate next to rows of "a", or next to "a_stddev"; else a benchmark of that
// name.
void ResultFileBuilder::drop_aggregates(std::vector<bool>& dropped) {
  if (std::ranges::none_of(instances_, &Instance::maybe_aggregate)) return;
  std::set<std::string_view> names;
  for (const auto& instance : instances_) names.insert(instance.name);
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    if (!instances_[i].maybe_aggregate) continue;
    const std::string_view name = instances_[i].name;
    const auto suffix = aggregate_suffix(name);
    const std::string base(name.substr(0, name.size() - suffix.size()));
    const bool fit = suffix == "_BigO" || suffix == "_RMS";
    dropped[i] = !fit && names.contains(base);
    for (const auto other : kAggregates)
      if (other != suffix && fit == (other == "_BigO" || other == "_RMS"))
        dropped[i] = dropped[i] || names.contains(base + std::string(other));
  }
}

// Run settings are left out of names as long as that joins nothing; benchmarks of one name are
// numbered in their writer's order.
std::vector<std::string> ResultFileBuilder::names_of(const std::vector<bool>& dropped) {
  std::vector<std::string> names;
  std::unordered_map<std::string, std::string_view> origin_of;
  std::unordered_set<std::string> joined;
  for (const auto& instance : instances_) {
    names.push_back(zp::cell_name(instance.name));
    if (dropped[names.size() - 1]) continue;
    const auto origin = origin_of.try_emplace(names.back(), instance.name).first->second;
    if (origin != instance.name) joined.insert(names.back());
  }
  std::unordered_map<std::string, std::size_t> first_of;
  std::map<std::size_t, std::vector<std::size_t>> namesakes;  // by the first of them
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (dropped[i]) continue;
    if (joined.contains(names[i])) {
      file.kept_settings.add(instances_[i].name);
      names[i] = instances_[i].name;
    }
    if (!instances_[i].maybe_setting) names[i] = instances_[i].name;
    if (instances_[i].scattered) file.scattered_names.add(names[i]);
    const auto first = first_of.try_emplace(names[i], i).first->second;
    if (first != i) namesakes.try_emplace(first, 1, first).first->second.push_back(i);
  }
  for (auto& [first, members] : namesakes) {
    file.same_names.add(names[first]);
    std::ranges::sort(members, [&](std::size_t a, std::size_t b) {
      const auto order = [&](std::size_t i) {
        return std::tuple(instances_[i].family_index, instances_[i].instance_index,
                          instances_[i].occurrence, i);
      };
      return order(a) < order(b);
    });
    for (std::size_t number = 0; number < members.size(); ++number)
      names[members[number]] += fmt::format("/same_name:{}", number + 1);
  }
  return names;
}

ResultFile ResultFileBuilder::finish() {
  if (!is_ours(file)) file.disturbed = {};  // what others write at the end of a label is theirs
  drop_impossible(file.context, file.impossible);
  std::vector<bool> dropped(instances_.size());
  drop_aggregates(dropped);
  auto names = names_of(dropped);
  // Two names can still end up the same: one that is written as we number the others.
  Interner cells;
  std::vector<std::uint32_t> cell_of(names.size(), kNoCell);
  std::map<std::string_view, const std::string*> shown;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (dropped[i]) continue;
    for (std::size_t number = 2; cells.contains(names[i]); ++number)
      names[i] += fmt::format("/same_name:{}", number);
    cell_of[i] = cells.intern(names[i]);
    if (!file.errors.empty()) shown.emplace(instances_[i].name, &names[i]);
  }
  for (auto& error : file.errors) {
    const auto known = shown.find(error.name);
    error.name = known == shown.end() ? zp::cell_name(error.name) : *known->second;
  }
  file.cell_names_ = cells.take();
  file.metrics_ = metrics_.take();
  file.labels_ = labels_.take();
  for (auto& row : file.rows_) {
    const auto instance = row.cell;
    row.cell = cell_of[instance];
    if (row.cell == kNoCell) file.aggregates_by_name.add(instances_[instance].name);
  }
  // Counting sort by cell: stable, so the order of the file is kept within a cell.
  file.cell_begin_.assign(file.cell_names_.size() + 1, 0);
  std::size_t taken = 0;
  for (const auto& row : file.rows_)
    if (row.cell != kNoCell) ++file.cell_begin_[row.cell + 1], ++taken;
  for (std::size_t cell = 1; cell < file.cell_begin_.size(); ++cell)
    file.cell_begin_[cell] += file.cell_begin_[cell - 1];
  file.rows_by_cell_.resize(taken);
  auto next = file.cell_begin_;
  for (std::uint32_t row = 0; row < file.rows_.size(); ++row)
    if (file.rows_[row].cell != kNoCell) file.rows_by_cell_[next[file.rows_[row].cell]++] = row;
  file.rows_.push_back({0, 0, file.values_.size()});  // sentinel: the end of the last row
  const auto mix = [&](std::size_t more) {
    file.fingerprint = (file.fingerprint ^ more) * 0x100000001b3U + (file.fingerprint >> 29);
  };
  for (const auto& name : file.cell_names_) mix(std::hash<std::string>{}(name));
  for (const double value : file.values_) mix(std::hash<double>{}(value));
  return std::move(file);
}

// A copy without names says anonymous, or has no folders.
static bool is_same_text(const std::string& one, const std::string& other) {
  const auto anonymous = [](const std::string& text) {
    return text.find("anonymous") != text.npos;
  };
  const auto file_part = [](std::string_view text) { return text.substr(text.rfind('/') + 1); };
  return file_part(one) == file_part(other) || anonymous(one) || anonymous(other);
}

bool is_one_context(const Context& one, const Context& other) {
  return std::ranges::equal(one, other, [](const auto& a, const auto& b) {
    return a.first == b.first && is_same_text(a.second, b.second);
  });
}

bool is_one_measurement(const ResultFile& one, const ResultFile& other) {
  return one.fingerprint == other.fingerprint &&
         std::ranges::equal(one.labels(), other.labels(), is_same_text) &&
         is_one_context(one.context, other.context);
}

std::string context_value(const Context& context, std::string_view key) {
  const auto found = context.find(key);
  return found == context.end() ? std::string() : found->second;
}

}  // namespace zp::analysis
