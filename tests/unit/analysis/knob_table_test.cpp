// SPDX-License-Identifier: MIT
// The knob table: what it counts as a change, by passes, and the sentence made of it.
#include "analysis/views/knob_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "analysis/text/ascii.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "tests/unit/analysis/judged_rows.hpp"

namespace zp::analysis {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct KnobRow {
  std::string walk, stride;
  std::uint64_t table_bytes;
  // ns of ksm_default and ksm_zero_page in pass 0, 1, ...
  std::function<double(int pass)> off, on;
};

struct Sample {
  int passes = 5;
  bool emulated = false;
  // Where ksm_default's frames lie in pass 0, 1, ...; L2 has 16 page colours.
  std::function<test::RowFigures(int pass)> lie = [](int) { return test::RowFigures(); };
  std::string machine = R"("machine.virtualisation": "none")";
};

// As zpbench names them; a second repetition that is far off must not matter more than a pass does.
KnobTable table_of(const std::vector<KnobRow>& rows, const Sample& sample = {}) {
  std::vector<std::vector<test::Row>> passes(static_cast<std::size_t>(sample.passes));
  for (int pass = 0; pass < sample.passes; ++pass)
    for (const auto& [walk, stride, table, off, on] : rows)
      for (const bool is_on : {false, true}) {
        const auto slash = std::min(stride.find('/'), stride.size());
        const auto name =
            fmt::format("{}/placement:{}/table:{}/stride:{}/walk:{}{}/threads:1/manual_time",
                        walk == "dependent" ? "latency" : "read",
                        is_on ? "ksm_zero_page" : "ksm_default", table, stride.substr(0, slash),
                        walk, slash == stride.size() ? "" : "/offset:" + stride.substr(slash + 1));
        const double ns = is_on ? on(pass) : off(pass);
        if (std::isnan(ns)) continue;  // an error row
        auto figures = is_on ? test::RowFigures() : sample.lie(pass);
        figures.insert(figures.end(),
                       {{"frames", is_on ? 1 : table / 4096 / 256}, {"ns_per_read", 0}});
        for (const double factor : {1.0, 1.0, 9.0}) {
          figures.back().second = factor * ns;
          passes[static_cast<std::size_t>(pass)].push_back({name, figures});
        }
      }
  return knob_table(test::run_of(
      passes, fmt::format(R"("schema": "zpbench-1", "cpu.model": "Sample CPU", )"
                          R"("cpu.family": "25-1", "page_size_bytes": "4096", )"
                          R"("machine.emulated": "{}", "cache.l2.size_bytes": "1048576", )"
                          R"("cache.l2.ways": "16", {})",
                          sample.emulated, sample.machine)));
}

// Steady but for a thousandth, another one in each pass.
std::function<double(int)> about(double ns) {
  return [ns](int pass) { return ns * (1 + 0.001 * ((pass * 7) % 5 - 2)); };
}

constexpr auto kError = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t kFits = 64 << 20, kDoesNotFit = 1 << 30;

std::vector<KnobRow> both_ways() {
  return {{"random", "4096/fixed", kFits, about(2.84), about(4.23)},
          {"random", "4096/fixed", kDoesNotFit, about(7.0), about(4.3)},
          {"sequential", "64", kFits, about(0.40), [](int p) { return about(0.40)(p + 1); }},
          {"dependent", "4096/rotated", kFits, about(10), [](int p) { return 10 + p % 2 * 4.0; }}};
}

TEST(KnobTable, SaysTheLargestLossAndTheLargestGainAndWhere) {
  const auto table = table_of(both_ways());
  ASSERT_EQ(table.blocks.size(), 2U);
  EXPECT_EQ(table.blocks[0].fits(), true);
  EXPECT_EQ(table.blocks[1].fits(), false);
  for (const auto effect : {Effect::kSlower, Effect::kFaster, Effect::kSame, Effect::kUndecided})
    EXPECT_EQ(table.count(effect), 1U);
  EXPECT_THAT(
      knob_sentence(table),
      AllOf(testing::StartsWith(
                "On this CPU (Sample CPU, family 25 model 1: Zen 3) use_zero_pages=1 makes "
                "reads slower in 1 of 4 rows (64 MiB: random 4096/fixed), most by +48.9%"),
            HasSubstr("random walk, stride 4096/fixed, 64 MiB table, whose 64 shared frames fit "
                      "L2), and faster in 1 (1 GiB: random 4096/fixed), most by -38.6%"),
            HasSubstr("1 GiB table, whose 1024 shared frames do not fit L2); 1 the same within 2 "
                      "% (64 MiB: sequential 64), 1 undecided.")));
  EXPECT_THAT(knob_footnote(table), AllOf(HasSubstr("Shared frames fit L2 where their bytes do."),
                                          Not(HasSubstr("colour"))));
}

TEST(KnobTable, TheUnitIsThePass) {
  // Fifteen repetitions agree within each pass, but the passes do not.
  const std::vector<KnobRow> rows{{"random", "4096/fixed", kFits, about(3),
                                   [](int pass) { return pass % 2 == 0 ? 3.0 : 4.0; }}};
  const auto table = table_of(rows);
  EXPECT_EQ(table.count(Effect::kUndecided), 1U);
  EXPECT_THAT(knob_sentence(table), HasSubstr("no change by use_zero_pages=1 is beyond doubt"));
  const auto interval = value_of(table.blocks[0].rows[0].change.interval);
  EXPECT_LT(interval.low, 1);
  EXPECT_GT(interval.high, 1.2);
}

TEST(KnobTable, ADrawThatBothSidesShareCancelsWithinThePass) {
  const auto drifting = [](double ns) {
    return [ns](int pass) { return ns * (1 + 0.1 * pass) * (1 + 0.001 * (pass % 2)); };
  };
  const std::vector<KnobRow> rows{{"random", "4096/fixed", kFits, drifting(3), about(3.6)},
                                  {"random", "1024", kFits, drifting(3), drifting(3.3)}};
  const auto table = table_of(rows);
  EXPECT_EQ(table.blocks[0].rows[0].change.effect, Effect::kSlower);  // 1024
  EXPECT_EQ(table.blocks[0].rows[1].change.effect, Effect::kUndecided);
}

// Ten calm rows say what noise is usual, so that three passes decide; a t test of each row alone
// would leave a change of 10 % within noise of 1 % undecided after Holm (p about 0.03 at best).
TEST(KnobTable, RowsLendEachOtherWhatIsKnownOfTheNoise) {
  const auto noisy = [](double ns, int row) {
    return [ns, row](int pass) { return ns * (1 + 0.01 * ((pass * (row + 3) + row) % 3 - 1)); };
  };
  std::vector<KnobRow> rows;
  for (int i = 0; i < 10; ++i)
    rows.push_back({"random", std::to_string(64 << i), kFits, about(3), noisy(3, i)});
  rows.push_back({"sequential", "64", kFits, about(3), noisy(3.3, 1)});
  const auto table = table_of(rows, {.passes = 3});
  EXPECT_EQ(table.blocks[0].rows[0].change.effect, Effect::kSlower);  // sequential stands first
  EXPECT_EQ(table.count(Effect::kSlower), 1U);
  EXPECT_EQ(table.count(Effect::kFaster), 0U);
}

TEST(KnobTable, WhatIsNearlyBeyondDoubtIsCalledProbable) {
  std::vector<KnobRow> rows;
  for (int i = 0; i < 3; ++i)
    rows.push_back({"random", std::to_string(64 << i), kFits, about(3), about(3)});
  rows.push_back(
      {"random", "4096/fixed", kFits, about(3), [](int pass) { return 3.6 + 0.2 * pass; }});
  const auto table = table_of(rows, {.passes = 4});
  EXPECT_EQ(table.count(Effect::kSlower), 0U);
  EXPECT_EQ(table.count(Effect::kSlower, &PairedChange::probable), 1U);
  EXPECT_THAT(knob_sentence(table),
              HasSubstr("no change by use_zero_pages=1 is beyond doubt, but probably (p < 0.05) "
                        "slower in 1, most by +29."));
  EXPECT_THAT(knob_sentence(table), HasSubstr(", 0 undecided."));
  EXPECT_THAT(render_knob_table(table, 75), HasSubstr("% ?"));
}

TEST(KnobTable, OneDirectionOnlyIsSaidAsSuch) {
  const auto sentence = [](double off, double on) {
    return knob_sentence(table_of({{"random", "64", kFits, about(off), about(on)}}));
  };
  EXPECT_THAT(sentence(1, 2),
              AllOf(HasSubstr("slower in 1 of 1 row (64 MiB: random 64), most by +100% ("),
                    HasSubstr("; in none faster; 0 the same")));
  EXPECT_THAT(sentence(2, 1),
              AllOf(HasSubstr("makes reads faster in 1 of 1 row (64 MiB: random 64), most by "
                              "-50.0%"),
                    HasSubstr("; in none slower; 0 the same")));
  EXPECT_EQ(
      sentence(2, 2),
      "On this CPU (Sample CPU, family 25 model 1: Zen 3) use_zero_pages=1 changes no read: the "
      "only row is the same within 2 %.");
}

TEST(KnobTable, FewerThanThreePassesHaveNoInterval) {
  for (const int passes : {1, 2}) {
    const auto table = table_of(both_ways(), {.passes = passes});
    EXPECT_EQ(table.count(Effect::kUndecided), 4U);
    for (const auto& block : table.blocks)
      for (const auto& row : block.rows) {
        EXPECT_FALSE(row.change.interval);
        EXPECT_FALSE(row.figures.back()->interval);
      }
    EXPECT_THAT(knob_sentence(table), HasSubstr("can't be said from"));
    EXPECT_THAT(render_knob_table(table, 75), AllOf(HasSubstr("No intervals: fewer than 3 passes"),
                                                    Not(HasSubstr("+-")), HasSubstr("+48.9%")));
  }
  EXPECT_TRUE(table_of(both_ways(), {.passes = 3}).blocks[0].rows[0].change.interval);
}

TEST(KnobTable, AbsentWithoutItsRowsAndUnderEmulation) {
  EXPECT_EQ(render_knob_table(table_of(both_ways(), {.emulated = true}), 75), "");
  EXPECT_EQ(knob_sentence(table_of({})), "");
  EXPECT_EQ(render_knob_markdown(table_of({})), "");
}

TEST(KnobTable, FitsIn75Columns) {
  auto rows = both_ways();
  rows.push_back({"dependent", "1024", kDoesNotFit, about(105.25), about(310.5)});
  rows.push_back({"sequential", "8", kDoesNotFit, about(0.08903),
                  [](int p) { return 0.07 + 0.03 * (p % 2); }});
  rows.push_back({"dependent", "4096/rotated", kDoesNotFit, about(310),
                  [](int p) { return 99 + 40.0 * (p % 2); }});
  const auto text = render_knob_table(table_of(rows), 75);
  EXPECT_LE(widest_line(text), 75U) << text;
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("64 MiB table: ksm_default has 64 frames (256 KiB), which fit L2 (1 MiB):"),
            HasSubstr("1 GiB table: ksm_default has 1024 frames (4 MiB), too many for L2")));
}

