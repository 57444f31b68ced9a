// SPDX-License-Identifier: MIT
// Golden texts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/compare/wording.hpp"
#include "analysis/formats/compared_tests.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "analysis/report/html_changes.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/change_colours.hpp"
#include "analysis/views/figure_table.hpp"
#include "analysis/views/render_placement_table.hpp"
#include "tests/generator/sample_run.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/judged_rows.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;

// Two runs of which one placement changed; ratios stay, so texts are the same everywhere.
class RenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_sample_run({.directory = directory_ / "a"});
    test::write_sample_run({.directory = directory_ / "b",
                            .kernel = "6.2.0-coloured",
                            .seed = 2,
                            .single_frame_ns = 0.6});
    loaded_ = value_of(load_sides({{directory_ / "a"}, {directory_ / "b"}},
                                  {.filter = "ksm_(single|default|zero_page)|private"}));
    comparison_ = value_of(compare(loaded_.sides, {}));
    for (auto& side : comparison_.sides) side.paths = {"results/" + side.label};
  }
  TemporaryDirectory directory_;
  LoadedSides loaded_;
  Comparison comparison_;
};

TEST_F(RenderTest, EveryFormatIsAsItWas) {
  for (const auto& format : formats())
    expect_golden(format.render(comparison_, 75), std::string("compare.") + format.name);
}

// As in the formats of one run.
TEST_F(RenderTest, PassesThatAreMissingAreATestThatFailed) {
  test::write_sample_run({.directory = directory_ / "c", .state = "interrupted"});
  zp::test::write_file(directory_ / "b/pass-02.json", "{damaged");
  for (const auto& [base, other] : {std::pair("a", "c"), {"c", "a"}, {"a", "b"}}) {
    const auto loaded = value_of(
        load_sides({{directory_ / base}, {directory_ / other}}, {.keep_going = true}, {"private"}));
    const auto comparison = value_of(compare(loaded.sides, {}));
    EXPECT_TRUE(any_failed(comparison)) << base << other;
    EXPECT_THAT(render_ktap(comparison, 75), HasSubstr(" passes # ERROR ")) << base << other;
    EXPECT_THAT(render_lava(comparison, 75), HasSubstr("passes.ns_per_read fail\n"));
  }
}

TEST_F(RenderTest, PlacementTableIsAsItWas) {
  const auto& set = loaded_.sides.front();
  expect_golden(render_placement_table(placement_table(set, "ns_per_read"), set, {}), "table.txt");
}

// Rows of another family that have no stride leave it to the title, and the offset with it.
TEST(Arranged, OffsetsAreToldApartWithoutAColumnOfStrides) {
  const auto read = [](const char* offset, double ns) {
    return repetitions(fmt::format("read/placement:private/table:67108864/stride:4096/walk:random/"
                                   "offset:{}/threads:1",
                                   offset),
                       ns, 6);
  };
  const auto file = file_of(read("fixed", 9) + "," + read("rotated", 11) + "," +
                            repetitions("readers/placement:private/table:67108864/cpus:2", 1, 6));
  const auto comparison = value_of(compared({file, file}));
  EXPECT_EQ(comparison.label_columns, std::vector<std::string>{"placement"});
  ASSERT_EQ(comparison.blocks.size(), 3U);
  for (const auto& block : comparison.blocks) EXPECT_EQ(block.rows.size(), 1U);
  EXPECT_THAT(render_commit(comparison, 100), HasSubstr("4 KiB stride, random walk, offset fixed"));
  EXPECT_THAT(render_commit(comparison, 100), HasSubstr("offset rotated"));
}

TEST_F(RenderTest, WhatAnEmulatorCountedIsCalledSo) {
  test::write_sample_run({.directory = directory_ / "guest", .emulated = true, .counters = true});
  const auto guest = value_of(load_sides({{directory_ / "guest"}, {directory_ / "guest"}}, {}));
  const auto& set = guest.sides.front();
  const char* const kCalled = "L1d misses per read (emulated PMU), at stride (bytes)";
  for (const char* metric : {"ns_per_read", "l1d_miss"})
    EXPECT_THAT(render_placement_table(placement_table(set, metric), set, {.show_times = false}),
                HasSubstr(kCalled));
  const auto comparison = value_of(compare(guest.sides, {.metric = "l1d_miss"}));
  EXPECT_EQ(figure_text(comparison), "L1d misses per read (emulated PMU)");
  // The model's are no PMU's.
  EXPECT_FALSE(is_of_emulated_pmu(set, "model_l1d_miss"));
}

