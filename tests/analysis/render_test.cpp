// SPDX-License-Identifier: MIT
// Golden texts, widths, and names that try to be code.
// ZP_UPDATE_GOLDEN=1 in the environment writes tests/analysis/golden/ anew; look at the diff.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "analysis/compare/wording.hpp"
#include "analysis/formats/compared_tests.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "analysis/plot/gnuplot.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/change_colours.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/views/render_placement_table.hpp"
#include "tests/analysis/sample_run.hpp"
#include "tests/analysis/temporary.hpp"

namespace zp::analysis {
namespace {

using test::Noise;
using test::TemporaryDirectory;

void expect_golden(const std::string& text, const std::string& name) {
  const auto path = "tests/analysis/golden/" + name;
  if (std::getenv("ZP_UPDATE_GOLDEN") != nullptr) test::write_file(path, text);
  const std::string golden = test::read_file(path);
  if (text == golden) return;
  // The first line that differs says enough.
  std::istringstream now(text), then(golden);
  std::string is, was;
  int line = 0;
  do {
    ++line;
    is = was = "(end)";
    std::getline(now, is);
    std::getline(then, was);
  } while (is == was && now && then);
  ADD_FAILURE() << path << ':' << line << "\n is  " << is << "\n was " << was;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0, column = 0;
  for (const char c : text) {
    column = c == '\n' ? 0 : column + 1;
    widest = std::max(widest, column);
  }
  return widest;
}

bool is_plain_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

// Two runs of which one placement changed; ratios stay, so texts are the same everywhere.
class RenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_sample_run({.directory = directory_ / "a"});
    test::write_sample_run({.directory = directory_ / "b",
                            .kernel = "6.2.0-coloured",
                            .seed = 2,
                            .single_frame_ns = 0.6});
    auto loaded = load_sides({{directory_ / "a"}, {directory_ / "b"}},
                             {.filter = "ksm_(single|default|zero_page)|private"});
    ASSERT_TRUE(loaded);
    loaded_ = std::move(*loaded);
    auto comparison = compare(loaded_.sides, {});
    ASSERT_TRUE(comparison);
    comparison_ = std::move(*comparison);
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

TEST_F(RenderTest, PlacementTableIsAsItWas) {
  const auto& set = loaded_.sides.front();
  expect_golden(render_placement_table(placement_table(set, "ns_per_read"), set, {}), "table.txt");
}

TEST_F(RenderTest, EmulatedTableShowsNoTimes) {
  test::write_sample_run({.directory = directory_ / "guest", .emulated = true});
  const auto guest = load_sides({{directory_ / "guest"}}, {});
  ASSERT_TRUE(guest);
  const auto& set = guest->sides.front();
  PlacementTableStyle style;
  style.show_times = false;
  const auto text = render_placement_table(placement_table(set, "ns_per_read"), set, style);
  EXPECT_NE(text.find("EMULATED"), std::string::npos);
  EXPECT_EQ(text.find(" ns"), std::string::npos) << text;
  EXPECT_EQ(text.find("+-"), std::string::npos) << text;
}

TEST_F(RenderTest, WhatAnEmulatorCountedIsCalledSo) {
  test::write_sample_run({.directory = directory_ / "guest", .emulated = true, .counters = true});
  const auto guest = load_sides({{directory_ / "guest"}, {directory_ / "guest"}}, {});
  ASSERT_TRUE(guest);
  const auto& set = guest->sides.front();
  PlacementTableStyle style;
  style.show_times = false;
  const char* const kCalled = "L1d misses per read (emulated PMU), at stride (bytes)";
  for (const char* metric : {"ns_per_read", "l1d_miss"})
    EXPECT_THAT(render_placement_table(placement_table(set, metric), set, style),
                testing::HasSubstr(kCalled));
  CompareOptions options;
  options.metric = "l1d_miss";
  const auto comparison = compare(guest->sides, options);
  ASSERT_TRUE(comparison);
  EXPECT_EQ(figure_text(*comparison), "L1d misses per read (emulated PMU)");
  // The model's are no PMU's.
  EXPECT_FALSE(is_of_emulated_pmu(set, "model_l1d_miss"));
}

// --- names from hell

std::string random_name(Noise& noise) {
  static const std::vector<std::string> kPieces{"read",
                                                "/",
                                                "placement:",
                                                "stride:",
                                                ":",
                                                "`reboot`",
                                                "$(reboot)",
                                                "'; reboot; '",
                                                "\"",
                                                "\\",
                                                "</script><script>alert(1)</script>",
                                                "<img src=x onerror=alert(1)>",
                                                "\n",
                                                "\r\n",
                                                "\t",
                                                "|",
                                                "\xff\xfe",
                                                "\xc3\xa4",
                                                "%s%n%d",
                                                "{}",
                                                "{0}",
                                                "@x",
                                                "#",
                                                "EOD",
                                                "\nEOD\n",
                                                "=1+1",
                                                std::string(1, '\0'),
                                                "threads:4",
                                                "&amp;",
                                                "```",
                                                "ok 1 - ",
                                                std::string(200, 'x'),
                                                std::string(9, ' '),
                                                "walk:random",
                                                "$map",
                                                "^{a}",
                                                "_b_"};
  std::string name;
  const auto pieces = 1 + static_cast<std::size_t>(noise.uniform() * 8);
  for (std::size_t i = 0; i < pieces; ++i)
    name +=
        kPieces[static_cast<std::size_t>(noise.uniform() * static_cast<double>(kPieces.size()))];
  if (noise.uniform() < 0.02) name += std::string(10240, 'y');
  return name;
}

std::string json_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += std::string("\\") + c;
    else if (static_cast<unsigned char>(c) < ' ')
      quoted += fmt::format("\\u{:04x}", c);
    else
      quoted += c;
  }
  return quoted + '"';
}

