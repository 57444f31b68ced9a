// SPDX-License-Identifier: MIT
#include "analysis/views/loop_table.hpp"

#include <algorithm>

#include "analysis/rows/unit_values.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {
namespace {

constexpr std::string_view kFamily = "kernels";

std::optional<ProgramCell> loop_cell(const std::string& text) {
  const auto name = parse_name(text);
  const auto loop = name.find("loop"), placement = name.find("placement"),
             table = name.find("table");
  if (name.family != kFamily || !loop || !placement || !table) return std::nullopt;
  return ProgramCell{std::string(*loop), std::string(*placement), std::string(*table)};
}

void add_roof(const ResultSet& set, std::size_t index, LoopTable& table) {
  const auto name = parse_name(set.cell_name(index));
  const auto level = name.find("level");
  if (name.family != kFamily || !level) return;
  if (auto values = set.values(index, kLoopSpeed); !values.empty())
    table.roofs.emplace_back(printable(*level), median(std::move(values)));
}

}  // namespace

bool is_program_family(std::string_view family) {
  return family == kFamily || family == "mixed" || family == "readers";
}

const LoopSpeed* LoopTable::find(const std::string& loop, const std::string& placement) const {
  const auto found = speeds.find({loop, placement});
  return found == speeds.end() ? nullptr : &found->second;
}

std::optional<LoopTable> loop_table(const ResultSet& set) {
  if (!is_ours(set)) return std::nullopt;  // another program's kernels/, mixed/ or readers/
  LoopTable table;
  const auto plan = units_within(set, kLoopSpeed);
  table.unit = plan.unit;
  fill_grid(table, set, loop_cell, [&](const ProgramCell& place, std::size_t cell) -> std::string {
    auto values = set.values(cell, kLoopSpeed);
    if (values.empty()) return "";
    LoopSpeed speed;
    speed.cell = cell;
    speed.units = count_present(unit_logs(set, cell, kLoopSpeed, plan));
    const auto [least, most] = std::ranges::minmax_element(values);
    speed.least = *least;
    speed.most = *most;
    table.fewest = table.fewest == 0 ? values.size() : std::min(table.fewest, values.size());
    speed.median = median(std::move(values));
    if (auto shares = set.values(cell, "roof_share"); !shares.empty())
      speed.roof_share = median(std::move(shares));
    table.speeds[{place.row, place.placement}] = speed;
    return place.row;
  });
  table.mixed = mixed_table(set);
  table.readers = readers_table(set);
  if (table.table_bytes.empty() && table.mixed.empty() && table.readers.empty())
    return std::nullopt;
  for (std::size_t i = 0; i < set.cell_count(); ++i) add_roof(set, i, table);
  table.contrasts = loop_contrasts(table, set, plan);
  return table;
}

}  // namespace zp::analysis