// A mark that no row has is not explained, nor is a figure named that stands nowhere.
TEST(Footnotes, ExplainOnlyWhatIsShown) {
  const auto text_of = [](const char* format, double time, int count) {
    const auto loaded = value_of(load_texts(
        {file_of(repetitions("BM", 10, count)), file_of(repetitions("BM", time, count))}));
    return find_format(format)->render(value_of(compare(loaded.sides, {})), 120);
  };
  EXPECT_THAT(text_of("mmtests", 12, 9), HasSubstr("positive is better, *: beyond doubt"));
  EXPECT_THAT(text_of("mmtests", 10, 9), Not(HasSubstr("*")));
  EXPECT_THAT(text_of("fastpath", 12, 9), HasSubstr("(R): a regression beyond doubt"));
  EXPECT_THAT(text_of("fastpath", 8, 9), HasSubstr("(I): an improvement beyond doubt"));
  for (const char* mark : {"(R)", "(I)", "unmarked", "[1]", "[n]"})
    EXPECT_THAT(text_of("fastpath", 10, 9), Not(HasSubstr(mark)));
  EXPECT_THAT(text_of("fastpath", 0, 9), HasSubstr("[0] undecided"));
  EXPECT_THAT(text_of("mmtests", 0, 9), Not(HasSubstr("[0]")));
  for (const auto& format : formats()) {
    if (format.render == render_csv || format.render == render_lava) continue;
    EXPECT_THAT(text_of(format.name, 11, 1), Not(HasSubstr("+- "))) << format.name;
    EXPECT_THAT(text_of(format.name, 11, 1), Not(HasSubstr("Figures are medians")));
  }
  for (const char* format : {"commit", "ktap"})
    EXPECT_THAT(text_of(format, 11, 9), HasSubstr("a change is the median of all ratios"));
}

TEST(Units, OfAFigureWithoutADescriptionAreSaid) {
  const auto of = [](const char* key, double value, const char* context) {
    const auto file = [&](double factor) {
      return file_of(
          repetitions("split/way:ksm", 1, 6, fmt::format(R"(,"{}":{})", key, factor * value)),
          context);
    };
    return value_of(compared({file(1), file(2)}, {.metric = key}));
  };
  const auto rate = of("items_per_second", 9995000, R"("num_cpus":2)");
  EXPECT_EQ(figure_text(rate), "items_per_second, M/s");
  const auto price = of("ns_per_huge_page", 422300, R"("schema":"zpbench-1")");
  EXPECT_EQ(figure_text(price), "ns_per_huge_page, us");
  for (const char* format : {"commit", "md", "pipe", "mmtests", "lkp", "fastpath"}) {
    EXPECT_THAT(find_format(format)->render(rate, 120), HasSubstr("M/s")) << format;
    EXPECT_THAT(find_format(format)->render(price, 120), HasSubstr(", us")) << format;
  }
  EXPECT_THAT(comparison_section(rate), HasSubstr("items_per_second, M/s"));
  EXPECT_EQ(figure_text(of("hits", 9, R"("num_cpus":2)")), "hits");
}

TEST(Formats, LavaCallsAFigureWithoutAUnitByItsName) {
  const auto file = file_of(repetitions("a", 1, 9, R"(,"hit_rate":0.5)"));
  EXPECT_EQ(render_lava(value_of(compared({file, file}, {.metric = "hit_rate"})), 75),
            "a.hit_rate pass 0.5 hit_rate\n");
}

TEST(Footnotes, OfOneValueEachNoIntervalIsExplained) {
  const auto note = [](std::size_t passes) {
    const std::vector<test::Row> rows{{"BM_a", {{"real_time", 2}}}};
    return figure_note(figure_table(test::set_of_passes(std::vector(passes, rows)), "real_time"));
  };
  EXPECT_EQ(note(1), "wall time of one iteration (real_time), one value each.");
  EXPECT_THAT(note(3), testing::HasSubstr("interval of the median"));
}

