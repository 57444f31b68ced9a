// SPDX-License-Identifier: MIT
// What several formats say in the same words. Internal to analysis/render.
#pragma once

#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"

namespace zp::analysis {

// "+31.8%", "-0.3%"; of a ratio new/base.
std::string percent_change(double ratio);

// The change as people's tables show it: a percentage where it is significant, "~" where both are
// the same, "~ [?]" where that could not be shown, "~ [n]" with too few values, "[0]" without
// ratio; "-3.0% [1]", "~ [1]" where one boot shows it.
std::string change_text(const Change& change);

// "- is faster", "+ is better"; "" where neither is.
std::string direction_text(const Metric& metric);

// What one boot per side means for the table, one sentence; "" where it doesn't matter.
std::string one_boot_text(const Comparison& comparison);

// "Lower is better. ~: ...": direction, method, marks used, one boot, forced differences,
// errors, unmatched cells. Lines of at most `width`, each ended by '\n'.
// Formats that show no marks (~, [?]) need none explained.
std::string footnotes(const Comparison& comparison, std::size_t width, bool marks = true);

// Rows that are no measurement, "ksm_zero_page (4 cells): reason": what can't be made here fails in
// every cell.
std::vector<std::string> grouped_errors(const std::vector<ErrorRow>& errors);
// The same as lines of at most `width`, two blanks in front.
std::string error_list(const std::vector<ErrorRow>& errors, std::size_t width);

// Unit and name of the figure: "ns per read", "L1d misses per read".
std::string figure_text(const Comparison& comparison);

// Labels of the sides, shortened to `width`, still different from each other.
std::vector<std::string> side_labels(const Comparison& comparison, std::size_t width);
// Lines that say what shortened labels stand for; "" when none was shortened.
std::string side_legend(const Comparison& comparison, std::size_t width, std::size_t label_width);

// One word or name for machines: letters, digits and . _ - ; all else becomes '_'.
std::string machine_name(std::string_view text);

}  // namespace zp::analysis
