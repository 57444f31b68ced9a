// SPDX-License-Identifier: MIT
// What the cache model says of placements that nobody has to make: constructed frames, the walk of
// a cell, counts in the steady state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/model/cost.hpp"
#include "harness/model/frames.hpp"

namespace zp::analysis {

struct PredictOptions {
  std::uint64_t table_bytes = 256 << 20;
  std::string walk = "sequential";  // or "random": every read once, shuffled
  std::uint64_t seed = 1;           // of the shuffle
};

struct PredictedCell {
  std::string placement;
  std::uint64_t frames = 0;
  std::uint64_t stride_bytes = 0;
  model::SteadyState state;
  model::Cost cost;
};

// The frames of a table in that placement. Errors: kUsage; unknown placement, a table that is no
// multiple of the CPU's page.
Outcome<model::ConstructedFrames> construct_table(const model::Description& cpu,
                                                  const std::string& placement,
                                                  std::uint64_t table_bytes);

// The walk of `options` over them. Errors: kUsage; unknown walk, a stride above the table, a random
// walk of more than 2^24 reads.
Outcome<model::SteadyState> settle_walk(const model::Description& cpu,
                                        const model::ConstructedFrames& frames,
                                        std::uint64_t stride_bytes, const PredictOptions& options);

// Both, and what it costs. Errors: as theirs.
Outcome<PredictedCell> predict(const model::Description& cpu, const std::string& placement,
                               std::uint64_t stride_bytes, const PredictOptions& options);

// N = 1, 2, 4, ... up to `most`, and one frame a page at the end.
struct ColourSweep {
  std::uint64_t stride_bytes = 0;
  std::vector<std::uint64_t> colours;  // the last is the number of pages
  std::vector<PredictedCell> cells;    // one a number of colours
  std::size_t smallest = 0;            // index of the smallest number that suffices
};

Outcome<ColourSweep> sweep_colours(const model::Description& cpu, std::uint64_t stride_bytes,
                                   std::uint64_t most, const PredictOptions& options);

// True where `a` costs less than `b` whatever the latencies are: deeper levels decide first
// (exceptions, then misses of the last level, ...); less than one event in 1000 reads is no
// difference.
bool cheaper(const model::SteadyState& a, const model::SteadyState& b, std::size_t levels);

// Index of the first cell that no other is cheaper than. REQUIRES: not empty.
std::size_t smallest_that_suffices(const std::vector<PredictedCell>& cells, std::size_t levels);

}  // namespace zp::analysis