TEST(KnobTable, FitsWhateverStandsInTheFile) {
  const auto wide = [](const std::string& walk, const std::string& stride, double off, double on) {
    return KnobRow{walk, stride, kFits, about(off), about(on)};
  };
  const std::string word(20, 'w'), other = word + "x";
  const auto text = render_knob_table(
      table_of({wide(word, word, 1e18, 1e-9), wide(word, other, 1e-18, 1e18),
                wide(other, "4096/" + word, 1e-50, 1e40), wide("random", "4096/fixed", 1e40, 3)}),
      75);
  EXPECT_LE(widest_line(text), 75U) << text;
  EXPECT_THAT(text, AllOf(HasSubstr("1e18"), Not(HasSubstr("0.000"))));
}

TEST(KnobTable, AnUnknownL2IsSaid) {
  KnobBlock block;
  block.table_bytes = kFits;
  EXPECT_EQ(knob_heading(block), "64 MiB table: frames of ksm_default not known");
  block.frames = 64;
  block.frames_bytes = 64 * 4096;
  EXPECT_FALSE(block.fits());
  EXPECT_EQ(knob_heading(block),
            "64 MiB table: ksm_default has 64 frames (256 KiB); the size of L2 is not known");
  block.l2_bytes = 64 * 4096;
  EXPECT_EQ(block.fits(), true);
  block.l2_bytes = 64 * 4096 - 1;
  EXPECT_EQ(block.fits(), false);
}

