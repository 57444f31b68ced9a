// SPDX-License-Identifier: MIT
// Pieces of HTML pages that need nothing else: no network, and no script but those named by their
// hash.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/views/paired.hpp"

namespace zp::analysis {

// What every page of ours begins with, so that it may be replaced.
inline constexpr std::string_view kPageStart =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"generator\" content=\"zpanalyze\">\n";

// Head, style, and the heading. `script`: the one script that may run; "" for none.
std::string page_start(std::string_view title, std::string_view script = {});
std::string page_end();

std::string base64(std::string_view bytes);

// <name>text</name>, the text escaped.
std::string element(const char* name, std::string_view text);

// A row of header cells ("th"), or of labels and figures ("td"). Cells are HTML.
std::string table_row(const char* cell, const std::vector<std::string>& cells, std::size_t labels);

// A heading; it is where the list of contents points.
std::string section_start(std::string_view title);
std::string note(std::string_view text);
// A table that may be wider than a phone, up to its first row, and what ends it.
std::string table_start(const std::vector<std::string>& head, std::size_t labels);
inline constexpr const char* kTableEnd = "</tbody></table></div>\n";
// "0.804 [0.685, 0.944]": the interval small and below.
std::string with_interval(const std::string& figure);

// A page has room: names stay whole, but for those that nobody could read.
inline constexpr std::size_t kLongestCell = 1000;

// The class that the style sheet has for it.
std::string_view class_of(Effect effect);

// Plain text for <pre>, line by line: html_text shows line ends as text.
std::string html_lines(const std::string& plain);

}  // namespace zp::analysis
