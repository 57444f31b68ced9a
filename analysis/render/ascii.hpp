// SPDX-License-Identifier: MIT
// Text that is safe to print: plain ASCII, of bounded width, numbers of three digits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zp::analysis {

// Bytes outside ' '..'~' become \xNN: names come from other people's files.
std::string printable(std::string_view text);

// At most `width` characters of printable text; what is too long loses its middle: "abc..xyz".
std::string shorten(std::string_view text, std::size_t width);

// Breaks printable text into lines of at most `width` at blanks; longer words are cut.
// Every line but the first starts with `indent` blanks; the first keeps the blanks it starts with.
// REQUIRES: width > indent + 8.
std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t indent = 0);

// The same, joined, each line ended by '\n'.
std::string paragraph(std::string_view text, std::size_t width, std::size_t indent = 0);

// Three significant digits, no exponent below a million: 0.000123, 0.380, 1.20, 12.3, 123, 1234.
std::string three_digits(double value);

// Decimals for a column of figures that shall line up: three significant digits for the largest,
// at least two for the smallest; at most 6.
int common_decimals(const std::vector<double>& values);

}  // namespace zp::analysis
