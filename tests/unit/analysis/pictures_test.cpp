// SPDX-License-Identifier: MIT
// What a picture's script holds: axes that can be read whatever the values, and the right rows; and
// pictures of letters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/colours/advice.hpp"
#include "analysis/plot/letter_rows.hpp"
#include "analysis/plot/plot_parts.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/plot/shades.hpp"
#include "tests/unit/analysis/judged_rows.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(Tics, AreAsManyAsAnAxisHasRoomFor) {
  EXPECT_THAT(log_tics(0.9, 11), ElementsAre(1, 1.5, 2, 3, 5, 7, 10));
  for (const double decades : {0.003, 0.02, 0.1, 0.3, 1.0, 3.0, 5.0, 6.0, 12.0, 30.0, 200.0}) {
    const auto tics = log_tics(1e-90, 1e-90 * std::pow(10, decades));
    EXPECT_GE(tics.size(), 3U) << decades;
    EXPECT_LE(tics.size(), 20U) << decades;
  }
  EXPECT_THAT(log_tics(2, 2), ElementsAre(2));  // no room for others
  EXPECT_THAT(log_tics(0, 2), ElementsAre());
}

TEST(Tics, OfManyWordsSomeStandForAll) {
  std::vector<std::string> words;
  for (int i = 0; i < 100; ++i) words.push_back(std::to_string(i));
  EXPECT_THAT(tics_of(words, 14), testing::StartsWith("'0' 0, '5' 5, '10' 10"));
  EXPECT_THAT(word_tics(words), HasSubstr("(1 ? -30"));
  EXPECT_THAT(word_tics({"64", "256"}), HasSubstr("(narrow ? -30"));
}

TEST(Strides, NothingBelowZeroIsCutOff) {
  const auto axis = [](double ns) {
    const auto name = [](const char* placement) {
      return fmt::format("read/placement:{}/table:4096/stride:64/walk:random", placement);
    };
    const ResultSet set = claim_set(
        {{name("private"), {{"ns_per_read", 3}}}, {name("ksm_single"), {{"ns_per_read", ns}}}});
    return plot_strides(placement_table(set, "ns_per_read"), set).at(0).setup;
  };
  EXPECT_THAT(axis(2), HasSubstr("set logscale y"));
  EXPECT_THAT(axis(0), HasSubstr("set yrange [0:*]"));
  EXPECT_THAT(axis(-2), HasSubstr("set yrange [*:*]"));
}

// A bar of no length would look like an interval that is tight.
TEST(ErrorBars, OneValueHasNone) {
  const auto scripts = [](std::size_t passes) {
    std::vector<std::vector<Row>> rows(passes);
    for (std::size_t pass = 0; pass < passes; ++pass) {
      for (const char* placement : {"private", "ksm_single", "ksm_default", "ksm_zero_page",
                                    "ksm_coloured:2", "ksm_coloured:8", "ksm_coloured:64"})
        rows[pass].push_back(
            {fmt::format("read/placement:{}/table:4096/stride:64/walk:random", placement),
             {{"ns_per_read", static_cast<double>(std::string(placement).size() + pass)}}});
      for (const char* placement : {"private", "ksm_single"})
        rows[pass].push_back({fmt::format("kernels/placement:{}/table:4096/loop:sum", placement),
                              {{"bytes_per_second", 1e9 + static_cast<double>(pass)}}});
    }
    const ResultSet set = set_of_passes(rows);
    const auto table = placement_table(set, "ns_per_read");
    std::map<std::string, bool> without_bars;
    for (const auto& kind : plot_kinds())
      for (const auto& plot : kind.make({set, table, knob_table(set), loop_table(set)}))
        without_bars[kind.name] = plot.setup.find(" NaN NaN\n") != std::string::npos;
    return without_bars;
  };
  EXPECT_THAT(scripts(1), ElementsAre(Pair("colours", true), Pair("knob", true),
                                      Pair("programs", true), Pair("strides", true)));
  EXPECT_THAT(scripts(3), Each(Pair(testing::_, false)));
}

// White is what can't be told apart, and one value can't be: a picture that is all white is none.
TEST(HeatMap, OneValueIsApartFromNothing) {
  const auto pictures = [](std::size_t passes) {
    std::vector<Row> rows;
    for (const char* table : {"4096", "8192"})
      for (const char* placement : {"ksm_single", "private"})
        rows.push_back(
            {fmt::format("read/placement:{}/table:{}/stride:64/walk:random", placement, table),
             {{"ns_per_read", placement[0] == 'k' ? 2 : 1}}});
    const ResultSet set = set_of_passes(std::vector<std::vector<Row>>(passes, rows));
    const auto table = placement_table(set, "ns_per_read");
    const auto kind = std::ranges::find(plot_kinds(), std::string_view("heatmap"), &PlotKind::name);
    return kind->make({set, table, knob_table(set), std::nullopt}).size();
  };
  EXPECT_EQ(pictures(1), 0U);
  EXPECT_EQ(pictures(3), 1U);
}

