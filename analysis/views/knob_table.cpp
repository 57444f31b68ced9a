// SPDX-License-Identifier: MIT
#include "analysis/views/knob_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "analysis/rows/blocks.hpp"
#include "analysis/rows/host.hpp"
#include "harness/names/benchmark_name.hpp"
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

struct Place {
  RowKey row;
  std::size_t column;
};

// The place of a read cell, if it is one of the table's.
std::optional<Place> place_of(const BenchmarkName& name) {
  Place place;
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
  const auto column = std::find(kKnobColumns.begin(), kKnobColumns.end(), placement);
  if (column == kKnobColumns.end() || place.row.table.empty() || place.row.stride.empty())
    return std::nullopt;
  place.row.apart = block_title(apart);
  place.column = static_cast<std::size_t>(column - kKnobColumns.begin());
  return place;
}

std::optional<std::uint64_t> number_of(const ResultSet& set, std::string_view key) {
  const auto text = set.context_value(key);
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return number;
}

struct RowPasses {
  std::array<Passes, kKnobColumns.size()> columns;
  std::optional<double> frames;  // of the knob off
};

// Of switching the knob on.
Passes differences(const RowPasses& row) {
  const auto& off = row.columns[kKnobColumns.size() - 2];
  const auto& on = row.columns[kKnobColumns.size() - 1];
  Passes difference;
  for (std::size_t pass = 0; pass < std::min(off.size(), on.size()); ++pass)
    difference.push_back(on[pass] - off[pass]);
  return difference;
}

using Rows = std::map<RowKey, RowPasses>;

Rows rows_of(const ResultSet& set) {
  Rows rows;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto place = place_of(parse_name(set.cell_name(cell)));
    if (!place) continue;
    RowPasses& row = rows[place->row];
    row.columns[place->column] = passes_of(set, cell);
    auto frames = set.values(cell, "frames");
    if (kKnobColumns[place->column] == kKnobOff && !frames.empty())
      row.frames = median(std::move(frames));
  }
  std::erase_if(rows, [](const auto& row) {
    const auto change = differences(row.second);
    return std::all_of(change.begin(), change.end(), [](double x) { return std::isnan(x); });
  });
  return rows;
}

std::vector<PairedChange> changes_of(const Rows& rows) {
  std::vector<Passes> all;
  for (const auto& [key, row] : rows) all.push_back(differences(row));
  return paired_changes(all);
}

KnobRow make_row(const RowKey& key, const RowPasses& passes, const PairedChange& change) {
  KnobRow row{key.walk, key.stride, key.offset, {}, change};
  for (std::size_t column = 0; column < kKnobColumns.size(); ++column)
    row.figures[column] = mean_of(passes.columns[column]);
  return row;
}

}  // namespace

std::optional<bool> KnobBlock::fits() const {
  if (!frames_bytes || !l2_bytes) return std::nullopt;
  return *frames_bytes <= *l2_bytes;
}

std::size_t KnobTable::count(Effect effect) const {
  std::size_t found = 0;
  for (const auto& block : blocks)
    for (const auto& row : block.rows) found += row.change.effect == effect ? 1U : 0U;
  return found;
}

std::size_t KnobTable::row_count() const {
  std::size_t found = 0;
  for (const auto& block : blocks) found += block.rows.size();
  return found;
}

// "AMD EPYC, family 25 model 1: Zen 3": a name alone can be that of several CPUs.
static std::string cpu_of(const ResultSet& set) {
  std::string text = cpu_text({{"cpu.model", std::string(set.context_value("cpu.model"))},
                               {"cpu.family", std::string(set.context_value("cpu.family"))},
                               {"arch", std::string(set.context_value("arch"))}});
  if (const auto at = text.rfind(" (family "); at != text.npos && text.ends_with(')')) {
    text.replace(at, 2, ", ");
    text.pop_back();
  }
  return text;
}

KnobTable knob_table(const ResultSet& set) {
  KnobTable table{.cpu = cpu_of(set), .passes = 0, .blocks = {}};
  if (is_emulated(set)) return table;
  for (const auto& run : set.runs()) table.passes += run.files.size();
  const Rows rows = rows_of(set);
  const auto changes = changes_of(rows);
  const auto l2 = number_of(set, "cache.l2.size_bytes"), page = number_of(set, "page_size_bytes");
  std::size_t i = 0;
  const RowKey* last = nullptr;
  for (const auto& [key, passes] : rows) {
    if (last == nullptr || last->table != key.table || last->apart != key.apart) {
      KnobBlock block{.table_bytes = parse_size_bytes(key.table).value_or(0),
                      .apart = key.apart,
                      .frames = passes.frames,
                      .frames_bytes = std::nullopt,
                      .l2_bytes = l2,
                      .rows = {}};
      if (page && block.frames)
        block.frames_bytes = static_cast<std::uint64_t>(*block.frames) * *page;
      table.blocks.push_back(std::move(block));
    }
    table.blocks.back().rows.push_back(make_row(key, passes, changes[i++]));
    last = &key;
  }
  return table;
}

}  // namespace zp::analysis
