// SPDX-License-Identifier: MIT
// report --claims: each rule from numbers that are just on either side of it, and the page as a
// whole. ZP_UPDATE_GOLDEN=1 in the environment writes the golden page anew; look at the diff.
#include "analysis/claims/claims.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "analysis/views/family_table.hpp"
#include "tests/analysis/judged_rows.hpp"
#include "tests/analysis/made_up_files.hpp"
#include "tests/outcome.hpp"

namespace zp::analysis {
namespace {

using test::claim;
using test::claim_set;
using test::judge;
using test::judge_passes;
using test::repeated;
using test::Row;
using test::set_of_passes;
using test::verdict_of;
using testing::HasSubstr;
using enum ClaimVerdict;

std::vector<Row> safety_rows() {
  return {
      {"safety/use_zero_pages:0/mode:merged", {{"lives", 4000}, {"pages", 512000}, {"leaks", 0}}},
      {"safety/use_zero_pages:1/mode:merged", {{"lives", 4000}, {"pages", 512000}, {"leaks", 0}}}};
}

TEST(Claims, SafetyIsRefutedConfirmedOrDepends) {
  auto rows = safety_rows();
  EXPECT_EQ(verdict_of("safety", rows), kRefuted);
  EXPECT_THAT(judge("safety", rows).sentence, HasSubstr("8000 tables, 1024000 pages"));
  const Row leak{"safety/use_zero_pages:1/mode:racing",
                 {},
                 "after 9 lives, 1152 pages: ksm_zero_pages: 7 too few"};
  rows.push_back(leak);
  EXPECT_EQ(verdict_of("safety", rows), kDepends);
  EXPECT_THAT(judge("safety", rows).sentence, HasSubstr("ksm_zero_pages: 7 too few"));
  EXPECT_EQ(verdict_of("safety", {leak}), kConfirmed);
  // What ended before it was counted is no leak, and no proof that there is none.
  const Row stopped{"safety/use_zero_pages:1/mode:racing", {}, "cannot start 8 threads: EAGAIN"};
  EXPECT_EQ(verdict_of("safety", {stopped}), kNoData);
  rows = safety_rows();
  rows.push_back(stopped);
  EXPECT_EQ(verdict_of("safety", rows), kUndecided);
  EXPECT_THAT(judge("safety", rows).sentence,
              HasSubstr("crashed. Not judged: cannot start 8 threads: EAGAIN."));
  const auto none =
      judge("safety", {{"safety/use_zero_pages:0/mode:merged", {}, "skipped: no KSM"}});
  EXPECT_EQ(none.verdict, kNoData);
  EXPECT_EQ(none.sentence, "skipped: no KSM");
  EXPECT_EQ(judge("safety", {{"read/x:1", {{"ns_per_read", 1}}}}).sentence,
            "the run has no safety row to judge by");
}

std::vector<Row> guest_rows(double on_zero_page_with_1, double on_zero_page_when_split) {
  return {{"guest/use_zero_pages:0/huge_pages:0",
           {{"zero_pages", 100}, {"zero_on_zero_page", 0}, {"zero_in_ksm_frames", 100}}},
          {"guest/use_zero_pages:1/huge_pages:0",
           {{"zero_pages", 100},
            {"zero_on_zero_page", on_zero_page_with_1},
            {"zero_in_ksm_frames", 0},
            {"merge_s", 1.5}}},
          {"guest/use_zero_pages:0/huge_pages:1",
           {{"zero_pages", 100}, {"zero_on_zero_page", on_zero_page_when_split}}}};
}

TEST(Claims, GuestFollowsTheKnobOrNot) {
  EXPECT_EQ(verdict_of("guest", guest_rows(95, 5)), kConfirmed);
  EXPECT_EQ(verdict_of("guest", guest_rows(94, 5)), kRefuted);
  const auto split = judge("guest", guest_rows(100, 6));
  EXPECT_EQ(split.verdict, kDepends);
  EXPECT_THAT(split.sentence, HasSubstr("6.0 % are on the zero page even with use_zero_pages=0"));
}

std::vector<Row> numa_rows(double zero_split) {
  return {{"numa/use_zero_pages:0/merge_across_nodes:0", {{"frames", 2}}},
          {"numa/use_zero_pages:0/merge_across_nodes:1", {{"frames", 1}}},
          {"numa/use_zero_pages:1/merge_across_nodes:0", {{"frames", zero_split}}},
          {"numa/use_zero_pages:1/merge_across_nodes:1", {{"frames", 1}}}};
}

TEST(Claims, NumaCountsFrames) {
  EXPECT_EQ(verdict_of("numa", numa_rows(1)), kRefuted);
  EXPECT_EQ(verdict_of("numa", numa_rows(2)), kConfirmed);
}

// One read cell in several passes, of each placement with its ns.
using Reads = std::vector<std::pair<std::string, double>>;
std::vector<std::vector<Row>> read_passes(const Reads& reads, int passes,
                                          const std::string& cell = "table:67108864/stride:64") {
  std::vector<std::vector<Row>> all(static_cast<std::size_t>(passes));
  for (std::size_t pass = 0; pass < all.size(); ++pass)
    for (const auto& [placement, ns] : reads)
      all[pass].push_back(
          {fmt::format("read/placement:{}/{}", placement, cell),
           {{"ns_per_read", ns * (1 + 0.001 * static_cast<double>((pass * placement.size()) % 3))},
            {"frames", placement == "ksm_coloured:128" ? 128 : 1}}});
  return all;
}

TEST(Claims, ToggleNamesTheCellsThatAreSlower) {
  const auto verdict = [](double off, double on, int passes = 6) {
    return judge_passes("toggle",
                        read_passes({{"ksm_default", off}, {"ksm_zero_page", on}}, passes));
  };
  EXPECT_EQ(verdict(1, 1).verdict, kRefuted);
  EXPECT_EQ(verdict(1, 0.5).verdict, kRefuted);
  EXPECT_EQ(verdict(1, 1.5).verdict, kConfirmed);
  EXPECT_THAT(verdict(1, 1.5).sentence, HasSubstr("slower: read/table:67108864/stride:64 (1.50"));
  // Two passes have no interval, however far apart.
  EXPECT_EQ(verdict(1, 1.5, 2).verdict, kUndecided);
  EXPECT_EQ(verdict(1, 1, 2).verdict, kUndecided);
  EXPECT_EQ(verdict_of("toggle", {{"read/x:1", {{"ns_per_read", 1}}}}), kNoData);
}

TEST(Claims, ToggleIsAboutWhatShipsAndShowsWhatTheThreadArguedAbout) {
  // The zero page is as fast as one frame for all, and slower than what ships.
  const auto both = judge_passes(
      "toggle", read_passes({{"ksm_default", 1}, {"ksm_single", 1.5}, {"ksm_zero_page", 1.5}}, 6));
  EXPECT_EQ(both.verdict, kConfirmed);
  EXPECT_THAT(both.sentence, HasSubstr("slower than ksm_default in 1"));
  EXPECT_THAT(both.sentence,
              HasSubstr("Compared with what Linux 4.11 and 4.12 did with the knob off: of 1 read "
                        "cells, ksm_zero_page (use_zero_pages=1) is slower "
                        "than ksm_single in 0"));
  const auto single =
      judge_passes("toggle", read_passes({{"ksm_single", 1}, {"ksm_zero_page", 1.5}}, 6));
  EXPECT_EQ(single.verdict, kNoData);
}

TEST(Claims, ToggleDependsWhereSomeAreSlowerAndSomeFaster) {
  auto passes = read_passes({{"ksm_default", 1}, {"ksm_zero_page", 1.5}}, 6);
  const auto more =
      read_passes({{"ksm_default", 1}, {"ksm_zero_page", 0.7}}, 6, "table:1073741824/stride:4096");
  for (std::size_t pass = 0; pass < passes.size(); ++pass)
    passes[pass].insert(passes[pass].end(), more[pass].begin(), more[pass].end());
  const auto depends = judge_passes("toggle", passes);
  EXPECT_EQ(depends.verdict, kDepends);
  EXPECT_THAT(depends.sentence, HasSubstr("faster by the most: read/table:1073741824/"));
}

TEST(Claims, EachPageAsksForPagesThatHoldNoZeros) {
  const auto verdict = [](double nonzero, double single, double coloured, int passes = 6) {
    return judge_passes("each_page", read_passes({{"ksm_nonzero", nonzero},
                                                  {"ksm_single", single},
                                                  {"ksm_coloured:128", coloured}},
                                                 passes))
        .verdict;
  };
  EXPECT_EQ(verdict(1.5, 1.5, 1), kConfirmed);
  EXPECT_EQ(verdict(1.5, 1, 1), kDepends);  // zeros differ
  EXPECT_EQ(verdict(1, 1, 1), kRefuted);
  EXPECT_EQ(verdict(1, 1, 1.5), kRefuted);
  EXPECT_EQ(verdict(1.5, 1.5, 1, 2), kUndecided);
  EXPECT_EQ(judge_passes("each_page", read_passes({{"ksm_nonzero", 1}}, 6)).verdict, kNoData);
}

TEST(Claims, BucketsShareOrNot) {
  const auto verdict = [](double colours, double frames) {
    return judge("buckets",
                 {{fmt::format("read/placement:ksm_coloured:{}/table:67108864/stride:64", colours),
                   {{"ns_per_read", 1}, {"frames", frames}}},
                  {"read/placement:ksm_coloured:2/table:67108864/stride:64",
                   {{"ns_per_read", 1}, {"frames", 2}}}});
  };
  EXPECT_EQ(verdict(128, 128).verdict, kRefuted);
  EXPECT_EQ(
      verdict(128, 128).sentence,
      "16384 zero-filled pages in 128 buckets take 128 frames: 99.2 % of the memory is saved.");
  EXPECT_EQ(verdict(64, 16384).verdict, kConfirmed);
  EXPECT_THAT(verdict(64, 1).sentence, HasSubstr(": >99.9 % of the memory"));
  EXPECT_EQ(verdict(64, 12000).verdict, kDepends);
  EXPECT_EQ(verdict_of("buckets", {{"read/placement:ksm_single/table:67108864/stride:64",
                                    {{"ns_per_read", 1}, {"frames", 1}}}}),
            kNoData);
  EXPECT_EQ(verdict_of("buckets", {{"read/placement:ksm_coloured:128/table:0/stride:64",
                                    {{"ns_per_read", 1}, {"frames", 128}}}}),
            kNoData);
}

TEST(Claims, NoUseAsksWhatTheKnobSaves) {
  const auto rows = [](double bytes_on, double ns_on, int times) {
    std::vector<Row> all;
    for (int i = 0; i < times; ++i)
      for (const auto& [arm, ns] : {std::pair(0, 200.0), std::pair(1, ns_on)})
        all.push_back({fmt::format("scan/contents:zero:100/use_zero_pages:{}/mode:plain", arm),
                       {{"later_cpu_ns_per_page", ns}}});
    for (const auto& [placement, bytes] :
         {std::pair("ksm_default", 64.0), std::pair("ksm_zero_page", bytes_on)})
      all.push_back(
          {fmt::format("metadata/placement:{}", placement),
           {{"computed_rmap_bytes_per_page", bytes}, {"computed_stable_node_bytes_per_page", 0}}});
    return all;
  };
  EXPECT_EQ(verdict_of("no_use", rows(0, 200, 6)), kRefuted);
  EXPECT_EQ(verdict_of("no_use", rows(64, 20, 6)), kRefuted);
  EXPECT_EQ(verdict_of("no_use", rows(64, 200, 6)), kConfirmed);
  EXPECT_EQ(verdict_of("no_use", rows(64, 20, 3)), kUndecided);
  EXPECT_EQ(verdict_of("no_use", {{"read/x:1", {{"ns_per_read", 1}}}}), kNoData);
  const ResultSet s390 = claim_set(rows(0, 20, 6), "6.12.0", "s390x");
  EXPECT_EQ(claim("no_use").judge(family_run(s390)).verdict, kNoData);
  // Emulated: by bytes alone.
  const ResultSet emulated = claim_set(rows(64, 20, 6), "6.12.0", "x86_64", true);
  EXPECT_EQ(claim("no_use").judge(family_run(emulated)).verdict, kUndecided);
}

TEST(Claims, GuestLosesTheOrderOfItsColours) {
  const auto verdict = [](double merged, double frames_off) {
    return judge("guest_colours", {{"guest/use_zero_pages:0/huge_pages:0",
                                    {{"zero_pages", 1000},
                                     {"zero_on_zero_page", 8},
                                     {"zero_in_ksm_frames", merged},
                                     {"frames", frames_off}}},
                                   {"guest/use_zero_pages:1/huge_pages:0",
                                    {{"zero_pages", 1000}, {"frames", 500}}}});
  };
  EXPECT_EQ(verdict(992, 501).verdict, kConfirmed);
  EXPECT_EQ(verdict(992, 504).verdict, kDepends);
  EXPECT_THAT(verdict(992, 504).sentence, HasSubstr("of which there are about 4:"));
  EXPECT_EQ(verdict(940, 504).verdict, kRefuted);
  // Fewer frames than with the knob on: nothing is left for the zeros.
  EXPECT_EQ(verdict(992, 490).verdict, kUndecided);
  EXPECT_EQ(verdict_of("guest_colours", guest_rows(100, 0)), kUndecided);
  EXPECT_EQ(verdict_of("guest_colours", {}), kNoData);
}

TEST(Claims, EmulatedTimesAreNoFigures) {
  const ResultSet set = claim_set(guest_rows(100, 0), "6.1.0", "s390x", true);
  const std::vector<FamilyRun> runs{family_run(set)};
  const auto page = render_claims(runs);
  EXPECT_THAT(page, testing::Not(HasSubstr("merge_s")));
  EXPECT_THAT(page, HasSubstr("zero_in_ksm_frames"));
}

TEST(Claims, WhatAnEmulatorCountedIsCalledSo) {
  auto rows = guest_rows(100, 0);
  for (Row& row : rows) row.figures.emplace_back("dtlb_miss", 0.5);
  for (const bool emulated : {true, false}) {
    const ResultSet set = claim_set(rows, "6.12.0", "riscv64", emulated);
    const std::vector<FamilyRun> runs{family_run(set)};
    for (const auto& text :
         {render_family_tables(family_tables(set, false), 100), render_claims(runs)}) {
      EXPECT_THAT(text, HasSubstr("dtlb_miss"));
      EXPECT_EQ(text.find("dtlb_miss (emulated PMU)") != text.npos, emulated) << text;
    }
  }
}

TEST(Claims, OneKernelOnTwoCpusIsToldApart) {
  const test::TemporaryDirectory directory;
  const auto context = [](const char* release, const char* family) {
    return fmt::format(
        R"("kernel.release":"{}","arch":"x86_64","cpu.model":"AMD EPYC","cpu.family":"{}")",
        release, family);
  };
  const auto row = R"({"name":"cow/placement:private","real_time":1})";
  const auto loaded = value_of(test::load_texts(
      {test::file_of(row, context("6.18", "25-1")), test::file_of(row, context("6.18", "26-2")),
       test::file_of(row, context("6.1", "26-2"))},
      directory));
  std::vector<FamilyRun> runs;
  for (const auto& side : loaded.sides) runs.push_back(family_run(side));
  tell_apart(runs);
  EXPECT_EQ(runs[0].label, "Linux 6.18, x86_64, Zen 3");
  EXPECT_EQ(runs[1].label, "Linux 6.18, x86_64, Zen 5");
  EXPECT_EQ(runs[2].label, "Linux 6.1, x86_64");
}

TEST(Claims, ThePageSaysWhatWasDisturbed) {
  const test::TemporaryDirectory directory;
  const auto row = R"({"name":"cow/placement:private","real_time":1,"label":"x; disturbed"})";
  const auto loaded =
      value_of(test::load_texts({test::file_of(row, R"("schema":"zpbench-1")")}, directory));
  const std::vector<FamilyRun> runs{family_run(loaded.sides[0])};
  EXPECT_THAT(render_claims(runs), HasSubstr("1 of 1 repetitions was disturbed"));
}

TEST(Claims, PageIsAsItWas) {
  auto rows = safety_rows();
  for (auto more : {guest_rows(100, 80), numa_rows(1)})
    rows.insert(rows.end(), more.begin(), more.end());
  rows.push_back({"guest/use_zero_pages:1/huge_pages:1", {}, "skipped: no QEMU | <here>"});
  auto passes = read_passes({{"ksm_default", 1}, {"ksm_zero_page", 1}}, 6);
  passes.front().insert(passes.front().begin(), rows.begin(), rows.end());
  const ResultSet host = set_of_passes(passes);
  const ResultSet guest = claim_set(guest_rows(100, 0), "6.1.0", "s390x", true);
  const std::vector<FamilyRun> runs{family_run(host), family_run(guest)};
  const auto page = render_claims(runs);
  const std::string path = "tests/analysis/golden/claims.md";
  if (std::getenv("ZP_UPDATE_GOLDEN") != nullptr) test::write_file(path, page);
  EXPECT_EQ(page, test::read_file(path)) << path;
}

TEST(Claims, FaultComparesTheZeroPageWithItself) {
  const auto rows = [](double merged) {
    return repeated(
        {{"fault/placement:read_fault", {{"ns_per_page", 200}, {"again_ns_per_page", 10}}},
         {"fault/placement:ksm_zero_page", {{"ns_per_page", 9}, {"again_ns_per_page", merged}}}});
  };
  EXPECT_EQ(verdict_of("fault", rows(10.4)), kConfirmed);
  EXPECT_EQ(verdict_of("fault", rows(10.6)), kRefuted);
  EXPECT_EQ(verdict_of("fault", rows(9.4)), kRefuted);
  auto mixed = rows(9);
  for (const Row& row : rows(11)) mixed.push_back(row);
  EXPECT_EQ(verdict_of("fault", mixed), kUndecided);
}

// What scanning identical pages costs, and the shares of unique and of colliding pages compared.
std::vector<Row> scan_rows(double identical, double unique_share, double collision_share,
                           int times = 6) {
  std::vector<Row> rows;
  const auto add = [&rows](const char* contents, double with, double share) {
    for (const int arm : {0, 1})
      rows.push_back({fmt::format("scan/contents:{}/use_zero_pages:{}/mode:plain/table:67108864",
                                  contents, arm),
                      {{"second_cpu_ns_per_page", arm == 1 ? with : 1000},
                       {"faults_per_page_on_write", arm == 1 ? share : 0}}});
  };
  add("unique", 1000, unique_share);
  add("volatile", 1000, 0);
  add("identical", identical, 1);
  add("collision_early", 1600, collision_share);
  add("collision_late", 1600, 1);
  return repeated(rows, times);
}

TEST(Claims, ScanIsConfirmedWhereOnlyCollisionsAreCompared) {
  EXPECT_EQ(verdict_of("scan", scan_rows(1049, 0.01, 0.99)), kConfirmed);
  EXPECT_EQ(verdict_of("scan", scan_rows(1051, 0.01, 0.99)), kRefuted);
  EXPECT_EQ(verdict_of("scan", scan_rows(1049, 0.03, 0.99)), kRefuted);
  EXPECT_EQ(verdict_of("scan", scan_rows(1049, 0.01, 0.97)), kRefuted);
  // Counted, but ksmd did not have its CPU, and its times were left out.
  auto untimed = scan_rows(1000, 0, 1);
  for (Row& row : untimed)
    if (row.name.find("identical") != std::string::npos) row.figures.erase(row.figures.begin());
  EXPECT_EQ(verdict_of("scan", untimed), kUndecided);
  EXPECT_EQ(judge("scan", {{"scan/x:1", {}, "skipped: no slabinfo"}}).sentence,
            "skipped: no slabinfo");
  const ResultSet guest = claim_set(scan_rows(5000, 0, 1), "6.1.0", "s390x", true);
  const auto counted = claim("scan").judge(family_run(guest));
  EXPECT_EQ(counted.verdict, kConfirmed);
  EXPECT_THAT(counted.sentence, testing::Not(HasSubstr("times")));
}

// Three values per side have no interval of 95 %, however far apart they are; four have.
TEST(Claims, FewRepetitionsDecideNoTime) {
  const auto verdict = [](std::string_view family, std::string_view cell, int times) {
    const auto row = [&](const char* placement, double ns) {
      return Row{fmt::format("{}/placement:{}/{}", family, placement, cell),
                 {{"ns_per_page", ns}, {"again_ns_per_page", ns}, {"ns_per_read", ns}}};
    };
    return judge(
        family,
        repeated({row("read_fault", 10), row("ksm_single", 10), row("ksm_zero_page", 20)}, times));
  };
  EXPECT_EQ(verdict("cow", "table:1", 3).verdict, kUndecided);
  EXPECT_THAT(verdict("cow", "table:1", 3).sentence, HasSubstr("too few repetitions"));
  EXPECT_EQ(verdict("cow", "table:1", 4).verdict, kConfirmed);
  EXPECT_EQ(verdict("fault", "table:1", 3).verdict, kUndecided);
  EXPECT_EQ(verdict("fault", "table:1", 4).verdict, kRefuted);
  EXPECT_EQ(verdict_of("scan", scan_rows(1000, 0, 1, 3)), kUndecided);
  EXPECT_EQ(verdict_of("scan", scan_rows(1000, 1, 1, 3)), kRefuted);
}

TEST(Claims, MetadataIsMeasuredAgainstWhatIsMerged) {
  const auto rows = [](double bytes) {
    std::vector<Row> all;
    for (const char* placement : {"ksm_single", "ksm_zero_page"})
      all.push_back({fmt::format("metadata/placement:{}/table:67108864", placement),
                     {{"computed_rmap_bytes_per_page", bytes},
                      {"computed_stable_node_bytes_per_page", 0.0}}});
    return all;
  };
  EXPECT_EQ(verdict_of("metadata", rows(81)), kConfirmed);
  EXPECT_EQ(verdict_of("metadata", rows(83)), kRefuted);
}

// What no kernel has is no page, and nothing is judged by it.
TEST(Claims, PagesThatNoKernelHasDecideNothing) {
  const std::vector<Row> rows{
      {"metadata/placement:ksm_single",
       {{"computed_rmap_bytes_per_page", 64}, {"computed_stable_node_bytes_per_page", 0}}},
      {"metadata/placement:ksm_zero_page",
       {{"computed_rmap_bytes_per_page", 64}, {"computed_stable_node_bytes_per_page", 0}}},
      {"read/placement:ksm_coloured:128/table:67108864/stride:64",
       {{"ns_per_read", 1}, {"frames", 128}}}};
  const auto verdict = [&](const char* id, const char* page) {
    const ResultSet set = set_of_passes({rows}, "6.12.0", "x86_64", false, page);
    return claim(id).judge(family_run(set)).verdict;
  };
  for (const char* page : {"", "0", "5e-324", "1e30", "inf", "-4096", "4095", "4096.5"}) {
    EXPECT_EQ(verdict("metadata", page), kNoData) << page;
    EXPECT_EQ(verdict("buckets", page), kNoData) << page;
  }
  EXPECT_EQ(verdict("metadata", "65536"), kConfirmed);
  EXPECT_EQ(verdict("buckets", "65536"), kRefuted);
}

TEST(Claims, ARepetitionThatFailedIsNoRowWithoutFigures) {
  const Row row{"cow/placement:ksm_single", {{"ns_per_page", 1000}}};
  const ResultSet set =
      claim_set({row, {row.name, {}, "census: lost"}, {"cow/placement:x", {}, "skipped: no x"}});
  const std::vector<FamilyRun> runs{family_run(set)};
  const auto page = render_claims(runs);
  EXPECT_THAT(page, HasSubstr("Rows of which a repetition failed:\n\n- placement ksm_single: "));
  EXPECT_THAT(page, HasSubstr("Rows without figures:\n\n- placement x: skipped"));
}

TEST(Claims, TheKnobIsOffInWhatShipsWhereThatWasMeasured) {
  const auto rows = [](double shipped) {
    return repeated({{"cow/placement:ksm_single/table:1", {{"ns_per_page", 1000.0}}},
                     {"cow/placement:ksm_default/table:1", {{"ns_per_page", shipped}}},
                     {"cow/placement:ksm_zero_page/table:1", {{"ns_per_page", 1000.0}}}});
  };
  EXPECT_EQ(verdict_of("cow", rows(1000)), kRefuted);
  EXPECT_EQ(verdict_of("cow", rows(900)), kConfirmed);
  EXPECT_THAT(judge("cow", rows(900)).sentence, HasSubstr("as shipped (ksm_default)"));
}

TEST(Claims, CowAsksWhetherTheZeroPageIsMoreExpensive) {
  const auto rows = [](double ns) {
    return repeated({{"cow/placement:ksm_single/table:67108864", {{"ns_per_page", 1000.0}}},
                     {"cow/placement:ksm_zero_page/table:67108864", {{"ns_per_page", ns}}}});
  };
  EXPECT_EQ(verdict_of("cow", rows(1049)), kRefuted);
  EXPECT_EQ(verdict_of("cow", rows(1051)), kConfirmed);
  auto mixed = rows(1000);
  for (const Row& row : rows(1100)) mixed.push_back(row);
  EXPECT_EQ(verdict_of("cow", mixed), kUndecided);
}

TEST(Claims, UnmergeWantsEveryPage) {
  const auto rows = [](double share) {
    return std::vector<Row>{
        {"unmerge/placement:ksm_single/way:run2/table:67108864", {{"unmerged_share", 1.0}}},
        {"unmerge/placement:ksm_single/way:madvise/table:67108864", {{"unmerged_share", 1.0}}},
        {"unmerge/placement:ksm_zero_page/way:madvise/table:67108864", {{"unmerged_share", 1.0}}},
        {"unmerge/placement:ksm_zero_page/way:run2/table:67108864", {{"unmerged_share", share}}}};
  };
  EXPECT_EQ(verdict_of("unmerge", rows(1)), kConfirmed);
  auto one_way = rows(1);
  one_way.pop_back();
  EXPECT_EQ(verdict_of("unmerge", one_way), kUndecided);
  EXPECT_THAT(judge("unmerge", rows(0.9999)).sentence, HasSubstr("by run=2: >99.9 %"));
  EXPECT_EQ(verdict_of("unmerge", rows(0.99)), kDepends);
  EXPECT_THAT(judge("unmerge", rows(0.99)).sentence, HasSubstr("zero page by run=2: 99.0 %"));
}

}  // namespace
}  // namespace zp::analysis
