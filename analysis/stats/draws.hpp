// SPDX-License-Identifier: MIT
// Luck of frames apart from noise of time.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace zp::analysis {

// Standard deviations of logarithms: 0.01 is 1 %.
struct DrawSpread {
  double between = 0;  // passes, beyond what their repetitions explain: the draws
  double within = 0;   // repetitions of one pass
};

// One-way analysis of variance over the values of each pass, one list per pass. `between` is 0
// where the passes differ no more than repetitions do. nullopt for fewer than two passes, for one
// repetition per pass (both are one figure then), and where a value is not positive. `hosts`: that
// of each pass, where there are several; what they differ in is no draw, so passes are held against
// others of their host.
std::optional<DrawSpread> draw_spread(std::span<const std::vector<double>> passes,
                                      std::span<const std::size_t> hosts = {});

}  // namespace zp::analysis