// One table was read with fixed offsets alone, the other with both: each has rows of its own.
TEST(HeatMap, StridesAreNamedWithTheirOffsets) {
  std::vector<Row> rows;
  for (const char* where :
       {"4096/stride:64/walk:random", "8192/stride:64/walk:random",
        "4096/stride:4096/walk:random/offset:rotated", "8192/stride:4096/walk:random/offset:fixed",
        "8192/stride:4096/walk:random/offset:rotated"})
    for (const char* placement : {"ksm_single", "ksm_coloured:8"})
      rows.push_back({fmt::format("read/placement:{}/table:{}", placement, where),
                      {{"ns_per_read", placement[4] == 's' ? 2 : 1}}});
  const ResultSet set = set_of_passes(std::vector<std::vector<Row>>(3, rows));
  const auto table = placement_table(set, "ns_per_read");
  EXPECT_EQ(table.blocks.at(0).whole_strides, (std::vector<std::string>{"64", "4096/rotated"}));
  const auto kind = std::ranges::find(plot_kinds(), std::string_view("heatmap"), &PlotKind::name);
  EXPECT_THAT(kind->make({set, table, knob_table(set), std::nullopt}).at(0).setup,
              HasSubstr("('64' 0, '4096/fixed' 1, '4096/rotated' 2)"));
  const auto advice = value_of(advise_colours(set));
  EXPECT_EQ(advice.at(0).strides, (std::vector<std::string>{"64", "4096/rotated"}));
}

// Figures are of the passes that both have, as their change is.
TEST(Knob, FiguresHaveIntervalsWhereTheirChangeHasOne) {
  const auto caption = [](std::size_t last_of_off) {
    std::vector<std::vector<Row>> passes(4);
    for (std::size_t pass = 0; pass < passes.size(); ++pass)
      for (const char* placement : {"ksm_default", "ksm_zero_page"})
        if (placement[4] == 'd' ? pass <= last_of_off : pass >= 1)
          passes[pass].push_back(
              {fmt::format("read/placement:{}/table:4096/stride:64/walk:random", placement),
               {{"ns_per_read", 1 + 0.01 * static_cast<double>(pass)}}});
    const ResultSet set = set_of_passes(passes);
    const auto table = placement_table(set, "ns_per_read");
    return plot_kinds()[0].make({set, table, knob_table(set), std::nullopt}).at(0).caption;
  };
  EXPECT_THAT(caption(3), Not(HasSubstr("none")));
  EXPECT_THAT(caption(2), HasSubstr("(none with fewer than 3 passes or boots)"));
}

TEST(Knob, PicturesAreCalledByWhatTellsTheirRowsApart) {
  std::vector<std::vector<Row>> passes(3);
  for (auto& pass : passes)
    for (const char* placement : {"ksm_default", "ksm_zero_page"})
      for (int node = 0; node < 2; ++node)
        pass.push_back({fmt::format("read/placement:{}/table:4096/stride:64/walk:random/node:{}",
                                    placement, node),
                        {{"ns_per_read", 1}}});
  const ResultSet set = set_of_passes(passes);
  const auto plots = plot_kinds()[0].make(
      {set, placement_table(set, "ns_per_read"), knob_table(set), std::nullopt});
  ASSERT_EQ(plots.size(), 2U);
  EXPECT_EQ(plots[0].name + ", " + plots[1].name, "knob-4kib-node_0, knob-4kib-node_1");
}

TEST(Drift, CountsWhatIsInThePicture) {
  std::vector<std::vector<Row>> passes(9);
  for (std::size_t pass = 0; pass < passes.size(); ++pass)
    for (int i = 0; i < 9; ++i)
      passes[pass].push_back(
          {"read/placement:private/table:4096/stride:64/walk:random",
           {{"ns_per_read", pass == 8 ? 1000 : 1}, {"cpu_share", 1}, {"start_s", i}}});
  const ResultSet set = set_of_passes(passes);
  const auto caption = plot_stability(set, "ns_per_read").at(0).caption;
  EXPECT_THAT(caption, HasSubstr("The first 7 passes."));
  EXPECT_THAT(caption, Not(HasSubstr("outside")));
  const auto title = [](const ResultSet& drawn, const char* metric) {
    const auto plot = plot_stability(drawn, metric).at(0);
    return plot.title.what + ": " + plot.title.conditions;
  };
  EXPECT_EQ(title(set, "ns_per_read"), "Drift: the first 7 passes over time: ");
  EXPECT_EQ(title(set, "cpu_share"),
            "Drift: the first 7 passes over time: share of a CPU that the threads had");
  passes.resize(7);
  EXPECT_EQ(title(set_of_passes(passes), "ns_per_read"), "Drift: every repetition over time: ");
}

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