TEST(Footnotes, AGeomeanOfSomeRowsSaysOfHowMany) {
  const auto rows = [](double time) {
    return file_of(repetitions("a", time, 9) + "," + repetitions("b", time, 9) + "," +
                   repetitions("c", 0, 9) + "," + repetitions("few", time * time, 1));
  };
  const auto comparison = value_of(compared({rows(10), rows(12)}));
  EXPECT_THAT(render_commit(comparison, 75), HasSubstr("geomean of 2 "));
  EXPECT_NEAR(comparison.sides[1].geomean_ratio, 1.2, 0.002);
  EXPECT_THAT(render_json(comparison, 75), HasSubstr("\"geomean_rows\": 2"));
}

// Whatever fails on how many sides: each cell of each side is one test.
TEST(ComparedTests, NameACellOnce) {
  const auto file = [](double time, const std::vector<std::string>& errors) {
    auto rows = repetitions("good", time, 8) + "," + repetitions("half", time, 8);
    for (const auto& error : errors) rows += "," + error;
    return file_of(rows);
  };
  const auto base = file(1, {error_row("bad", "x"), error_row("none", "skipped: no KSM"),
                             error_row("good", "of the base")});
  const auto next = file(2, {error_row("half", "y"), error_row("bad", "x"), error_row("bad", "z"),
                             error_row("good", "skipped: in one pass")});
  const auto two = value_of(compared({base, next}, {.one_boot = true}));
  EXPECT_EQ(render_ktap(two, 75),
            "KTAP version 1\n1..4\n"
            "not ok 1 good # slower 1.04 -> 2.04 ns +96.6%; a.json: of the base\n"
            "not ok 2 half # ERROR b.json: y\n"
            "not ok 3 bad # ERROR a.json, b.json: x; b.json: z\n"
            "ok 4 none # SKIP a.json: no KSM\n"
            "# Figures are medians, a change is the median of all ratios.\n"
            "# Totals: pass:0 fail:1 xfail:0 xpass:0 skip:1 error:2\n");
  EXPECT_EQ(render_lava(two, 75),
            "good.real_time fail 2.035 ns\nhalf.real_time fail 2.035 ns\n"
            "bad.real_time fail\nnone.real_time skip\n");
  const auto more = value_of(load_texts({base, next, file(1, {error_row("bad", "x")})}));
  const auto three = value_of(compare(more.sides, {.one_boot = true}));
  for (const auto render : {render_ktap, render_lava}) {
    const auto text = render(three, 75);
    for (const char* name : {"good", "half", "bad", "none"})
      for (const char* side : {".b.json", ".c.json"}) {
        const std::string whole =
            std::string(name) + (render == render_lava ? ".real_time" : "") + side + " ";
        EXPECT_THAT(text, HasSubstr(whole)) << whole << text;
        EXPECT_EQ(text.find(whole), text.rfind(whole)) << whole << text;
      }
  }
}

TEST(ChangeColours, WhatIsShownAndNothingElse) {
  EXPECT_EQ(with_change_colours("  a  1.2  -3.0%\n  b  1.2  +3.0%\n", true),
            "  a  1.2  \033[32m-3.0%\033[0m\n  b  1.2  \033[31m+3.0%\033[0m\n");
  EXPECT_EQ(with_change_colours("  a  -3.0%  ~  +112%", false),
            "  a  \033[31m-3.0%\033[0m  ~  \033[32m+112%\033[0m");
  EXPECT_EQ(with_change_colours(" 1024 1.5 -16.5% !   -19..-14\n", true),
            " 1024 1.5 \033[32m-16.5%\033[0m !   -19..-14\n");
  EXPECT_EQ(with_change_colours(" 1024 1.5 +8.1% ?\n", true), " 1024 1.5 \033[33m+8.1%\033[0m ?\n");
  for (const char* plain :
       {"  a  -3.0% [1]\n", "  geomean  -3.0%\n", "most by -3.0%\n", " 1024 -2.0%   -5..+1\n",
        " 1024 -0.3% = -1..+1\n", "  private  2.47 +-15%\n", "\n", ""})
    EXPECT_EQ(with_change_colours(plain, true), plain);
}

}  // namespace
}  // namespace zp::analysis
