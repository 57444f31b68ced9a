// SPDX-License-Identifier: MIT
#include "analysis/views/placement_table.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/rows/blocks.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/paired.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

struct PlacedCell {
  std::size_t cell;
  std::string placement;
  std::string stride;
  std::string offset;  // where in its page a read falls; names of other strides do not say
};

using Blocks = std::map<std::string, std::pair<std::vector<NamePart>, std::vector<PlacedCell>>,
                        decltype(&natural_less)>;

Blocks group_cells(const ResultSet& set) {
  static const std::string kColumns[] = {"placement", "stride"};
  Blocks blocks(&natural_less);
  if (!is_ours(set)) return blocks;  // what others call a placement only they know
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto name = parse_name(set.cell_name(cell));
    const auto placement = name.find("placement");
    const auto stride = name.find("stride");
    if (!placement || !stride) continue;
    auto [key, common] = block_of(name, kColumns);
    auto& block = blocks[key];
    block.first = std::move(common);
    block.second.push_back({cell, std::string(*placement), std::string(*stride),
                            std::string(name.find("offset").value_or(""))});
  }
  return blocks;
}

// A foreign file may hold any number: what no machine has is not written digit by digit.
std::string frame_count(double frames) {
  constexpr double kMoreThanAnyMachine = 1e12;
  return std::abs(frames) < kMoreThanAnyMachine ? fmt::format("{:.0f}", frames)
                                                : fmt::format("{:.3g}", frames);
}

// One figure for the row when all cells agree, else the range.
std::string frames_of(const ResultSet& set, const std::vector<std::size_t>& cells) {
  std::vector<double> frames;
  for (const auto cell : cells)
    for (const double value : set.values(cell, "frames")) frames.push_back(value);
  if (frames.empty()) return {};
  const auto [low, high] = std::ranges::minmax_element(frames);
  return *low < *high ? frame_count(*low) + ".." + frame_count(*high) : frame_count(*low);
}

// Repetitions where nothing says which of them belong together.
std::vector<double> sample_of_cell(const ResultSet& set, std::size_t cell,
                                   const std::string& metric, const UnitPlan& plan) {
  if (plan.unit == Unit::kRepetition) return set.values(cell, metric);
  return present(unit_medians(set, cell, metric, plan.groups.front()));
}

// Names the columns: by stride, and by offset where a stride was read in several ways. Returns the
// offsets of the others.
std::map<std::string, std::string> name_columns(std::vector<PlacedCell>& places,
                                                PlacementBlock& block) {
  std::map<std::string, std::set<std::string>, decltype(&natural_less)> offsets(&natural_less);
  for (const auto& place : places) offsets[place.stride].insert(place.offset);
  for (auto& place : places)
    if (offsets[place.stride].size() > 1 && !place.offset.empty())
      place.stride += '/' + place.offset;
  std::map<std::string, std::string> sole;
  for (const auto& [stride, ways] : offsets) {
    if (ways.size() != 1 || ways.begin()->empty()) continue;
    sole.emplace(stride, *ways.begin());
    block.offsets += (block.offsets.empty() ? "" : ", ") + stride + " " + *ways.begin();
  }
  return sole;
}

// Which files belong together.
struct Groups {
  UnitPlan plan = {};
  Grouping passes = {};  // frames are drawn once in each

  // That of each pass, where there are several.
  std::span<const std::size_t> hosts() const {
    if (plan.unit != Unit::kHost) return {};
    return plan.groups.front().unit_of_file;
  }
};