// A file whose every text is hostile; a third of the names have our own parts.
std::string hostile_file(Noise& noise, const std::vector<std::string>& names) {
  auto text = fmt::format(R"({{"context":{{"cpu.model":{},"kernel.release":{},"warning.x":{}}},)",
                          json_string(names[0]), json_string(names[1]), json_string(names[2]));
  text += "\"benchmarks\":[";
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto name = names[i];
    if (i % 3 == 0)
      name = fmt::format("read/placement:{}/table:4096/stride:{}/threads:1", names[i],
                         i % 2 == 0 ? "64" : names[i]);
    for (int r = 0; r < 6; ++r)
      text += fmt::format(R"({{"name":{},"real_time":{},"label":{},"frames":1,"start_s":{}}},)",
                          json_string("n" + name), std::exp(6 * noise.normal()),
                          json_string("census: weak " + names[i]), r);
  }
  return text + fmt::format(R"({{"name":{},"error_occurred":true,"error_message":{}}}]}})",
                            json_string("e" + names[0]), json_string(names[1]));
}

struct Hostile {
  TemporaryDirectory directory;
  LoadedSides loaded;
};

std::unique_ptr<Hostile> hostile(std::uint64_t seed) {
  Noise noise(seed);
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) names.push_back(random_name(noise));
  auto hostile = std::make_unique<Hostile>();
  for (const char* file : {"1.json", "2.json"})
    test::write_file(hostile->directory / file, hostile_file(noise, names));
  auto loaded = load_sides({{hostile->directory / "1.json"}, {hostile->directory / "2.json"}}, {});
  EXPECT_TRUE(loaded) << loaded.error().message;
  hostile->loaded = std::move(*loaded);
  return hostile;
}

