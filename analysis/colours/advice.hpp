// SPDX-License-Identifier: MIT
// How many zero pages a machine needs, from a measured sweep over the number of colours.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/stats/descriptive.hpp"
#include "analysis/views/placement_table.hpp"

namespace zp::analysis {

struct ColourPoint {
  std::uint64_t colours = 0;
  std::vector<std::optional<Summary>> cells;  // one per stride
  std::vector<bool> suffices;                 // one per stride: within the noise of the best
};

// Cells that differ in nothing but colours and stride, of one way to make coloured frames.
struct ColourAdvice {
  std::vector<NamePart> common;
  std::string made_by;  // "ksm_coloured" or "memfd_coloured"
  Metric metric;
  std::vector<std::string> strides;
  std::vector<ColourPoint> points;          // by ascending colours
  std::vector<std::uint64_t> best;          // one per stride: the N with the smallest median
  std::vector<std::uint64_t> smallest;      // one per stride: the smallest N that suffices
  std::optional<std::uint64_t> overall;     // the smallest N that suffices at every stride
  std::optional<std::uint64_t> compromise;  // without one: the N whose worst stride loses least
  double compromise_loss = 0;               // how much it loses there, as a share
  // N and stride without a figure that might have made an answer smaller; the one overall, too.
  std::vector<std::pair<std::uint64_t, std::string>> gaps;
  bool overall_is_bound = false;
};

// Within the noise of the best: the 95 % intervals overlap, or the medians differ by less than
// `threshold`.
inline constexpr double kColourThreshold = 0.02;
bool within_noise(const Summary& cell, const Summary& best, double threshold = kColourThreshold);

// One per arrangement of the rows; those with fewer than two numbers of colours are left out.
// ksm_single counts as one colour where ksm_coloured:1 is not there. Errors: kUsage when nothing is
// left, kNotComparable when the run was emulated.
Outcome<std::vector<ColourAdvice>> advise_colours(const ResultSet& set,
                                                  double threshold = kColourThreshold);

// No line longer than `width`.
std::string render_advice(const std::vector<ColourAdvice>& all, const ResultSet& set,
                          double threshold, std::size_t width);

}  // namespace zp::analysis
