// SPDX-License-Identifier: MIT
#include "analysis/views/knob_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "analysis/load/units.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/unit_values.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

// Which row a cell belongs to.
struct RowKey {
  std::string apart, table, walk, stride, offset;

  bool operator<(const RowKey& other) const {
    const auto walk_rank = [](const std::string& order) {
      return order == "sequential" ? 0 : order == "random" ? 1 : order == "dependent" ? 2 : 3;
    };
    if (apart != other.apart) return natural_less(apart, other.apart);
    if (table != other.table) return natural_less(table, other.table);
    if (walk != other.walk)
      return walk_rank(walk) != walk_rank(other.walk) ? walk_rank(walk) < walk_rank(other.walk)
                                                      : walk < other.walk;
    return stride != other.stride ? natural_less(stride, other.stride) : offset < other.offset;
  }
};

struct KnobCell {
  RowKey row;
  std::size_t column;
};

// The place of a read cell, if it is one of the table's.
std::optional<KnobCell> knob_cell(const BenchmarkName& name) {
  KnobCell place;
  std::vector<NamePart> apart;
  std::string_view placement;
  for (const NamePart& part : name.parts) {
    if (part.key == "placement")
      placement = part.value;
    else if (part.key == "table")
      place.row.table = part.value;
    else if (part.key == "walk")
      place.row.walk = part.value;
    else if (part.key == "stride")
      place.row.stride = part.value;
    else if (part.key == "offset")
      place.row.offset = part.value;
    else if (!is_clock_part(part) && !(part.key == "threads" && part.value == "1"))
      apart.push_back(part);
  }
  const auto column = std::ranges::find(kKnobColumns, placement);
  if (column == kKnobColumns.end() || place.row.table.empty() || place.row.stride.empty())
    return std::nullopt;
  place.row.apart = block_title(apart);
  place.column = static_cast<std::size_t>(column - kKnobColumns.begin());
  return place;
}

struct RowUnits {
  std::array<UnitValues, kKnobColumns.size()> columns;
  std::array<std::optional<std::size_t>, kKnobColumns.size()> cells = {};
  std::array<bool, kKnobColumns.size()> failed = {};  // an error in some unit
  std::optional<double> frames;                       // of the knob off, as these
  std::size_t frame_values = 0;
  std::vector<double> page_colours, crowded_shares;
};

// Of switching the knob on.
UnitValues differences(const RowUnits& row) {
  return subtract(row.columns.back(), row.columns[kKnobColumns.size() - 2]);
}

// Figures next to the change are of the units that the change is of.
void keep_pairs(RowUnits& row) {
  const auto change = differences(row);
  for (auto column = kKnobColumns.size() - 2; column < kKnobColumns.size(); ++column)
    for (std::size_t unit = 0; unit < row.columns[column].size(); ++unit)
      if (unit >= change.size() || std::isnan(change[unit]))
        row.columns[column][unit] = std::numeric_limits<double>::quiet_NaN();
}

using KnobRows = std::map<RowKey, RowUnits>;

// One column of the change was measured, the other at least asked for.
bool is_unpaired(const RowUnits& row) {
  const auto on = row.columns.size() - 1, off = on - 1;
  const bool has_off = count_present(row.columns[off]) > 0,
             has_on = count_present(row.columns[on]) > 0;
  return (has_off && (has_on || row.failed[on])) || (has_on && row.failed[off]);
}

