// SPDX-License-Identifier: MIT
// report --debates: each rule from numbers that are just on either side of it, and the page as a
// whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/claims/claims.hpp"
#include "tests/unit/analysis/judged_rows.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;
using enum ClaimVerdict;

// Of 2048 pages in 4 huge pages, all but one in each hold zeros.
Row split_row(const std::string& way, int use_zero_pages, double zero_pages,
              std::vector<std::pair<std::string, double>> more = {}, int shrink_underused = 0,
              double huge_share = 0) {
  Row row{fmt::format("split/contents:zero/use_zero_pages:{}/shrink_underused:{}/way:{}/table:8m",
                      use_zero_pages, shrink_underused, way),
          {{"huge_pages", 4},
           {"pages_of_zeros", 2044},
           {"zero_pages", zero_pages},
           {"huge_share", huge_share}}};
  row.figures.insert(row.figures.end(), more.begin(), more.end());
  return row;
}

TEST(Debates, RemapAsksForEveryWayButThatOfTheMappingAlone) {
  std::vector<Row> rows{split_row("debugfs", 0, 2044), split_row("pageout", 1, 2044),
                        split_row("ksm", 0, 2044),
                        split_row("dontneed", 0, 0, {}, 0, 2044.0 / 2048)};
  EXPECT_EQ(verdict_of("remap", rows), kConfirmed);
  rows.push_back(split_row("free", 0, 1000));
  EXPECT_EQ(verdict_of("remap", rows), kDepends);
  EXPECT_THAT(judge("remap", rows).sentence, HasSubstr("free (use_zero_pages=0) 48.9 %"));
  // KSM does what it is asked to, and the shrinker is on.
  rows = {split_row("debugfs", 0, 0), split_row("ksm", 1, 2044),
          split_row("pageout", 0, 2044, {}, 1)};
  EXPECT_EQ(verdict_of("remap", rows), kRefuted);
  EXPECT_EQ(verdict_of("remap", {split_row("ksm", 1, 2044)}), kNoData);
}

TEST(Debates, RateIsThatOfPagesScanned) {
  const auto rows = [](double ratio) {
    return std::vector<Row>{split_row(
        "ksm", 1, 2044, {{"scanned_pages", 2044 / ratio}, {"zero_pages_per_scanned_page", ratio}})};
  };
  EXPECT_EQ(verdict_of("rate", rows(1.05)), kRefuted);
  EXPECT_EQ(verdict_of("rate", rows(1.06)), kConfirmed);
  EXPECT_THAT(judge("rate", rows(200)).sentence, HasSubstr("ksmd sends 20000 pages"));
  EXPECT_EQ(verdict_of("rate", {split_row("ksm", 0, 2044)}), kNoData);
}

TEST(Debates, PolicyIsAskedWithTheKnobOff) {
  EXPECT_EQ(verdict_of("policy", {split_row("ksm", 0, 2044)}), kConfirmed);
  EXPECT_EQ(verdict_of("policy", {split_row("ksm", 0, 102)}), kRefuted);
  EXPECT_EQ(verdict_of("policy", {split_row("ksm", 0, 103)}), kDepends);
  EXPECT_EQ(verdict_of("policy", {split_row("ksm", 1, 2044)}), kNoData);
  EXPECT_THAT(judge("policy", {split_row("ksm", 0, 2044, {{"own_ksm_zero_pages", 0}})}).sentence,
              HasSubstr("KSM's own count, ksm_zero_pages, is 0"));
}

TEST(Debates, ProgressIsWhatThreeScansBring) {
  const auto rows = [](double zero_page_pages, double ksm_pages) {
    return std::vector<Row>{split_row("ksm", 0, zero_page_pages,
                                      {{"zero_page_share", zero_page_pages / 2048},
                                       {"ksm_share", ksm_pages / 2048},
                                       {"scanned_pages", 1500},
                                       {"third_scan_pages", 1000}})};
  };
  EXPECT_EQ(verdict_of("progress", rows(511, 510)), kConfirmed);
  EXPECT_EQ(verdict_of("progress", rows(1022, 0)), kDepends);
  EXPECT_EQ(verdict_of("progress", rows(0, 2044)), kRefuted);
  auto no_zeros = rows(0, 0);
  no_zeros[0].figures[1].second = 0;
  EXPECT_EQ(verdict_of("progress", no_zeros), kNoData);
  EXPECT_THAT(judge("progress", rows(511, 0)).sentence,
              HasSubstr("the second scan covered 1500 of 2048 pages, the third 1000"));
}