// Whatever fails on how many sides: each cell of each side is one test.
TEST(ComparedTests, NameACellOnce) {
  const TemporaryDirectory directory;
  const auto file = [&](const std::string& name, double time, const std::string& errors) {
    std::string rows;
    for (int i = 0; i < 8; ++i)
      for (const char* cell : {"good", "half"})
        rows += fmt::format(
            R"({{"name":"{}","run_type":"iteration","repetition_index":{},"real_time":{},"time_unit":"ns"}},)",
            cell, i, time + 0.001 * i);
    test::write_file(directory / name,
                     R"({"context":{"num_cpus":2},"benchmarks":[)" + rows + errors + "]}");
    return std::vector<std::string>{directory / name};
  };
  const auto error = [](const std::string& name, const std::string& why) {
    return R"({"name":")" + name + R"(","error_occurred":true,"error_message":")" + why + "\"}";
  };
  const auto base = file("a.json", 1, error("bad", "x") + "," + error("none", "skipped: no KSM"));
  const auto next = file("b.json", 2,
                         error("half", "y") + "," + error("bad", "x") + "," + error("bad", "z") +
                             "," + error("good", "skipped: in one pass"));
  const auto loaded = load_sides({base, next}, {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto two = compare(loaded->sides, {.one_boot = true});
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(render_ktap(*two, 75),
            "KTAP version 1\n1..4\n"
            "not ok 1 good # slower 1.00 -> 2.00 ns +99.7%\n"
            "not ok 2 half # ERROR b.json: y\n"
            "not ok 3 bad # ERROR a.json, b.json: x; b.json: z\n"
            "ok 4 none # SKIP a.json: no KSM\n"
            "# Totals: pass:0 fail:1 xfail:0 xpass:0 skip:1 error:2\n");
  EXPECT_EQ(render_lava(*two, 75),
            "good.real_time fail 2.0035 ns\nhalf.real_time fail 2.0035 ns\n"
            "bad.real_time fail\nnone.real_time skip\n");
  const auto more = load_sides({base, next, file("c.json", 1, error("bad", "x"))}, {});
  ASSERT_TRUE(more) << more.error().message;
  const auto three = compare(more->sides, {.one_boot = true});
  ASSERT_TRUE(three) << three.error().message;
  for (const auto render : {render_ktap, render_lava}) {
    const auto text = render(*three, 75);
    for (const char* name : {"good", "half", "bad", "none"})
      for (const char* side : {".b.json", ".c.json"}) {
        const std::string whole =
            std::string(name) + (render == render_lava ? ".real_time" : "") + side + " ";
        EXPECT_NE(text.find(whole), text.npos) << whole << text;
        EXPECT_EQ(text.find(whole), text.rfind(whole)) << whole << text;
      }
  }
}

TEST(Hostile, TextsForPeopleKeepTheirWidthAndAreAscii) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto input = hostile(seed);
    const auto comparison = compare(input->loaded.sides, {});
    ASSERT_TRUE(comparison) << comparison.error().message;
    for (const std::size_t width : {72U, 75U, 120U}) {
      for (const char* name : {"commit", "mmtests", "pipe", "fastpath", "lkp"}) {
        const auto text = find_format(name)->render(*comparison, width);
        EXPECT_LE(widest_line(text), width) << name << " seed " << seed << "\n" << text;
        EXPECT_TRUE(is_plain_ascii(text)) << name << " seed " << seed;
      }
      const auto& set = input->loaded.sides.front();
      PlacementTableStyle style;
      style.width = width;
      const auto table = render_placement_table(placement_table(set, "real_time"), set, style);
      EXPECT_LE(widest_line(table), width) << "seed " << seed << "\n" << table;
      EXPECT_TRUE(is_plain_ascii(table)) << "seed " << seed;
      const auto report = make_report(input->loaded, {});
      ASSERT_TRUE(report) << report.error().message;
      EXPECT_LE(widest_line(render_cover(*report, width)), width) << "seed " << seed;
    }
  }
}

TEST(Hostile, MachineFormatsKeepTheirShape) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto input = hostile(seed);
    const auto comparison = compare(input->loaded.sides, {});
    ASSERT_TRUE(comparison);
    const auto lines = [](const std::string& text) {
      return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    };
    const auto ktap = render_ktap(*comparison, 75);
    const auto tests = compared_tests(*comparison).size();
    EXPECT_EQ(lines(ktap), 3 + tests) << ktap;
    const auto lava = render_lava(*comparison, 75);
    EXPECT_EQ(lines(lava), tests);
    EXPECT_EQ(lava.find_first_of("`$'\"<>;&|"), std::string::npos);
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

TEST(Hostile, PagesHoldNoForeignMarkup) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto input = hostile(seed);
    const auto report = make_report(input->loaded, {});
    ASSERT_TRUE(report) << report.error().message;
    const auto page = render_html(*report, {});
    EXPECT_EQ(page.find("<script"), std::string::npos) << seed;
    EXPECT_EQ(page.find("<img"), std::string::npos) << seed;
    EXPECT_TRUE(is_plain_ascii(page)) << seed;
    const auto markdown = render_markdown_report(*report, 75);
    EXPECT_TRUE(is_plain_ascii(markdown)) << seed;
    // Outside of code blocks every '<' is escaped.
    bool code = false;
    for (std::size_t begin = 0; begin < markdown.size();) {
      const auto end = markdown.find('\n', begin);
      const auto line = markdown.substr(begin, end - begin);
      if (line.starts_with("```")) code = !code;
      for (auto at = line.find('<'); !code && at != std::string::npos; at = line.find('<', at + 1))
        EXPECT_TRUE(at > 0 && line[at - 1] == '\\') << line;
      begin = end + 1;
    }
    EXPECT_FALSE(code) << "a name closed or opened a code block";
  }
}

