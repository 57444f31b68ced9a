// SPDX-License-Identifier: MIT
// Pieces every picture is made of. Internal to analysis/plot.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/result_file.hpp"
#include "analysis/plot/gnuplot.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/views/placement_table.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {

// What the cells of a block share: "read, 64 MiB table, random walk, stride 4096 rotated".
std::string conditions_of(const PlacementBlock& block);

// With the machine, and whether it was emulated, in the conditions.
PlotTitle title_of(std::string_view what, std::string_view conditions, const Context& context);

// Round values between two positive ones, as many as an axis has room for: more of them where they
// lie close. None of values that are not positive.
std::vector<double> log_tics(double from, double to);

// A logarithmic axis with readable tics around the values times `factor`; linear when a value is
// not positive.
std::string log_axis(std::string_view axis, const std::vector<double>& values, double factor);

// The ends of an error bar as columns of data, times `factor`: gnuplot draws none between NaNs.
std::string bar_ends(const std::optional<Interval>& interval, double factor = 1);

// Where strides, sizes, ... stand below an axis: slanted where they are too long for a line, or
// in a narrow picture.
std::string word_tics(const std::vector<std::string>& words);

// Whether neither is beyond the noise of the other: advice's within_noise() both ways.
bool are_alike(const Summary& a, const Summary& b);

// Small letters, digits, - and _ only: a part of a file name.
std::string file_word(std::string_view text);

// "strides-read-64mib-random": the kind and what its rows share; another one than those of
// `others`.
std::string plot_name(std::string_view kind, const std::vector<NamePart>& common,
                      const std::vector<Plot>& others);

}  // namespace zp::analysis
