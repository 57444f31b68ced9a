// SPDX-License-Identifier: MIT
// What programs feel, on one screen: the family `kernels` with programs as rows and placements as
// columns, and in sentences which programs care; below it the families `mixed` and `readers`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/views/program_grid.hpp"

namespace zp::analysis {

// The family `mixed`: shares of zero pages as rows, placements as columns.
// Rows: "50 % random", in the order of shares.
struct MixedTable : ProgramGrid {
  struct Reads {
    double sparse_ns = 0, stream_ns = 0;  // medians, per read
  };
  std::map<std::pair<std::string, std::string>, Reads> reads;  // (row, placement)

  [[nodiscard]] bool empty() const { return reads.empty() && unmeasured.empty(); }
};

MixedTable mixed_table(const ResultSet& set);

// With a sentence of how the effect fades, if `enough` passes were measured. "" of an empty table.
std::string render_mixed_table(const MixedTable& table, std::size_t width, bool enough);

// The family `readers`: which CPUs read at once as rows, placements as columns.
// Rows: "2 cores (0,1)", in the order of numbers.
struct ReadersTable : ProgramGrid {
  std::map<std::pair<std::string, std::string>, double> slowdowns;  // (row, placement), medians

  [[nodiscard]] bool empty() const { return slowdowns.empty() && unmeasured.empty(); }
};

ReadersTable readers_table(const ResultSet& set);

// With a sentence on shared frames, if `enough` passes were measured. "" of an empty table.
std::string render_readers_table(const ReadersTable& table, std::size_t width, bool enough);

// Bytes of the table per second.
struct LoopSpeed {
  double median = 0, least = 0, most = 0;
  std::optional<double> roof_share;  // median; of programs that only read
};

// Rows: the loops.
struct LoopTable : ProgramGrid {
  std::map<std::pair<std::string, std::string>, LoopSpeed> speeds;  // (loop, placement)
  std::vector<std::pair<std::string, double>> roofs;                // "L1", bytes per second
  std::size_t fewest = 0;                                           // samples of a figure
  MixedTable mixed;
  ReadersTable readers;

  [[nodiscard]] const LoopSpeed* find(const std::string& loop, const std::string& placement) const;
};

// Whether a family's rows are shown by it, and not in a table of their own.
bool is_program_family(std::string_view family);

// Absent without rows of these families. Of several sizes of tables the largest.
std::optional<LoopTable> loop_table(const ResultSet& set);

// Two placements program by program: by how much `other` is faster than `base`. Counted as a
// difference where every sample of one is above every sample of the other, and the medians differ
// by 5 % or more.
struct LoopContrast {
  std::vector<std::pair<std::string, double>> faster, slower;  // median ratios, largest first
  std::vector<std::string> alike;
};
LoopContrast contrast(const LoopTable& table, const std::string& base, const std::string& other);

// In a sentence or two: the knob, and the zero page. "" where too few passes say nothing.
std::string program_finding(const LoopTable& table);

// Plain text of at most `width` columns; "" of an empty table.
std::string render_loop_table(const LoopTable& table, std::size_t width);

}  // namespace zp::analysis
