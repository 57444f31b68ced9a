// SPDX-License-Identifier: MIT
// Pictures of letters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/plot/letter_rows.hpp"
#include "analysis/plot/shades.hpp"

namespace zp::analysis {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(LetterRows, OneLinePerRowOnOneAxis) {
  const std::vector<LetterRow> rows{{"walk"},
                                    {"  64", {{1, 'a'}, {10, 'b', Interval{5, 20}}}, "+3%"},
                                    {"  4096/rotated", {{2, 'a'}, {2.01, 'b'}}, "-10%"}};
  EXPECT_EQ(letter_rows("ns: a one, b two", rows, 3.0),
            R"(ns: a one, b two, * several

walk
  64           | a                 :        ------------b-----------  +3%
  4096/rotated |            *      :                                  -10%
               +-+-----+----+------+--------+-----+-----+------+---+-
                 1    1.5   2      3        5     7    10     15  20
)");
}

TEST(LetterRows, WordsOfTheAxisKeepApart) {
  std::vector<AxisTic> tics;
  for (int i = 1; i <= 100; ++i) tics.push_back({static_cast<double>(i), "x" + std::to_string(i)});
  const auto picture = letter_rows("", {{"row", {{1, 'o'}, {100, 'o'}}}}, tics);
  const auto words = picture.substr(picture.rfind("x1 ") - 10);
  EXPECT_THAT(words, Not(testing::ContainsRegex("x[0-9]+x")));
  EXPECT_THAT(words, HasSubstr(" x66 x87\n"));
}

TEST(LetterRows, NothingWhereThereIsNoLogarithm) {
  EXPECT_EQ(letter_rows("", {{"row", {{0, 'o'}}}}), "");
  EXPECT_EQ(letter_rows("", {{"row", {{1, 'o', Interval{-1, 2}}}}}), "");
  EXPECT_EQ(letter_rows("", {{"heading"}}), "");
}

TEST(Shades, WhatGnuplotWritesFollowsTheReader) {
  const auto svg = follow_colour_scheme(
      "<?xml version='1.0'?>\n<svg width=\"8\"><rect fill=\"#ffffff\"/><g fill=\"rgb(34,34,34)\">"
      "<path stroke='rgb( 34,  34,  34)'/><path stroke='rgb(221, 221, 221)'/>"
      "<path stroke='rgb(  0, 114, 178)' color='#FFFFFF'/><text>rgb(34,34,34) "
      "#ffffff</text></svg>");
  EXPECT_THAT(svg, HasSubstr("<svg width=\"8\"><style>:root{--paper:#ffffff;"));
  EXPECT_THAT(svg, HasSubstr("</style><rect fill=\"var(--paper)\"/><g fill=\"var(--ink)\">"
                             "<path stroke='var(--ink)'/><path stroke='var(--grid)'/>"
                             "<path stroke='rgb(  0, 114, 178)' color='var(--paper)'/>"
                             "<text>rgb(34,34,34) #ffffff</text></svg>"));
  EXPECT_EQ(follow_colour_scheme("no picture"), "no picture");
}

}  // namespace
}  // namespace zp::analysis
