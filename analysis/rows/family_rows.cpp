// SPDX-License-Identifier: MIT
#include "analysis/rows/family_rows.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/names/row_keys.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

// By cell: repetitions of a cell that failed and cells that failed have the same name.
std::map<std::string, std::vector<std::string>> reasons_of(const std::vector<ErrorRow>& errors) {
  std::map<std::string, std::vector<std::string>> reasons;
  for (const bool skipped : {false, true}) {
    for (const ErrorRow& error : errors) {
      if (error.reason.starts_with(kSkippedPrefix) != skipped) continue;
      auto& of_cell = reasons[cell_name(error.name)];
      if (std::ranges::find(of_cell, error.reason) == of_cell.end())
        of_cell.push_back(error.reason);
    }
  }
  return reasons;
}

}  // namespace

std::optional<double> FamilyRow::figure(std::string_view key) const {
  for (const auto& [known, value] : figures)
    if (known == key) return value;
  return std::nullopt;
}

std::string FamilyRow::reason() const {
  if (reasons.size() < 2) return reasons.empty() ? "" : reasons.front();
  return fmt::format("{} (other repetitions: {} more reason{})", reasons.front(),
                     reasons.size() - 1, reasons.size() == 2 ? "" : "s");
}

bool FamilyRow::has(std::string_view part, std::string_view value) const {
  return name.find(part) == value;
}

std::vector<const FamilyRow*> FamilyRun::of_family(std::string_view family) const {
  std::vector<const FamilyRow*> found;
  for (const FamilyRow& row : rows)
    if (row.name.family == family) found.push_back(&row);
  return found;
}

const FamilyRow* FamilyRun::find(std::string_view family, const PartList& parts,
                                 std::string_view key) const {
  for (const FamilyRow& row : rows) {
    const bool wanted =
        row.name.family == family && std::ranges::all_of(parts, [&row](const auto& part) {
          return row.has(part.first, part.second);
        });
    if (wanted && row.figure(key)) return &row;
  }
  return nullptr;
}

std::optional<double> FamilyRun::figure(std::string_view family, const PartList& parts,
                                        std::string_view key) const {
  const FamilyRow* row = find(family, parts, key);
  return row == nullptr ? std::nullopt : row->figure(key);
}

// Reads have a stride, other programs' rows parts without a key.
bool is_family_name(const BenchmarkName& name) {
  return !name.parts.empty() && !name.find("stride") &&
         std::ranges::none_of(name.parts, &NamePart::bare);
}

FamilyRun family_run(const ResultSet& set) {
  FamilyRun run;
  run.emulated = is_emulated(set);
  run.label = kernel_of(set.context());
  if (const auto arch = set.context_value("arch"); !arch.empty())
    run.label += fmt::format(", {}{}", arch, run.emulated ? ", emulated" : "");
  run.set = &set;
  if (!is_ours(set)) return run;  // names of other programs' rows mean what only they know
  const auto errors = set.errors();
  auto reasons = reasons_of(errors);
  // Nothing for a row of reads: these are judged by the cells of the set.
  const auto add = [&run](const std::string& text) -> FamilyRow* {
    auto name = parse_name(text);
    if (!is_family_name(name)) return nullptr;
    run.rows.push_back({text, std::move(name), {}, {}});
    std::erase_if(run.rows.back().name.parts, is_clock_part);
    return &run.rows.back();
  };
  const auto keys = set.metrics();
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    FamilyRow* row = add(set.cell_name(cell));
    if (row == nullptr) continue;
    for (const std::string& key : keys)
      if (!is_in_every_row(key))
        if (auto values = set.values(cell, key); !values.empty())
          row->figures.emplace_back(key, median(std::move(values)));
    if (auto failed = reasons.extract(row->text)) row->reasons = std::move(failed.mapped());
  }
  for (auto& [name, failed] : reasons)
    if (FamilyRow* row = add(name)) row->reasons = std::move(failed);
  std::ranges::stable_sort(run.rows, natural_less, &FamilyRow::text);
  return run;
}

FamilyRun of_largest_tables(FamilyRun run) {
  std::map<std::string, std::set<std::string, decltype(&natural_less)>> tables;
  for (const FamilyRow& row : run.rows)
    if (const auto table = row.name.find("table"); table && !row.figures.empty())
      tables.try_emplace(row.name.family, &natural_less).first->second.emplace(*table);
  for (const auto& [family, sizes] : tables) {
    if (sizes.size() < 2) continue;
    const std::string& largest = *sizes.rbegin();
    run.sizes += fmt::format("{}{} {}", run.sizes.empty() ? "" : ", ", printable(family),
                             exact_size_of(largest));
    std::erase_if(run.rows, [&, &family = family](const FamilyRow& row) {
      const auto table = row.name.find("table");
      return row.name.family == family && table && *table != largest;
    });
  }
  return run;
}

std::vector<std::string> figure_keys(const std::vector<const FamilyRow*>& rows, bool times) {
  std::vector<std::string> keys;
  for (const FamilyRow* row : rows)
    for (const auto& [key, value] : row->figures)
      if ((times || !metric_of(key).depends_on_clock) && std::ranges::find(keys, key) == keys.end())
        keys.push_back(key);
  return keys;
}

std::vector<NamePart> common_parts(const std::vector<const FamilyRow*>& rows) {
  std::vector<NamePart> common;
  if (rows.size() > 1)
    std::ranges::copy_if(
        rows.front()->name.parts, std::back_inserter(common), [&](const NamePart& part) {
          return std::ranges::all_of(
              rows, [&](const FamilyRow* row) { return row->has(part.key, part.value); });
        });
  return common;
}

void tell_apart(std::span<FamilyRun> runs) {
  const auto add = [&](const auto& part_of) {
    std::map<std::string, int> times;
    for (const FamilyRun& run : runs) ++times[run.label];
    for (FamilyRun& run : runs)
      if (const std::string part = part_of(run); times[run.label] > 1 && !part.empty())
        run.label += ", " + part;
  };
  add([](const FamilyRun& run) { return short_cpu_text(run.set->context()); });
  add([](const FamilyRun& run) {
    const auto& first = run.set->runs().front();
    return first.manifest ? first.manifest->started : context_value(first.context(), "date");
  });
  add([&](const FamilyRun& run) { return fmt::format("run {}", &run - runs.data() + 1); });
}

}  // namespace zp::analysis