// One of four huge pages was split.
TEST(Debates, WhatIsStillHugeDoesNotCount) {
  const auto row = split_row("ksm", 0, 511, {}, 0, 0.75);
  EXPECT_EQ(verdict_of("policy", {row}), kConfirmed);
  EXPECT_EQ(verdict_of("remap", {row}), kConfirmed);
  EXPECT_EQ(verdict_of("remap", {split_row("free", 0, 0, {}, 0, 1)}), kNoData);
  // Neither does a huge page that was reclaimed or moved as a whole, or of which no more than the
  // mapping was split.
  for (const char* way : {"dontneed", "dontneed_move_pages"})
    EXPECT_EQ(verdict_of("remap", {split_row(way, 0, 0, {}, 0, 2044.0 / 2048)}), kNoData);
  EXPECT_EQ(verdict_of("remap", {split_row("dontneed_reclaim", 0, 2044)}), kConfirmed);
  EXPECT_EQ(verdict_of("remap", {split_row("dontneed_move_pages", 0, 0)}), kRefuted);
}

TEST(Debates, WorryIsALookOverASplit) {
  const auto rows = [](double late) {
    return std::vector<Row>{{"split/contents:first_word/way:free",
                             {{"ns_per_huge_page", 50000}, {"huge_pages", 4}, {"frames", 2048}}},
                            {"split/contents:last_word/way:free",
                             {{"ns_per_huge_page", late}, {"huge_pages", 4}, {"frames", 2048}}}};
  };
  EXPECT_EQ(verdict_of("worry", rows(99000)), kRefuted);
  EXPECT_EQ(verdict_of("worry", rows(101200)), kConfirmed);
  EXPECT_THAT(judge("worry", rows(101200)).sentence, HasSubstr("Searching one page takes 100 ns"));
  EXPECT_THAT(judge("worry", rows(49000)).sentence, testing::Not(HasSubstr("Searching")));
}

std::vector<Row> swap_rows(double zeros, double words, double share = 0) {
  const auto row = [](const char* contents, double arrived, double ns, double on_zero_page) {
    return Row{fmt::format("swap/contents:{}/way:zram/table:4m", contents),
               {{"pages", 1024},
                {"device_pages", arrived},
                {"out_ns_per_page", ns},
                {"frames", on_zero_page == 0 ? 1024 : 1},
                {"zero_page_share", on_zero_page}}};
  };
  return {row("zero", zeros, 500, share), row("one_word", words, 1000, 0)};
}

TEST(Debates, ZerosReachTheDeviceOrNot) {
  EXPECT_EQ(verdict_of("zeromap", swap_rows(0, 1024)), kConfirmed);
  EXPECT_EQ(verdict_of("zeromap", swap_rows(1024, 1024)), kRefuted);
  EXPECT_EQ(verdict_of("zeromap", swap_rows(1, 1024)), kDepends);
  EXPECT_EQ(verdict_of("zeromap", swap_rows(0, 1000)), kDepends);
  EXPECT_THAT(judge("zeromap", swap_rows(0, 1024)).sentence,
              HasSubstr("swapping out takes 500 ns, 0.500 times"));
  EXPECT_EQ(verdict_of("benchmark", swap_rows(0, 1024)), kRefuted);
  EXPECT_EQ(verdict_of("benchmark", swap_rows(1024, 1024)), kConfirmed);
  EXPECT_EQ(verdict_of("benchmark", swap_rows(512, 1024)), kDepends);
  auto none = swap_rows(0, 0);
  for (Row& row : none) row.figures[0].second = 0;  // pages
  EXPECT_EQ(verdict_of("zeromap", none), kNoData);
  EXPECT_EQ(verdict_of("benchmark", none), kNoData);
}

TEST(Debates, WhatComesBackIsAFrameOfItsOwn) {
  EXPECT_EQ(verdict_of("own_frame", swap_rows(0, 1024)), kConfirmed);
  EXPECT_EQ(verdict_of("own_frame", swap_rows(0, 1024, 1)), kRefuted);
  const auto none = judge("own_frame", {{"swap/contents:zero/way:zram", {}, "skipped: no zram"}});
  EXPECT_EQ(none.verdict, kNoData);
  EXPECT_EQ(none.sentence, "skipped: no zram");
}

Row collapse_row(const char* placement, const char* max_ptes_none, double lost_share,
                 const char* zeros = "all_but_one", const char* way = "khugepaged") {
  return {fmt::format("collapse/placement:{}/table:8m/zeros:{}/max_ptes_none:{}/way:{}", placement,
                      zeros, max_ptes_none, way),
          {{"pages_of_zeros", 2044},
           {"lost_share", lost_share},
           {"lost_pages_per_scan", 2044 * lost_share}}};
}