// Puts the rows that are unpaired into `unpaired`.
KnobRows rows_of(const ResultSet& set, const UnitPlan& plan, std::vector<RowKey>& unpaired) {
  KnobRows rows;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto place = knob_cell(parse_name(set.cell_name(cell)));
    if (!place) continue;
    RowUnits& row = rows[place->row];
    row.columns[place->column] = unit_logs(set, cell, "ns_per_read", plan);
    row.cells[place->column] = cell;
    if (kKnobColumns[place->column] != kKnobOff) continue;
    auto frames = set.values(cell, "frames");
    row.frame_values = frames.size();
    if (!frames.empty()) row.frames = median(std::move(frames));
    row.page_colours = set.values(cell, "l2_page_colours");
    row.crowded_shares = set.values(cell, "l2_crowded_share");
  }
  for (const auto& error : set.errors())
    if (const auto place = knob_cell(parse_name(error.name)))
      rows[place->row].failed[place->column] = true;
  std::erase_if(rows, [&](const auto& row) {
    if (count_present(differences(row.second)) > 0) return false;
    if (is_unpaired(row.second)) unpaired.push_back(row.first);
    return true;
  });
  for (auto& [key, row] : rows) keep_pairs(row);
  return rows;
}

std::vector<PairedChange> changes_of(const ResultSet& set, const KnobRows& rows,
                                     const UnitPlan& plan) {
  std::vector<UnitDifference> all;
  for (const auto& [key, row] : rows)
    all.push_back(unit_differences(set, *row.cells[row.cells.size() - 2], *row.cells.back(),
                                   "ns_per_read", plan));
  return paired_changes(all);
}

// The figures of all rows, a list per row; the variances of a column are moderated together.
using Figures = std::array<std::optional<UnitMean>, kKnobColumns.size()>;

std::vector<Figures> figures_of(const KnobRows& rows, std::size_t units) {
  std::vector<Figures> figures(rows.size());
  for (std::size_t column = 0; column < kKnobColumns.size(); ++column) {
    std::vector<UnitValues> cells;
    for (const auto& [key, row] : rows) {
      cells.push_back(row.columns[column]);
      cells.back().resize(units, std::numeric_limits<double>::quiet_NaN());  // not in the run
    }
    const auto means = unit_means(cells);
    for (std::size_t row = 0; row < means.size(); ++row) figures[row][column] = means[row];
  }
  return figures;
}

Interval range_of(const std::vector<double>& values) {
  const auto [low, high] = std::ranges::minmax_element(values);
  return {*low, *high};
}

std::optional<PageColours> page_colours_of(const ResultSet& set, const RowUnits& row) {
  const auto l2 = l2_sets(set);
  if (!l2 || row.page_colours.empty() || row.crowded_shares.empty() || !frame_numbers_are_real(set))
    return std::nullopt;
  const auto seen = range_of(row.page_colours), share = range_of(row.crowded_shares);
  // A foreign file may hold any number.
  if (!(seen.low >= 1 && seen.high <= static_cast<double>(l2->page_colours) && share.low >= 0 &&
        share.high <= 1))
    return std::nullopt;
  return PageColours{l2->page_colours,        l2->ways,        seen, share,
                     row.page_colours.size(), row.frame_values};
}

}  // namespace

std::optional<bool> KnobBlock::fits() const {
  if (!frames_bytes || !l2_bytes) return std::nullopt;
  return *frames_bytes <= *l2_bytes && !crowds();
}

bool KnobBlock::crowds() const {
  return frames_bytes && l2_bytes && *frames_bytes <= *l2_bytes && page_colours &&
         page_colours->crowded_share.high > 0;
}

std::size_t KnobTable::count(Effect effect, Effect PairedChange::*kind) const {
  std::size_t found = 0;
  for (const auto& block : blocks)
    for (const auto& row : block.rows) found += row.change.*kind == effect ? 1U : 0U;
  return found;
}

static std::size_t rows_in(const std::vector<KnobBlock>& blocks) {
  std::size_t found = 0;
  for (const auto& block : blocks) found += block.rows.size();
  return found;
}

std::size_t KnobTable::row_count() const {
  return rows_in(blocks);
}

std::size_t KnobTable::unpaired_count() const {
  return rows_in(unpaired);
}

