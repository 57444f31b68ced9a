// SPDX-License-Identifier: MIT
// What people who have the choice see: reads with the knob use_zero_pages off (ksm_default, KSM as
// it ships) and on (ksm_zero_page), by walk, stride, offset and table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/result_set.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/views/paired.hpp"

namespace zp::analysis {

inline constexpr std::string_view kKnobOff = "ksm_default", kKnobOn = "ksm_zero_page";
// The columns of the table, in this order; the change is of the last two.
inline constexpr std::array<std::string_view, 5> kKnobColumns{"private", "read_fault", "ksm_single",
                                                              kKnobOff, kKnobOn};
struct KnobRow {
  std::string walk, stride, offset;  // offset "" where a stride has only one
  std::array<std::optional<UnitMean>, kKnobColumns.size()> figures;
  PairedChange change;
};

// Where frames lie in L2, from the least to the most of all draws.
struct PageColours {
  std::uint64_t of = 0, ways = 0;    // of L2
  Interval seen;                     // those that the frames have
  Interval crowded_share;            // of the frames: more of their colour than L2 has ways
  std::size_t told = 0, values = 0;  // repetitions that say so, of so many
};

// One table size: the frames that KSM as it ships has behind it, and whether L2 holds them.
struct KnobBlock {
  std::uint64_t table_bytes = 0;
  std::string apart;  // what tells it from blocks of the same size: "threads 4"
  std::optional<double> frames;
  std::optional<std::uint64_t> frames_bytes, l2_bytes;
  std::optional<PageColours> page_colours;  // where rows say it and frame numbers are real
  std::vector<KnobRow> rows;

  std::optional<bool> fits() const;  // by bytes, and by sets where page colours are known
  bool crowds() const;               // fits by bytes alone
};

struct KnobTable {
  std::string cpu;
  Unit unit = Unit::kPass;
  std::size_t units = 0, fewest_units = 0;  // of the rows' changes
  // Rows left out, by their places alone: no unit has both columns of the change, though both were
  // asked for and one was measured.
  std::vector<KnobBlock> unpaired;
  std::vector<KnobBlock> blocks;  // empty: the run does not hold the rows, or times mean nothing
  bool host_colours = false;      // rows tell page colours, but those of the host's frames count

  // Rows of that effect, or of that probable one.
  std::size_t count(Effect effect, Effect PairedChange::*kind = &PairedChange::effect) const;
  std::size_t row_count() const;
  std::size_t unpaired_count() const;
};

KnobTable knob_table(const ResultSet& set);

// A row and the block it stands in.
struct KnobPlace {
  const KnobBlock* block = nullptr;
  const KnobRow* row = nullptr;
};
// The row that `kind` (PairedChange::effect or ::probable) calls slower, or faster, by most; nulls
// where there is none.
KnobPlace largest_change(const KnobTable& table, Effect effect, Effect PairedChange::*kind);

}  // namespace zp::analysis
