// SPDX-License-Identifier: MIT
// Predictions as plain text of at most `width` columns.
#pragma once

#include <string>
#include <vector>

#include "analysis/model/predict.hpp"

namespace zp::analysis {

// Which CPU, which rule, what the frames are: what stands above every prediction.
std::string render_model_head(const model::Description& cpu, const PredictOptions& options,
                              std::size_t width);

// One table per stride: placements as rows, misses per read of every level as columns.
std::string render_cells(const model::Description& cpu, const std::vector<PredictedCell>& cells,
                         std::size_t width);

// What a read takes by the prices of the description, and what limits it, or why there is no time;
// empty where the description has no prices. With a clock, in ns as well.
std::string render_times(const model::Description& cpu, const std::vector<PredictedCell>& cells,
                         double ghz, std::size_t width);

// The curve of one sweep: first-level misses per read against N as bars, and the smallest N that
// suffices.
std::string render_sweep(const model::Description& cpu, const ColourSweep& sweep,
                         std::size_t width);

// From which N on no synonym is left and whether any N hits, stride by stride; then the smallest N
// for all strides together, as the order setup_zero_pages() would use, where it can be told.
std::string render_sweep_verdict(const std::vector<ColourSweep>& sweeps,
                                 const model::Description& cpu, std::size_t width);

// Every figure of the description with its source.
std::string render_sources(const model::Description& cpu, std::size_t width);

}  // namespace zp::analysis
