// SPDX-License-Identifier: MIT
// How often each event happens in a cell. Internal to analysis/attribute.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "analysis/attribute/attribution.hpp"
#include "harness/model/frames.hpp"
#include "harness/model/throughput.hpp"

namespace zp::analysis {

// Events per read, by the name of their counter in rows.
using Events = std::map<std::string, double>;

// Two cells that differ in the placement alone, counted by one source.
struct Counted {
  Events base, target;
  std::string source;     // "PMU", "model, in the rows", "model zen4 on constructed frames"
  bool of_model = false;  // which counts every event that its CPU has
};

// In order of trust: what rows hold from the PMU, then from a model that ran beside the walk, then
// what the model of `cpu` predicts. Each cell is predicted once, and so are placements whose pages
// have the same frames. REQUIRES: `set` and `cpu` outlive it.
class EventCounts {
 public:
  EventCounts(const ResultSet& set, const std::optional<model::Description>& cpu);

  // From the first source that counts both cells. A cell of more reads than `most_reads` is not
  // predicted. Errors: kUsage; why nothing counts them.
  Outcome<Counted> of(const PlacementBlock& block, const std::string& stride,
                      const std::string& base, const std::string& target,
                      std::uint64_t most_reads = static_cast<std::uint64_t>(-1));

  // What a read of the cell takes by the prices of `cpu`. Errors: kUsage; why it can't be told.
  Outcome<model::Throughput> time_of(const PlacementBlock& block, const std::string& stride,
                                     const std::string& placement);

 private:
  struct Predicted {
    Events events;
    model::Throughput time;
  };
  // What rows hold, from the PMU or, by prefix, from a model.
  struct Rows {
    std::string source;
    bool of_model = false;
    std::map<std::string, PlacementTable> tables;  // by event
  };
  // Layout, stride, walk, rotated.
  using CellKey = std::tuple<std::size_t, std::uint64_t, std::string, bool>;

  void add_rows(const ResultSet& set, const std::string& prefix, std::string source);
  // In the page colours of L2 that the cell's rows saw, where they say.
  model::FrameLayout seen_layout(const PlacementBlock& block, const std::string& stride,
                                 const std::string& placement) const;
  Outcome<std::size_t> layout_of(const std::string& placement, std::uint64_t table_bytes,
                                 model::FrameLayout seen);
  Outcome<Predicted> predicted(const PlacementBlock& block, const std::string& stride,
                               const std::string& placement, std::uint64_t most_reads);

  const std::optional<model::Description>& cpu_;
  std::vector<Rows> rows_;
  model::FrameLayout l2_;  // of the machine
  // Page colours that frames have, and the share that crowds; absent where frame numbers say
  // nothing.
  std::optional<PlacementTable> colours_seen_, crowded_seen_;
  std::vector<model::ConstructedFrames> layouts_;
  // Placement, bytes of the table, where its frames lie.
  using LayoutKey = std::tuple<std::string, std::uint64_t, model::FrameLayout>;
  std::map<LayoutKey, std::size_t> layout_by_name_;
  std::map<CellKey, Predicted> predictions_;
};

// Whether the reads of that column move on in their page from one page to the next.
bool rotated(const PlacementBlock& block, const std::string& stride);

}  // namespace zp::analysis