// As both_ways() with frames that lie so: what is said of the first block.
std::string heading_of(const Sample& sample) {
  return knob_heading(table_of(both_ways(), sample).blocks[0]);
}

test::RowFigures lie(double page_colours, double crowded_share) {
  return {{"l2_page_colours", page_colours}, {"l2_crowded_share", crowded_share}};
}

TEST(KnobTable, FramesOfOnePageColourDoNotFitTheirSets) {
  const auto table = table_of(both_ways(), {.lie = [](int) { return lie(1, 1); }});
  EXPECT_EQ(table.blocks[0].fits(), false);
  EXPECT_EQ(knob_heading(table.blocks[0]),
            "64 MiB table: ksm_default has 64 frames (256 KiB) in 1 of 16 L2 page colours, too "
            "many for their sets of L2 (1 MiB)");
  EXPECT_EQ(knob_heading(table.blocks[1]),
            "1 GiB table: ksm_default has 1024 frames (4 MiB), too many for L2 (1 MiB)");
  EXPECT_THAT(knob_sentence(table),
              AllOf(HasSubstr("whose 64 shared frames do not fit their sets of L2"),
                    HasSubstr("whose 1024 shared frames do not fit L2")));
  EXPECT_THAT(knob_footnote(table), HasSubstr("alike modulo 16 are of one L2 page colour"));
  EXPECT_LE(widest_line(render_knob_table(table, 75)), 75U);
}

