// SPDX-License-Identifier: MIT
// The family `kernels` on one screen: programs as rows, placements as columns, and in sentences
// which programs care.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/load/result_set.hpp"

namespace zp::analysis {

// Bytes of the table per second.
struct LoopSpeed {
  double median = 0, least = 0, most = 0;
  std::optional<double> roof_share;  // median; of programs that only read
};

struct LoopTable {
  struct Unmeasured {
    std::string loop, reason;
    std::vector<std::string> placements;  // empty: in all of them
  };
  std::string table_bytes;                     // as in the names
  std::vector<std::string> loops, placements;  // in the order of the file, of the catalogue
  std::map<std::pair<std::string, std::string>, LoopSpeed> speeds;  // (loop, placement)
  std::vector<std::pair<std::string, double>> roofs;                // "L1", bytes per second
  std::vector<Unmeasured> unmeasured;
  std::size_t fewest = 0;  // samples of a figure
  std::size_t passes = 0;  // files: each has the placements in another order

  [[nodiscard]] const LoopSpeed* find(const std::string& loop, const std::string& placement) const;
};

// Absent without rows of the family. Of several sizes of tables the largest.
std::optional<LoopTable> loop_table(const ResultSet& set);

// Two placements program by program: by how much `other` is faster than `base`. Counted as a
// difference where every sample of one is above every sample of the other, and the medians differ
// by 5 % or more.
struct LoopContrast {
  std::vector<std::pair<std::string, double>> faster, slower;  // median ratios, largest first
  std::vector<std::string> alike;
};
LoopContrast contrast(const LoopTable& table, const std::string& base, const std::string& other);

// Plain text of at most `width` columns; "" of an empty table.
std::string render_loop_table(const LoopTable& table, std::size_t width);

}  // namespace zp::analysis
