// SPDX-License-Identifier: MIT
// Names that try to be code, in every text that shows names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "analysis/formats/compared_tests.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "analysis/plot/gnuplot.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/report/report.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/render_placement_table.hpp"
#include "harness/support/text.hpp"
#include "tests/generator/sample_run.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

bool is_plain_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

std::string random_name(Noise& noise) {
  static const auto kPieces = [] {
    auto pieces = split(
        "read,/,placement:,stride:,:,`reboot`,$(reboot),'; reboot; ',\",\\,%s%n%d,{},{0},@x,#,EOD,"
        "</script><script>alert(1)</script>,<img src=x onerror=alert(1)>,\n,\r\n,\t,|,\xff\xfe,"
        "\xc3\xa4,\nEOD\n,=1+1,threads:4,&amp;,```,ok 1 - ,walk:random,$map,^{a},_b_",
        ',');
    for (const auto& more : {std::string(1, '\0'), std::string(200, 'x'), std::string(9, ' ')})
      pieces.push_back(more);
    return pieces;
  }();
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
  hostile->loaded =
      value_of(load_sides({{hostile->directory / "1.json"}, {hostile->directory / "2.json"}}, {}));
  return hostile;
}

TEST(Hostile, TextsForPeopleKeepTheirWidthAndAreAscii) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto input = hostile(seed);
    const auto comparison = value_of(compare(input->loaded.sides, {}));
    for (const std::size_t width : {72U, 75U, 120U}) {
      for (const char* name : {"commit", "mmtests", "pipe", "fastpath", "lkp"}) {
        const auto text = find_format(name)->render(comparison, width);
        EXPECT_LE(widest_line(text), width) << name << " seed " << seed << "\n" << text;
        EXPECT_TRUE(is_plain_ascii(text)) << name << " seed " << seed;
      }
      const auto& set = input->loaded.sides.front();
      PlacementTableStyle style;
      style.width = width;
      const auto table = render_placement_table(placement_table(set, "real_time"), set, style);
      EXPECT_LE(widest_line(table), width) << "seed " << seed << "\n" << table;
      EXPECT_TRUE(is_plain_ascii(table)) << "seed " << seed;
      const auto report = value_of(make_report(input->loaded, {}));
      EXPECT_LE(widest_line(render_cover(report, width)), width) << "seed " << seed;
    }
  }
}

TEST(Hostile, MachineFormatsKeepTheirShape) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto input = hostile(seed);
    const auto comparison = value_of(compare(input->loaded.sides, {}));
    const auto lines = [](const std::string& text) {
      return static_cast<std::size_t>(std::ranges::count(text, '\n'));
    };
    const auto ktap = render_ktap(comparison, 75);
    const auto tests = compared_tests(comparison).size();
    EXPECT_EQ(lines(ktap), 4 + tests) << ktap;  // version, plan, figures, totals
    const auto lava = render_lava(comparison, 75);
    EXPECT_EQ(lines(lava), tests);
    EXPECT_EQ(lava.find_first_of("`$'\"<>;&|"), std::string::npos);
  }
}

TEST(Hostile, PagesHoldNoForeignMarkup) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto input = hostile(seed);
    const auto report = value_of(make_report(input->loaded, {}));
    const auto page = render_html(report, {});
    EXPECT_THAT(page, Not(HasSubstr("<script"))) << seed;
    EXPECT_THAT(page, Not(HasSubstr("<img"))) << seed;
    EXPECT_TRUE(is_plain_ascii(page)) << seed;
    const auto markdown = render_markdown_report(report, 75);
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
    const auto comparison = value_of(compare(input->loaded.sides, {}));
    for (auto& plot : plot_forest(comparison)) plots.push_back(plot);
    for (const auto& plot : plots) {
      const auto script = gnuplot_script(plot, {{.extension = "svg"}});
      EXPECT_TRUE(is_plain_ascii(script));
      EXPECT_EQ(script.find('`'), std::string::npos);
      EXPECT_THAT(script, Not(HasSubstr("$(")));
      EXPECT_EQ(plot.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_"),
                std::string::npos);
      // Quotes are only ours: they come in pairs on every line.
      for (std::size_t begin = 0; begin < script.size();) {
        const auto end = script.find('\n', begin);
        const auto line = script.substr(begin, end - begin);
        EXPECT_EQ(std::ranges::count(line, '\'') % 2, 0) << line;
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

}  // namespace
}  // namespace zp::analysis
