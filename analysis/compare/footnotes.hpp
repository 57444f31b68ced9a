// SPDX-License-Identifier: MIT
// What stands below a comparison, whatever the format: how changes were told, what marks mean, and
// what was not compared.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/compare/comparison.hpp"

namespace zp::analysis {

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

}  // namespace zp::analysis
