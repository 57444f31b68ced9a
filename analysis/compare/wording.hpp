// SPDX-License-Identifier: MIT
// What a comparison says in words, whatever the format.
#pragma once

#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"

namespace zp::analysis {

// The change as people's tables show it: a percentage where it is significant, "~" where both are
// the same, "~ [?]" where that could not be shown, "~ [n]" with too few values, "[0]" without
// ratio; "-3.0% [1]", "~ [1]" where one boot shows it, "[d]" where disturbed repetitions do.
std::string change_text(const Change& change);

// What one boot per side means for the table, one sentence; "" where it doesn't matter.
std::string one_boot_text(const Comparison& comparison);
// The same for formats that mark such changes: "[1] " in front where one is.
std::string one_boot_note(const Comparison& comparison);

// How many changes disturbed repetitions alone show; "" where none is.
std::string disturbed_text(const Comparison& comparison);

// What is beside a change, and what the change is of: "Figures are medians, ... ". "" of one value.
const char* figures_text(const Comparison& comparison);

// That hosts are the units, and how much they differ, one sentence; "" where others are.
std::string hosts_text(const Comparison& comparison);

// Which marks of change_text() a format prints; only what stands there is explained.
enum class Marks { kAll, kOneBootAndNoRatio, kNone };

// "Lower is better. ~: ...": direction, method, marks used, one boot, forced differences,
// errors, unmatched cells. Lines of at most `width`, each ended by '\n'.
std::string footnotes(const Comparison& comparison, std::size_t width, Marks marks = Marks::kAll);

// "[!] FORCED: num_cpus is '2' and '4'", "[#] ...": a line each.
std::string difference_notes(const Comparability& differences, std::size_t width);

// What footnotes() says of cells and files that were not compared, and a format without them has
// no line for: a text each.
std::vector<std::string> left_out(const Comparison& comparison, bool errors);

// How many units the rows of each side have: "9/5..9".
std::string sample_sizes(const Comparison& comparison);

// Unit and name of the figure: "ns per read", "L1d misses per read".
std::string figure_text(const Comparison& comparison);

// Labels of the sides, shortened to `width`, still different from each other.
std::vector<std::string> side_labels(const Comparison& comparison, std::size_t width);
// Lines that say what shortened labels stand for; "" when none was shortened.
std::string side_legend(const Comparison& comparison, std::size_t width, std::size_t label_width);

}  // namespace zp::analysis