TEST(KnobTable, PageColoursThatDifferBetweenPassesAreARange) {
  const auto heading = [](double least, double most) {
    const auto drawn = [=](int pass) { return lie(2 + pass, pass == 3 ? most : least); };
    return heading_of({.lie = drawn});
  };
  EXPECT_THAT(heading(0.25, 1), HasSubstr("(256 KiB) in 2 to 6 of 16 L2 page colours, 25 to 100 % "
                                          "of them too many for their sets of L2 (1 MiB)"));
  EXPECT_THAT(heading(0, 0.5), HasSubstr(", 0 to 50 % of them too many for their sets"));
  EXPECT_THAT(heading(0.5, 0.5), HasSubstr(", 50 % of them too many for their sets"));
  EXPECT_THAT(heading(0, 0), HasSubstr("64 frames (256 KiB), which fit L2 (1 MiB)"));
  const auto some = [](int pass) { return pass < 2 ? lie(3, 1) : test::RowFigures(); };
  EXPECT_THAT(heading_of({.lie = some}),
              HasSubstr("in 3 of 16 L2 page colours (6 of 15 repetitions tell), too many"));
}

// A guest's frame numbers say nothing of L2, unless its host backs it with huge pages.
TEST(KnobTable, PageColoursOfAGuestCountWhereHugePagesAreHuge) {
  const auto table = [](const std::string& more) {
    return table_of(both_ways(), {.lie = [](int) { return lie(1, 1); },
                                  .machine = R"("machine.virtualisation": "kvm")" + more});
  };
  const auto huge = table(R"(, "probe.huge_pages": "huge")");
  EXPECT_THAT(knob_heading(huge.blocks[0]), HasSubstr("in 1 of 16 L2 page colours"));
  for (const char* more : {"", R"(, "probe.huge_pages": "not huge to the TLB")"}) {
    const auto small = table(more);
    EXPECT_THAT(knob_heading(small.blocks[0]), HasSubstr("(256 KiB), which fit L2 (1 MiB)"));
    EXPECT_THAT(knob_footnote(small), HasSubstr("their bytes do; the host's frames decide which of "
                                                "its sets they share."));
  }
}

