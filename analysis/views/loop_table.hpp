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

#include "analysis/load/units.hpp"
#include "analysis/views/paired.hpp"
#include "analysis/views/program_grid.hpp"

namespace zp::analysis {

// The family `mixed`: shares of zero pages as rows, placements as columns.
// Rows: "50 % random", in the order of shares.
struct MixedTable : ProgramGrid {
  struct Reads {
    double sparse_ns = 0, stream_ns = 0;  // medians, per read
  };
  std::map<std::pair<std::string, std::string>, Reads> reads;  // (row, placement)
  // "50": sparse reads with that share of zero pages against those without; what too few units have
  // is left out.
  std::vector<std::pair<std::string, PairedChange>> fading;

  [[nodiscard]] bool empty() const { return reads.empty() && unmeasured.empty(); }
};

MixedTable mixed_table(const ResultSet& set);

// With a sentence of how the effect fades, where enough units tell. "" of an empty table.
std::string render_mixed_table(const MixedTable& table, std::size_t width);

// The family `readers`: which CPUs read at once as rows, placements as columns.
// Rows: "2 cores (0,1)", in the order of numbers.
struct ReadersTable : ProgramGrid {
  std::map<std::pair<std::string, std::string>, double> slowdowns;  // (row, placement), medians
  // One frame against private memory, by the most cores.
  struct SharedFrame {
    std::string row, placement;
    Disturbed disturbed;  // of the difference
  };
  std::optional<SharedFrame> shared;  // nothing where too few units have both

  [[nodiscard]] bool empty() const { return slowdowns.empty() && unmeasured.empty(); }
};

ReadersTable readers_table(const ResultSet& set);

// With a sentence on shared frames, where enough units tell. "" of an empty table.
std::string render_readers_table(const ReadersTable& table, std::size_t width);

// The figure of a program's row: bytes of the table per second.
inline constexpr std::string_view kLoopSpeed = "bytes_per_second";

struct LoopSpeed {
  double median = 0, least = 0, most = 0;
  std::optional<double> roof_share;  // median; of programs that only read
  std::size_t cell = 0;              // of the set
  std::size_t units = 0;             // that have it
};

// Two placements program by program, as `compare --by placement` has them: differences within each
// unit, corrected by Holm over the programs.
struct LoopContrast {
  std::string question, base, other;
  std::vector<std::pair<std::string, double>> faster = {},
                                              slower = {};  // beyond doubt; how many times
  std::vector<std::string> alike = {};                      // or undecided
  std::vector<std::string> disturbed = {};  // undecided: most repetitions of one side were
  std::vector<std::string> few = {};        // both in fewer than kLeastUnits units

  [[nodiscard]] std::size_t judged() const {
    return faster.size() + slower.size() + alike.size() + disturbed.size();
  }
};

// Rows: the loops.
struct LoopTable : ProgramGrid {
  std::map<std::pair<std::string, std::string>, LoopSpeed> speeds;  // (loop, placement)
  std::vector<std::pair<std::string, double>> roofs;                // "L1", bytes per second
  std::size_t fewest = 0;                                           // samples of a figure
  Unit unit = Unit::kPass;
  std::vector<LoopContrast> contrasts;  // of which some program has both placements
  MixedTable mixed;
  ReadersTable readers;

  [[nodiscard]] const LoopSpeed* find(const std::string& loop, const std::string& placement) const;
};

// Whether a family's rows are shown by it, and not in a table of their own.
bool is_program_family(std::string_view family);

// Absent without rows of these families. Of several sizes of tables the largest.
std::optional<LoopTable> loop_table(const ResultSet& set);

// What is asked of a table of the same set, by the units of the set's speeds.
std::vector<LoopContrast> loop_contrasts(const LoopTable& table, const ResultSet& set,
                                         const UnitPlan& plan);

// In a sentence or two: the knob, and the zero page. "" where too few units say nothing.
std::string program_finding(const LoopTable& table);

// Plain text of at most `width` columns; "" of an empty table.
std::string render_loop_table(const LoopTable& table, std::size_t width);

}  // namespace zp::analysis
