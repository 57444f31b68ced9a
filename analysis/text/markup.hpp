// SPDX-License-Identifier: MIT
// Names from other people's files, made harmless for each kind of markup.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zp::analysis {

// HTML text and attribute values: & < > " ' escaped, bytes that are not printable ASCII as \xNN.
std::string html_text(std::string_view text);

// One cell of a Markdown table: every character that means something to Markdown or HTML escaped.
std::string markdown_text(std::string_view text);

// A row of a Markdown table; cells are Markdown.
std::string markdown_row(const std::vector<std::string>& cells);

// Text for inside a ``` block: a backtick can't end it.
std::string fenced(std::string_view text);

// RFC 4180: quoted when needed, quotes doubled; visible_text() on one line. Text a spreadsheet
// would take for a formula gets a ' in front.
std::string csv_field(std::string_view text);

// Valid UTF-8 as it is; other bytes as the text \xNN.
std::string valid_utf8(std::string_view text);

// The same, and what a terminal would act upon or not show (control characters, marks that turn
// the direction of text, blanks of no width) as \xNN. Everything that is printed goes through
// it: the line ends of a text stay, those of a name are to be escaped before.
enum class LineEnds { kKeep, kEscape };
std::string visible_text(std::string_view text, LineEnds line_ends);

// A name, or text, in a line of KTAP: a '#' would start a directive, a '\\' quote one; a name has
// no blanks either. On one line, at most 400 characters.
std::string ktap_name(std::string_view name);
std::string ktap_text(std::string_view text);

// One word or name for machines: letters, digits and . _ - ; all else becomes '_'.
std::string machine_name(std::string_view text);

}  // namespace zp::analysis
