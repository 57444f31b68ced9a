// SPDX-License-Identifier: MIT
// Rows whose other side is an error: they are counted, and named with their place.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/atlas/atlas.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "tests/unit/analysis/judged_rows.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kReason = "census: 8 frames expected, 9 found";

std::string read_of(const std::string& placement, int stride) {
  return fmt::format("read/placement:{}/table:67108864/stride:{}/walk:sequential/threads:1",
                     placement, stride);
}

// At 1024 the knob's row is an error in every pass, at 256 it is slower.
ResultSet lost_at_1024(bool asked = true) {
  std::vector<std::vector<Row>> passes(4);
  int n = 0;
  for (auto& rows : passes) {
    const double draw = 1 + 0.001 * (n++ * 7 % 5);
    for (const int stride : {256, 1024}) {
      rows.push_back({read_of("private", stride), {{"ns_per_read", 5}}});
      rows.push_back({read_of("ksm_default", stride), {{"ns_per_read", 2}}});
      if (stride == 256)
        rows.push_back({read_of("ksm_zero_page", stride), {{"ns_per_read", 2.4 * draw}}});
      else if (asked)
        rows.push_back({read_of("ksm_zero_page", stride), {}, kReason});
    }
  }
  return run_of(passes, R"("schema": "zpbench-1", "cpu.model": "Sample CPU", "arch": "x86_64", )"
                        R"("cpu.family": "25-1", "kernel.release": "6.18.0")");
}

TEST(LostPartners, TheKnobsTableCountsAndNamesThem) {
  const auto table = knob_table(lost_at_1024());
  EXPECT_EQ(table.row_count(), 1U);
  EXPECT_EQ(table.unpaired_count(), 1U);
  EXPECT_THAT(knob_sentence(table), HasSubstr("slower in 1 of 1 row"));
  EXPECT_THAT(knob_sentence(table), HasSubstr("1 more row has no pass with both."));
  EXPECT_THAT(knob_footnote(table), HasSubstr("not shown: rows of which no pass has both, 1 (64 "
                                              "MiB: sequential 1024)"));
  EXPECT_THAT(knob_table(lost_at_1024(false)).unpaired, IsEmpty()) << "it was not asked for";
}

TEST(LostPartners, ErrorsSayWhereUnlessItIsEverywhere) {
  const auto set = lost_at_1024();
  EXPECT_THAT(grouped_errors(set.errors(), &set),
              ElementsAre(fmt::format("ksm_zero_page at stride 1024: {}", kReason)));
  std::vector<Row> rows{{read_of("private", 64), {{"ns_per_read", 5}}}};
  for (const int stride : {64, 256}) rows.push_back({read_of("ksm_single", stride), {}, "no KSM"});
  const auto none = run_of({rows});
  EXPECT_THAT(grouped_errors(none.errors(), &none), ElementsAre("ksm_single (2 cells): no KSM"));
}

TEST(LostPartners, TheAtlasNamesThem) {
  const auto pages = render_atlas(make_atlas(lost_at_1024()));
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_THAT(pages[0].html, HasSubstr("1 of 1 rows slower"));
  EXPECT_THAT(pages[0].html, HasSubstr("1 more in no pass both on and off"));
  EXPECT_THAT(pages[1].html, HasSubstr(fmt::format("ksm_zero_page at stride 1024: {}", kReason)));
}

TEST(LostPartners, ThePictureExplainsNoMarkThatNoRowHas) {
  const auto set = lost_at_1024();
  const auto kind = std::ranges::find(plot_kinds(), std::string_view("knob"), &PlotKind::name);
  const auto plots = kind->make({set, placement_table(set, "ns_per_read"), knob_table(set), {}});
  ASSERT_EQ(plots.size(), 1U);
  EXPECT_THAT(plots[0].letters, HasSubstr("ns per read: 0 off (as\nshipped), 1 on\n"));
  EXPECT_THAT(plots[0].caption, Not(HasSubstr("one frame")));
  EXPECT_THAT(plots[0].draw, Not(HasSubstr("$series0")));
}

// Not of rows: two files of one name.
TEST(Cover, FilesAreToldApart) {
  Report report;
  const auto set = lost_at_1024();
  report.set = &set;
  report.sources = {{"f/old/b0/pass-01.json", "1"}, {"f/new/b0/pass-01.json", "2"}};
  const auto text = render_cover(report, 75);
  EXPECT_THAT(text, HasSubstr("  1\n    old/b0/pass-01.json\n"));
  EXPECT_THAT(text, HasSubstr("  2\n    new/b0/pass-01.json\n"));
  report.sources.pop_back();
  EXPECT_THAT(render_cover(report, 75), HasSubstr("  1\n    b0/pass-01.json\n"));
}

}  // namespace
}  // namespace zp::analysis
