// SPDX-License-Identifier: MIT
// Pictures through gnuplot: scripts with inline data, kept next to the picture.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/plot/shades.hpp"
#include "harness/support/error.hpp"

namespace zp::analysis {

// What is drawn; and under which conditions, on which machine. Any text.
struct PlotTitle {
  std::string what, conditions, host = {};
};

// What to draw, whatever the terminal. All text in `setup` and `draw` went through plot_text().
struct Plot {
  std::string name;     // of the files, without extension: letters, digits, - and _
  std::string caption;  // one sentence for reports: what is seen, which direction is better
  std::string setup;    // data blocks and settings
  std::string draw;     // the plot command(s)
  PlotTitle title = {};
  std::string letters = {};  // the picture as text where gnuplot's own would be hard to read
  int height_px = 480;
  int height_lines = 26;  // as text
};

struct Picture {
  std::string extension;  // svg, png, txt
  Theme theme = Theme::kLight;
  int width_px = 800;
  int font_px = 14;
};

// For a phone: the key is below, and the title has as many lines as it needs.
inline constexpr int kNarrowPx = 360;
Picture narrow_svg();

// A single-quoted gnuplot string. Only printable ASCII without quotes, backticks, backslashes, $
// and @ gets in, at most `longest` characters: nothing in it can be code.
std::string plot_text(std::string_view text, std::size_t longest = 90);

// The same of several, and no two alike where the texts are not.
std::vector<std::string> plot_labels(const std::vector<std::string>& texts, std::size_t longest);

// As plot_labels, each at its place on an axis: "'a' 0, 'b' 1". gnuplot takes the labels of tics
// for formats of printf's kind.
std::string tics_at(const std::vector<std::string>& texts, std::size_t longest,
                    const std::vector<double>& places);
// At 0, 1, ...; of more than fit side by side every second, third, ... only.
inline constexpr std::size_t kMostTics = 20;
std::string tics_of(const std::vector<std::string>& texts, std::size_t longest);

// The whole script; draws every picture to "<name>.<extension>" in the current directory. A narrow
// picture leaves its key to those after it: draw it by itself.
inline constexpr std::string_view kScriptStart = "# Draws ";
// Stand in every picture that has words: an SVG, a text.
inline constexpr std::string_view kSvgMark = "<title>zpanalyze</title>";
inline constexpr std::string_view kTextMark = "(drawn by zpanalyze)";
std::string gnuplot_script(const Plot& plot, const std::vector<Picture>& pictures);

// Writes <directory>/<name>.gp and runs gnuplot on it there. Errors: kCannotRun when there is no
// gnuplot (the script is left), kFailed with gnuplot's own words, kUsage when nothing can be
// written. Returns the paths of the pictures.
Outcome<std::vector<std::string>> draw(const Plot& plot, const std::vector<Picture>& pictures,
                                       const std::string& directory);

}  // namespace zp::analysis