TEST(KnobTable, OneSharedFrameIsOne) {
  const auto sentence = [](std::uint64_t bytes) {
    return knob_sentence(table_of({{"random", "64", bytes, about(1), about(2)}}));
  };
  EXPECT_THAT(sentence(1 << 20), HasSubstr("1 MiB table, whose one shared frame fits L2)"));
  EXPECT_THAT(sentence(2 << 20), HasSubstr("2 MiB table, whose 2 shared frames fit L2)"));
}

TEST(KnobTable, PageColoursThatNoMachineHasAreNone) {
  for (const auto& forged : {lie(0, 1), lie(17, 1), lie(-1, 1), lie(1, 1.5)})
    EXPECT_THAT(heading_of({.lie = [&](int) { return forged; }}),
                HasSubstr("(256 KiB), which fit L2 (1 MiB)"));
}

TEST(KnobTable, ExplainsWhatItShows) {
  const auto note = [](double on, KnobVerdicts as = KnobVerdicts::kSigns) {
    return knob_footnote(table_of({{"random", "64", kFits, about(1), about(on)}}), as);
  };
  EXPECT_THAT(note(2), HasSubstr("; !: beyond doubt (p < 0.0065 after Holm over all rows), else"));
  EXPECT_THAT(note(1), HasSubstr("; =: the same within 2 %, else undecided"));
  EXPECT_THAT(note(2, KnobVerdicts::kWords),
              AllOf(HasSubstr("; slower, faster: beyond doubt"), Not(HasSubstr("!"))));
}

// Passes get slower: a mean over other passes than those of the change would be another figure.
TEST(KnobTable, FiguresAreOfThePassesOfTheirChange) {
  const auto off = [](int pass) { return pass < 4 ? 2.0 : 8.0; };
  const auto on = [](int pass) { return pass < 4 ? 3.0 : kError; };
  const auto table =
      table_of({{"random", "64", kFits, off, on}, {"random", "128", kFits, about(1), about(1)}});
  EXPECT_EQ(table.fewest_units, 4U);
  EXPECT_EQ(table.units, 5U);
  const auto& row = table.blocks.front().rows.front();
  EXPECT_NEAR(row.figures[kKnobColumns.size() - 2]->ns, 2, 1e-9);
  EXPECT_NEAR(row.figures.back()->ns, 3, 1e-9);
  EXPECT_NEAR(row.change.ratio, 1.5, 1e-9);
  EXPECT_THAT(knob_footnote(table), AllOf(HasSubstr("geometric mean over 4 to 5 passes"),
                                          HasSubstr("columns are of the passes that have both")));
}

TEST(KnobTable, WithoutACommonPassThereIsASentence) {
  const KnobRow apart{"random", "64", kFits, [](int pass) { return pass < 2 ? 2 : kError; },
                      [](int pass) { return pass < 2 ? kError : 3; }};
  const auto none = table_of({apart});
  EXPECT_EQ(none.row_count(), 0U);
  EXPECT_THAT(knob_sentence(none), HasSubstr("can't be said: no pass has ksm_default and "
                                             "ksm_zero_page of the same row."));
  EXPECT_THAT(render_knob_table(none, 75), HasSubstr("can't be said"));
  EXPECT_THAT(render_knob_markdown(none), HasSubstr("can't be said"));
  const auto some = table_of({apart, {"random", "128", kFits, about(1), about(1)}});
  EXPECT_THAT(knob_footnote(some), HasSubstr("not shown: rows of which no pass has both, 1"));
}

}  // namespace
}  // namespace zp::analysis