// "AMD EPYC, family 25 model 1: Zen 3": a name alone can be that of several CPUs.
static std::string cpu_of(const ResultSet& set) {
  const auto text = cpu_text({{"cpu.model", std::string(set.context_value("cpu.model"))},
                              {"cpu.family", std::string(set.context_value("cpu.family"))},
                              {"arch", std::string(set.context_value("arch"))}});
  const auto at = text.rfind(" (family ");
  if (at == text.npos || !text.ends_with(')')) return text;
  return fmt::format("{}, {}", text.substr(0, at), text.substr(at + 2, text.size() - at - 3));
}

static KnobBlock place_of(const RowKey& key) {
  return {.table_bytes = parse_size_bytes(key.table).value_or(0),
          .apart = key.apart,
          .frames = std::nullopt,
          .frames_bytes = std::nullopt,
          .l2_bytes = std::nullopt,
          .page_colours = std::nullopt,
          .rows = {}};
}

static std::vector<KnobBlock> places_of(const std::vector<RowKey>& keys) {
  std::vector<KnobBlock> blocks;
  const RowKey* last = nullptr;
  for (const auto& key : keys) {
    if (last == nullptr || last->table != key.table || last->apart != key.apart)
      blocks.push_back(place_of(key));
    blocks.back().rows.push_back({key.walk, key.stride, key.offset, {}, {}});
    last = &key;
  }
  return blocks;
}

KnobTable knob_table(const ResultSet& set) {
  const auto plan = units_within(set, "ns_per_read");
  KnobTable table{
      .cpu = cpu_of(set),
      .unit = plan.unit,
      .unpaired = {},
      .blocks = {},
      .host_colours = set.has_metric("l2_page_colours") && !frame_numbers_are_real(set)};
  if (is_emulated(set) || !is_ours(set)) return table;
  std::vector<RowKey> unpaired;
  const KnobRows rows = rows_of(set, plan, unpaired);
  table.unpaired = places_of(unpaired);
  const auto changes = changes_of(set, rows, plan);
  const auto figures = figures_of(rows, plan.groups.front().units);
  for (const auto& [key, row] : rows) {
    const auto changes_known = count_present(differences(row));
    table.fewest_units =
        table.units == 0 ? changes_known : std::min(table.fewest_units, changes_known);
    table.units = std::max(table.units, changes_known);
  }
  const auto l2 = parse_whole<std::uint64_t>(set.context_value("cache.l2.size_bytes")),
             page = parse_whole<std::uint64_t>(set.context_value("page_size_bytes"));
  std::size_t i = 0;
  const RowKey* last = nullptr;
  for (const auto& [key, units] : rows) {
    if (last == nullptr || last->table != key.table || last->apart != key.apart) {
      auto block = place_of(key);
      block.frames = units.frames;
      block.l2_bytes = l2;
      // A foreign file may hold any number.
      constexpr double kMoreThanAnyMachine = 1e12;
      if (page && block.frames && *block.frames >= 0 && *block.frames < kMoreThanAnyMachine)
        block.frames_bytes = static_cast<std::uint64_t>(*block.frames) * *page;
      table.blocks.push_back(std::move(block));
    }
    auto& colours = table.blocks.back().page_colours;
    if (!colours) colours = page_colours_of(set, units);
    table.blocks.back().rows.push_back({key.walk, key.stride, key.offset, figures[i], changes[i]});
    ++i;
    last = &key;
  }
  return table;
}

KnobPlace largest_change(const KnobTable& table, Effect effect, Effect PairedChange::*kind) {
  KnobPlace found;
  for (const auto& block : table.blocks)
    for (const auto& row : block.rows) {
      if (row.change.*kind != effect) continue;
      const double ratio = row.change.ratio;
      if (found.row == nullptr || (effect == Effect::kSlower ? ratio > found.row->change.ratio
                                                             : ratio < found.row->change.ratio))
        found = {&block, &row};
    }
  return found;
}

}  // namespace zp::analysis
