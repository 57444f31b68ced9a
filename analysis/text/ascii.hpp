// SPDX-License-Identifier: MIT
// Text that is safe to print: plain ASCII, of bounded width, numbers of three digits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/support/wrap.hpp"

namespace zp::analysis {

// At most `width` characters of printable text; what is too long loses its middle: "abc..xyz".
std::string shorten(std::string_view text, std::size_t width);

// Lines of at most `width` that together are all of the printable text: broken after '/', ',', '<'
// and blanks where that leaves no short line; those that follow begin with two blanks. For names in
// tables: whole, and so never the same for two of them. REQUIRES: width > 4.
std::vector<std::string> fold(std::string_view text, std::size_t width);

// Labels of at most `width`, different from each other where the texts are, and the same where they
// are: without their ends (".."), without what all begin and end with, or without their middles;
// what would still be the same gets a number. `shown` makes a text fit to be seen.
// REQUIRES: width >= 8.
std::vector<std::string> distinct_labels(const std::vector<std::string>& texts, std::size_t width,
                                         std::string (*shown)(std::string_view) = printable);

std::size_t widest_line(std::string_view text);

// With a capital in front, where a letter is.
std::string capitalised(std::string text);

// "a, b", without those that are empty.
std::string comma_list(const std::vector<std::string>& parts);

// Three significant digits, no exponent below a million: 0.000123, 0.380, 1.20, 12.3, 123, 1234.
std::string three_digits(double value);

// The same with four: next to a change that is given to a tenth of a percent.
std::string four_digits(double value);

// Decimals for a column of figures that shall line up: `digits` significant digits for the largest,
// at least one less for the smallest; at most 6.
int common_decimals(const std::vector<double>& values, int digits = 3);

// `value` with these decimals; in powers of ten where they would show none of it, or too much.
std::string aligned_number(double value, int decimals);

}  // namespace zp::analysis