TEST(Debates, KhugepagedUndoesWhatItIsLeft) {
  const auto rows = [](double shipped, double zero) {
    return std::vector<Row>{collapse_row("ksm_zero_page", "all_but_one", shipped),
                            collapse_row("ksm_zero_page", "0", zero)};
  };
  EXPECT_EQ(verdict_of("undo", rows(0.95, 0.05)), kConfirmed);
  EXPECT_EQ(verdict_of("undo", rows(0.94, 0)), kDepends);
  EXPECT_EQ(verdict_of("undo", rows(0.05, 0)), kRefuted);
  EXPECT_EQ(verdict_of("undo", rows(1, 0.95)), kRefuted);
  auto more = rows(1, 0);
  more.push_back(collapse_row("ksm_zero_page", "0", 1, "all_but_one", "madvise"));
  EXPECT_THAT(judge("undo", more).sentence,
              HasSubstr("zero page (2044 of 2044 in a full scan), and with 0, 0.0 %; MADV_COLLAPSE "
                        "takes 100.0 %"));
  EXPECT_EQ(verdict_of("undo", {collapse_row("ksm_zero_page", "0", 0)}), kNoData);
}

TEST(Debates, FalseSharingIsOfFramesAndOfTheZeroPage) {
  const auto rows = [](double frames, double zero_page) {
    return std::vector<Row>{collapse_row("ksm_default", "all_but_one", frames),
                            collapse_row("ksm_zero_page", "all_but_one", zero_page)};
  };
  EXPECT_EQ(verdict_of("false_sharing", rows(0, 0)), kConfirmed);
  EXPECT_EQ(verdict_of("false_sharing", rows(0, 1)), kDepends);
  EXPECT_EQ(verdict_of("false_sharing", rows(1, 1)), kRefuted);
  auto more = rows(0, 1);
  more.push_back(collapse_row("ksm_default", "0", 0, "half"));
  more.back().figures.insert(more.back().figures.end(),
                             {{"lost_pages", 0}, {"thp_collapse_alloc", 12}, {"full_scans", 3}});
  EXPECT_THAT(judge("false_sharing", more).sentence,
              HasSubstr("allocates 12 huge pages in 3 of its scans and frees them again"));
}

TEST(Debates, MoreIsMoreThanAsShipped) {
  const auto rows = [](double four_fifths, double shipped) {
    return std::vector<Row>{collapse_row("ksm_zero_page", "four_fifths", four_fifths),
                            collapse_row("ksm_zero_page", "four_fifths", 1, "half"),
                            collapse_row("ksm_zero_page", "all_but_one", shipped)};
  };
  EXPECT_EQ(verdict_of("more", rows(0, 1)), kRefuted);
  EXPECT_EQ(verdict_of("more", rows(1, 1)), kDepends);
  EXPECT_EQ(verdict_of("more", rows(1, 0)), kConfirmed);
  EXPECT_EQ(verdict_of("more", rows(0.99, 0.98)), kDepends);  // a few pages more or less
  EXPECT_THAT(judge("more", rows(0, 1)).sentence,
              HasSubstr("half of them are, it takes 100.0 % with four"));
}

std::vector<Row> rmap_rows(double many, const char* way = "pageout") {
  const auto row = [way](const char* placement, int sharers, int vmas, double ns) {
    return Row{
        fmt::format("rmap/placement:{}/sharers:{}/vmas:{}/way:{}", placement, sharers, vmas, way),
        {{"ns_per_frame", ns}}};
  };
  return {row("ksm_nonzero", 2, 1, 8000), row("ksm_nonzero", 2, 20000, many),
          row("private", 1, 1, 9000), row("private", 1, 20000, 9000)};
}

TEST(Debates, TheReverseMapIsWalkedOrNot) {
  EXPECT_EQ(verdict_of("reverse_map", rmap_rows(15800)), kRefuted);
  EXPECT_EQ(verdict_of("reverse_map", rmap_rows(16200)), kConfirmed);
  EXPECT_EQ(verdict_of("reverse_map", rmap_rows(16200, "migrate")), kConfirmed);
  EXPECT_THAT(judge("reverse_map", rmap_rows(2.1e6)).sentence,
              HasSubstr("is one mapping and 2.10 ms if it is 20000"));
  EXPECT_THAT(judge("reverse_map", rmap_rows(2.1e6)).sentence,
              HasSubstr("; a frame of one page 9 us and 9 us."));
}

