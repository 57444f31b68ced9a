// SPDX-License-Identifier: MIT
// Text in lines of a terminal or a mail.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zp {

// Columns of all that is printed, where nobody says otherwise: mails quote it without wrapping.
inline constexpr std::size_t kTextWidth = 75;

// Bytes outside ' '..'~' become \xNN: names come from other people's files.
std::string printable(std::string_view text);

// Where to break text[begin..] so that at most `room` characters stand before: after a '/', ',',
// '<' or blank where that leaves no short line, else not within a number.
std::size_t break_after(std::string_view text, std::size_t begin, std::size_t room);

// Breaks printable text into lines of at most `width` at blanks; longer words are cut, after a '/'
// or ',' if they can be, or stand alone on a line that is too long.
// Every line but the first starts with `indent` blanks; the first keeps the blanks it starts with.
// REQUIRES: width > indent + 8.
enum class LongWords { kCut, kKeep };
std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t indent = 0,
                              LongWords long_words = LongWords::kCut);

// The same, joined, each line ended by '\n'.
std::string paragraph(std::string_view text, std::size_t width, std::size_t indent = 0);

// For what follows a label of `indent` columns, and is continued below itself; words are kept
// whole.
std::string hanging(std::string_view text, std::size_t indent);

}  // namespace zp
