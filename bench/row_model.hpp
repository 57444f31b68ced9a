// SPDX-License-Identifier: MIT
// The model_* figures of a row: the frames that are really behind the table, and the very walk, put
// through the model of a CPU until the counts of a pass stay the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/cell.hpp"
#include "harness/host/facts.hpp"
#include "harness/host/roots.hpp"
#include "harness/memory/table.hpp"
#include "harness/model/description.hpp"
#include "harness/support/figures.hpp"
#include "harness/walk/walk.hpp"

namespace zp {

class RowModel {
 public:
  // `cpus`: what --model names, separated by commas; empty: no model. Errors: kUsage.
  static Outcome<RowModel> create(const Roots& roots, const std::string& cpus);

  [[nodiscard]] bool any() const { return !cpus_.empty(); }

  // The figures of `walk`, which lies in `table`, per read. `table_number` tells one table from the
  // next, whose frames are others. Errors: kCannotRun, why there are none.
  Outcome<Figures> figures(const Cell& cell, const Table& table, std::uint64_t table_number,
                           const Walk& walk);

  // model.cpu, model.frames and, where frames are hidden, model.missing; model.missing.cycles names
  // the latencies that no source gives.
  [[nodiscard]] Facts facts() const;

 private:
  Outcome<void> take_frames(const Cell& cell, const Table& table, std::uint64_t table_number);

  Roots roots_;
  std::vector<model::Description> cpus_;
  std::optional<std::string> why_hidden_;   // the frames
  std::optional<std::uint64_t> frames_of_;  // the table that frames_ belongs to
  std::vector<std::uint64_t> frames_;
};

}  // namespace zp