TEST(Hostile, ScriptsHoldNamesOnlyInsideSafeStrings) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto input = hostile(seed);
    const auto& set = input->loaded.sides.front();
    auto plots = plot_strides(placement_table(set, "real_time"), set);
    for (auto& plot : plot_stability(set, "real_time")) plots.push_back(plot);
    const auto comparison = compare(input->loaded.sides, {});
    ASSERT_TRUE(comparison);
    for (auto& plot : plot_forest(*comparison)) plots.push_back(plot);
    for (const auto& plot : plots) {
      const auto script = gnuplot_script(plot, {{.extension = "svg"}});
      EXPECT_TRUE(is_plain_ascii(script));
      EXPECT_EQ(script.find('`'), std::string::npos);
      EXPECT_EQ(script.find("$("), std::string::npos);
      EXPECT_EQ(plot.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_"),
                std::string::npos);
      // Quotes are only ours: they come in pairs on every line.
      for (std::size_t begin = 0; begin < script.size();) {
        const auto end = script.find('\n', begin);
        const auto line = script.substr(begin, end - begin);
        EXPECT_EQ(std::count(line.begin(), line.end(), '\'') % 2, 0) << line;
        begin = end + 1;
      }
    }
    if (seed > 6) continue;  // gnuplot itself on some: each takes a while
    for (const auto& plot : plots) {
      const auto drawn = draw(plot, {{.extension = "svg"}}, input->directory.path());
      if (!drawn && drawn.error().code == ExitCode::kCannotRun) GTEST_SKIP() << "no gnuplot";
      EXPECT_TRUE(drawn) << drawn.error().message;
    }
  }
}

// --- small parts

TEST(Ascii, ThreeDigits) {
  EXPECT_EQ(three_digits(0), "0");
  EXPECT_EQ(three_digits(1.2), "1.20");
  EXPECT_EQ(three_digits(9.999), "10.0");
  EXPECT_EQ(three_digits(99.95), "100");
  EXPECT_EQ(three_digits(1234.4), "1234");
  EXPECT_EQ(three_digits(0.0123456), "0.0123");
  EXPECT_EQ(three_digits(-0.38), "-0.380");
  EXPECT_EQ(three_digits(2.5e9), "2.5e+09");
  EXPECT_EQ(three_digits(1e-9), "1e-09");
}

TEST(Ascii, CommonDecimals) {
  EXPECT_EQ(common_decimals({0.38, 8.8}), 2);
  EXPECT_EQ(common_decimals({120, 340}), 0);
  EXPECT_EQ(common_decimals({0.016, 4.0}), 3);
  EXPECT_EQ(common_decimals({}), 0);
  EXPECT_EQ(common_decimals({1e-12, 5}), 6);
}

TEST(Ascii, WrapAndShorten) {
  EXPECT_EQ(shorten("abcdefghijkl", 8), "abc..jkl");
  EXPECT_EQ(shorten("a\nb", 10), "a\\x0ab");
  EXPECT_EQ(wrap("aa bb cc", 5), (std::vector<std::string>{"aa bb", "cc"}));
  EXPECT_EQ(wrap("  aa bb cc", 12, 4), (std::vector<std::string>{"  aa bb cc"}));
  EXPECT_EQ(wrap(std::string(25, 'x'), 10),
            (std::vector<std::string>{"xxxxxxxxxx", "xxxxxxxxxx", "xxxxx"}));
  EXPECT_EQ(wrap("", 10), std::vector<std::string>{""});
}

// A name may be as long as a file.
TEST(Ascii, OneLongWordIsWrappedInOneGo) {
  const std::string word(4 << 20, 'x');
  EXPECT_EQ(wrap(word, 64, 0).size(), word.size() / 64);
}

TEST(Markup, Fields) {
  EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(csv_field("=1+1"), "'=1+1");
  EXPECT_EQ(html_text("<a href='x'>&"), "&lt;a href=&#39;x&#39;&gt;&amp;");
  EXPECT_EQ(markdown_text("a|b"), "a\\|b");
  EXPECT_EQ(markdown_text("ksm_single"), "ksm_single");
  EXPECT_EQ(valid_utf8("\xc3\xa4\xff\xed\xa0\x80"), "\xc3\xa4\\xff\\xed\\xa0\\x80");
  EXPECT_EQ(plot_text("it's `x` $(y) \\n\n@z"), "'it?s ?x? ?(y) ?n?x0a?z'");
}

}  // namespace
}  // namespace zp::analysis
