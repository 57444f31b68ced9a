// SPDX-License-Identifier: MIT
// What the cache model says of placements that are not made: constructed frames, the walk of a
// cell, counts in the steady state, and by the prices of the description the time of a read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/cost.hpp"
#include "harness/model/frames.hpp"
#include "harness/model/throughput.hpp"

namespace zp::analysis {

// Below it counts are alike: events per read.
inline constexpr double kNoDifference = 1e-3;

struct PredictOptions {
  std::uint64_t table_bytes = 256 << 20;
  std::string walk = "sequential";  // "random", "dependent": in the order of harness/walk
  std::uint64_t seed = 1;           // of the shuffled orders
  bool rotated = false;  // whole-page strides: each read moves on by a line of l1d in its page
};

struct PredictedCell {
  std::string placement;
  std::uint64_t frames = 0;
  std::uint64_t stride_bytes = 0;
  model::SteadyState state;
  model::Cost cost;
  model::Throughput time;
};

// The frames of a table in that placement. Errors: kUsage; unknown placement, a table that is no
// multiple of the CPU's page.
Outcome<model::ConstructedFrames> construct_table(const model::Description& cpu,
                                                  const std::string& placement,
                                                  std::uint64_t table_bytes,
                                                  model::FrameLayout layout = {});

// The walk of `options` over them. Errors: kUsage; unknown walk, a stride above the table, a
// shuffled walk of more than 2^24 reads, rotation where the stride is not of whole pages.
struct SettledWalk {
  model::SteadyState state;
  model::WalkShape shape;
};
Outcome<SettledWalk> settle_walk(const model::Description& cpu,
                                 const model::ConstructedFrames& frames, std::uint64_t stride_bytes,
                                 const PredictOptions& options);

// Both, and what it costs. Errors: as theirs.
Outcome<PredictedCell> predict(const model::Description& cpu, const std::string& placement,
                               std::uint64_t stride_bytes, const PredictOptions& options);

// N = 1, 2, 4, ... up to `most`, and one frame per page at the end.
struct ColourSweep {
  std::uint64_t stride_bytes = 0;
  std::vector<std::uint64_t> colours;  // the last is the number of pages
  std::vector<PredictedCell> cells;    // one per number of colours
  std::size_t smallest = 0;            // index of the smallest number that suffices
  bool by_time = false;                // judged by predicted times, not by counts alone
  // By counts: another N misses as often, with fewer synonyms among them. What a synonym costs
  // above another miss would decide.
  bool undecided = false;
};

Outcome<ColourSweep> sweep_colours(const model::Description& cpu, std::uint64_t stride_bytes,
                                   std::uint64_t most, const PredictOptions& options);

// The first N of a sweep from which on (up to one frame per page) no miss is a synonym, and the
// first that hits the first level at every read; nullopt where there is none.
std::optional<std::uint64_t> free_of_synonyms_from(const ColourSweep& sweep);
std::optional<std::uint64_t> first_that_hits(const ColourSweep& sweep);

// True where `a` costs less than `b` whatever the latencies are: deeper levels decide first
// (exceptions, then misses of the last level, ...); less than one event in 1000 reads is no
// difference.
bool cheaper(const model::SteadyState& a, const model::SteadyState& b, std::size_t levels);

// Index of the first cell that no other is cheaper than. REQUIRES: not empty.
std::size_t smallest_that_suffices(const std::vector<PredictedCell>& cells, std::size_t levels);

// Index of the first cell whose predicted time is within 5 % of the best; nullopt where a cell
// without a prediction is not known to cost more by its counts.
std::optional<std::size_t> smallest_by_time(const std::vector<PredictedCell>& cells,
                                            std::size_t levels);

}  // namespace zp::analysis