PlacementBlock make_block(const ResultSet& set, const Groups& groups, const std::string& metric,
                          std::vector<NamePart> common, std::vector<PlacedCell>& places) {
  PlacementBlock block;
  block.common = std::move(common);
  const auto sole_offsets = name_columns(places, block);
  std::set<std::string, decltype(&natural_less)> strides(&natural_less);
  std::map<std::string, std::vector<const PlacedCell*>, decltype(&placement_less)> rows(
      &placement_less);
  for (const auto& place : places) {
    strides.insert(place.stride);
    rows[place.placement].push_back(&place);
  }
  block.strides.assign(strides.begin(), strides.end());
  for (const auto& stride : block.strides) {
    const auto sole = sole_offsets.find(stride);
    block.whole_strides.push_back(sole == sole_offsets.end() ? stride
                                                             : stride + '/' + sole->second);
  }
  block.fewest = static_cast<std::size_t>(-1);
  for (const auto& [placement, row_places] : rows) {
    PlacementRow row{.placement = placement, .frames = {}, .cells = {}, .spreads = {}};
    row.cells.resize(block.strides.size());
    row.spreads.resize(block.strides.size());
    std::vector<std::size_t> cells;
    for (const auto* place : row_places) {
      cells.push_back(place->cell);
      const auto census = set.census(place->cell);
      row.census = std::max(row.census, census);
      if (census == CensusClass::kWeak) row.weak_label = set.label(place->cell);
      auto values = set.values(place->cell, metric);
      if (values.empty()) continue;
      block.fewest = std::min(block.fewest, values.size());
      block.most = std::max(block.most, values.size());
      const auto column = std::ranges::find(block.strides, place->stride);
      row.cells[static_cast<std::size_t>(column - block.strides.begin())] =
          summarise(sample_of_cell(set, place->cell, metric, groups.plan));
      row.spreads[static_cast<std::size_t>(column - block.strides.begin())] = draw_spread(
          set.values_by_group(place->cell, metric, groups.passes.unit_of_file, groups.passes.units),
          groups.hosts());
    }
    row.frames = frames_of(set, cells);
    block.rows.push_back(std::move(row));
  }
  if (block.most == 0) block.fewest = 0;
  std::vector<std::size_t> all;
  for (const auto& place : places) all.push_back(place.cell);
  block.held = held(set, all);
  return block;
}

}  // namespace

std::span<const PlacementColumn> placement_columns() {
  static constexpr PlacementColumn kColumns[] = {
      {"frames", [](const PlacementRow& row) { return row.frames.empty() ? "?" : row.frames; },
       true},
  };
  return kColumns;
}

const PlacementRow* PlacementBlock::find(std::string_view placement) const {
  for (const auto& row : rows)
    if (row.placement == placement) return &row;
  return nullptr;
}

const PlacementBlock* PlacementTable::find(const PlacementBlock& block) const {
  for (const auto& other : blocks)
    if (other.common == block.common) return &other;
  return nullptr;
}

PlacementTable placement_table(const ResultSet& set, const std::string& metric) {
  PlacementTable table{
      .metric = metric_in(set, metric), .blocks = {}, .errors = marked_errors(set)};
  const Groups groups{units_within(set, metric), by_pass(set)};
  table.unit = groups.plan.unit;
  for (auto& [key, block] : group_cells(set))
    table.blocks.push_back(make_block(set, groups, metric, block.first, block.second));
  return table;
}

std::optional<std::uint64_t> stride_bytes_of(const std::string& stride) {
  return parse_number(std::string_view(stride).substr(0, stride.find('/')));
}

std::string part_of(const PlacementBlock& block, std::string_view key) {
  for (const NamePart& part : block.common)
    if (part.key == key) return part.value;
  return {};
}

std::uint64_t table_bytes_of(const PlacementBlock& block) {
  return parse_number(part_of(block, "table")).value_or(0);
}

std::uint64_t reads_per_walk(const PlacementBlock& block, const std::string& stride) {
  const auto bytes = stride_bytes_of(stride);
  return bytes && *bytes > 0 ? table_bytes_of(block) / *bytes : 0;
}

std::string_view census_mark(const PlacementRow& row) {
  return row.census == CensusClass::kWeak      ? " [w]"
         : row.census == CensusClass::kMissing ? " [m]"
                                               : "";
}

std::string census_note(const PlacementTable& table) {
  std::string label, text;
  bool missing = false;
  for (const auto& block : table.blocks)
    for (const auto& row : block.rows) {
      if (row.census == CensusClass::kWeak) label = row.weak_label;
      missing = missing || row.census == CensusClass::kMissing;
    }
  if (!label.empty())
    text = "[w] " + shorten(label, 300) + ": the frames themselves were not seen.";
  if (missing)
    text += std::string(text.empty() ? "" : " ") + "[m] no census: the placement was not proven.";
  return text;
}

}  // namespace zp::analysis
