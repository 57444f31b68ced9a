// SPDX-License-Identifier: MIT
// The table at the end of a run: placements as rows, strides as columns.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/rows/unit_values.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/stats/draws.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {

struct PlacementRow {
  std::string placement;
  std::string frames;  // as proven: "1", "16..17" where cells differ, "" when unknown
  CensusClass census = CensusClass::kNoClaim;      // the worst of its cells
  std::string weak_label = {};                     // of one whose census is weak
  std::vector<std::optional<Summary>> cells;       // one per stride, over units
  std::vector<std::optional<DrawSpread>> spreads;  // the same; nothing with one repetition per pass
};

// What stands between a placement and its strides.
struct PlacementColumn {
  const char* heading;
  std::string (*text)(const PlacementRow& row);
  bool shows_census = false;  // so that it carries census_mark()
};
std::span<const PlacementColumn> placement_columns();

// All cells that differ in nothing but placement and stride.
struct PlacementBlock {
  std::vector<NamePart> common;      // "family" first, then the parts of the name they share
  std::vector<std::string> strides;  // "1024"; "4096/rotated" where a stride has several offsets
  // The same with their offsets wherever names say them, to stand next to other blocks' strides.
  std::vector<std::string> whole_strides;
  std::string offsets;  // "4096 rotated, 8192 rotated", "" where no name says
  std::vector<PlacementRow> rows;
  std::size_t fewest = 0;  // repetitions per cell
  std::size_t most = 0;
  Held held = {};  // passes and runs that have some of it

  const PlacementRow* find(std::string_view placement) const;
};

struct PlacementTable {
  Metric metric;
  Unit unit = Unit::kPass;  // what a cell's values are: medians of these
  std::vector<PlacementBlock> blocks;
  std::vector<ErrorRow> errors;

  // The block of the same cells as `block`, of another table.
  const PlacementBlock* find(const PlacementBlock& block) const;
};

// Of a column: "4096/fixed" is 4096. nullopt where it is not a number.
std::optional<std::uint64_t> stride_bytes_of(const std::string& stride);

// The value of a part of the block's common name, "" without it; as a number, 0 when it is none.
std::string part_of(const PlacementBlock& block, std::string_view key);
std::uint64_t table_bytes_of(const PlacementBlock& block);
// Reads of a walk in that column, 0 where that is not known. Of fewer than kLeastReadsPerWalk the
// time of a read holds what each call takes.
std::uint64_t reads_per_walk(const PlacementBlock& block, const std::string& stride);
inline constexpr std::uint64_t kLeastReadsPerWalk = 256;

// Cells without `placement:` and `stride:` parts are not part of it.
PlacementTable placement_table(const ResultSet& set, const std::string& metric);

// " [w]" of a weak census, " [m]" of a missing one.
std::string_view census_mark(const PlacementRow& row);
// "[w] census: weak: ...", what the marks of rows say; "" where none has one.
std::string census_note(const PlacementTable& table);

}  // namespace zp::analysis
