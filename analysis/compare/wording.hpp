// SPDX-License-Identifier: MIT
// What a comparison says in words, whatever the format.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"

namespace zp::analysis {

// A name from another file can be of any length and there can be 100 000: the text stays readable.
inline constexpr std::size_t kLongestListed = 200;

// Whether a change is undecided for that reason.
bool any_doubt(const Comparison& comparison, Doubt doubt);

// The change as people's tables show it: a percentage where it is significant, "~" where both are
// the same, "~ [?]" where that could not be shown, "~ [n]" with too few values, "[0]" without
// ratio; "-3.0% [1]", "~ [1]" where one boot shows it, "[h]" where sides of other hosts do, "[d]"
// where disturbed repetitions do; "-" where the side lacks the cell.
std::string change_text(const Change& change);

// The median of a side, four digits of it, "-" where the side lacks the row.
std::string side_figure(const Comparison& comparison, const Summary& side);

// What one boot per side means for the table, one sentence; "" where it doesn't matter.
std::string one_boot_text(const Comparison& comparison);
// The same for formats that mark such changes: "[1] " in front where one is.
std::string one_boot_note(const Comparison& comparison);
// The same of sides that are of different hosts, "[h]".
std::string other_hosts_text(const Comparison& comparison);
std::string other_hosts_note(const Comparison& comparison);

// How many changes mostly disturbed repetitions show; "" where none is.
std::string disturbed_text(const Comparison& comparison);

// What stands next to a change, and what the change is of: "Figures are medians, ... ". "" of one
// value.
const char* figures_text(const Comparison& comparison);

// That hosts are the units, and how much they differ, one sentence; "" where others are.
std::string hosts_text(const Comparison& comparison);

// How many units the rows of each side have: "9/5..9".
std::string sample_sizes(const Comparison& comparison);

// Unit and name of the figure: "ns per read", "L1d misses per read".
std::string figure_text(const Comparison& comparison);

// Labels of the sides, shortened to `width`, still different from each other.
std::vector<std::string> side_labels(const Comparison& comparison, std::size_t width);
// Lines that say what shortened labels stand for; "" when none was shortened.
std::string side_legend(const Comparison& comparison, std::size_t width, std::size_t label_width);

}  // namespace zp::analysis