TEST(Debates, ZeroOnlyIsMeasuredOrEstimated) {
  const auto rows = [](double other, const char* contents, const char* mode) {
    const auto row = [](const char* what, const char* how, double ns) {
      return Row{fmt::format("scan/contents:{}/use_zero_pages:1/mode:{}/table:8m", what, how),
                 {{"later_cpu_ns_per_page", ns}}};
    };
    return std::vector<Row>{row("unique", "plain", 400), row(contents, mode, other)};
  };
  EXPECT_EQ(verdict_of("zero_only", rows(195, "volatile", "plain")), kConfirmed);
  EXPECT_EQ(verdict_of("zero_only", rows(205, "volatile", "plain")), kRefuted);
  const auto busy =
      judge("zero_only",
            {{"scan/contents:unique/use_zero_pages:1/mode:plain", {{"ksmd_utilisation", 0.5}}}});
  EXPECT_EQ(busy.verdict, kNoData);
  EXPECT_THAT(busy.sentence, HasSubstr("ksmd had only 50.0 % of a CPU"));
  EXPECT_THAT(judge("zero_only", rows(300, "volatile", "plain")).sentence,
              HasSubstr("estimated: a unique page costs ksmd 400 ns"));
  EXPECT_THAT(
      judge("zero_only", rows(100, "unique", "zero_only")).sentence,
      HasSubstr("measured: a unique page costs ksmd 400 ns of CPU time per scan, 100 ns if"));
}

Row pin_row(const std::string& placement, const std::string& way, double unshared,
            std::optional<std::pair<double, double>> merged = {}) {
  Row row{fmt::format("pin/placement:{}/way:{}/table:4m", placement, way),
          {{"unshared_share", unshared}}};
  if (merged) {
    row.figures.emplace_back("held_merged_share", merged->first);
    row.figures.emplace_back("released_merged_share", merged->second);
  }
  return row;
}

TEST(Debates, APinTakesPagesApartOrNot) {
  std::vector<Row> rows{pin_row("read_fault", "io_uring", 1),
                        pin_row("ksm_single", "io_uring", 0.95, {{0, 1}}),
                        pin_row("ksm_single", "vmsplice", 0, {{1, 1}})};
  EXPECT_EQ(verdict_of("pin", rows), kConfirmed);
  EXPECT_THAT(judge("pin", rows).sentence,
              HasSubstr("ksm_single 95.0 %, read_fault 100.0 %; once a pipe holds them: ksm_single "
                        "0.0 %."));
  EXPECT_EQ(verdict_of("held", rows), kConfirmed);
  rows.push_back(pin_row("ksm_zero_page", "io_uring", 0.94, {{0.06, 1}}));
  EXPECT_EQ(verdict_of("pin", rows), kDepends);
  EXPECT_EQ(verdict_of("held", rows), kDepends);
  rows = {pin_row("ksm_single", "io_uring", 0.05, {{0.95, 1}})};
  EXPECT_EQ(verdict_of("pin", rows), kRefuted);
  EXPECT_EQ(verdict_of("held", rows), kRefuted);
  rows = {pin_row("ksm_single", "vmsplice", 0, {{1, 1}})};
  for (const char* claim : {"pin", "held", "lock"})
    EXPECT_EQ(verdict_of(claim, rows), kNoData) << claim;
}

TEST(Debates, LockedMemoryIsMergedAgainOrNot) {
  const auto rows = [](double unshared, double merged) {
    return std::vector<Row>{pin_row("read_fault", "mlock", 1),
                            pin_row("ksm_single", "mlock", unshared, {{merged, 1}})};
  };
  EXPECT_EQ(verdict_of("lock", rows(1, 0.95)), kConfirmed);
  EXPECT_EQ(verdict_of("lock", rows(0.94, 1)), kDepends);
  EXPECT_EQ(verdict_of("lock", rows(1, 0)), kDepends);
  EXPECT_EQ(verdict_of("lock", {pin_row("ksm_single", "mlock", 0, {{1, 1}})}), kRefuted);
}

TEST(Debates, ThePageHasAVerdictAndASectionForEach) {
  const ResultSet set = claim_set(swap_rows(0, 1024));
  const std::vector<FamilyRun> runs{family_run(set)};
  const auto page = render_debates(runs);
  EXPECT_THAT(page, HasSubstr("zpanalyze report --debates made-up.json"));
  for (const Claim& debate : debates()) {
    EXPECT_THAT(page, HasSubstr(fmt::format("| [{0}](#{0}) | ", debate.id)));
    EXPECT_THAT(page, HasSubstr(fmt::format("\n## {}\n", debate.id)));
  }
}

}  // namespace
}  // namespace zp::analysis
