// SPDX-License-Identifier: MIT
// report --claims: each rule from numbers that are just on either side of it, and the page as a
// whole.
#include "analysis/claims/claims.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/views/family_table.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/judged_rows.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
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

TEST(Claims, NoneIsJudgedByAnotherProgramsRows) {
  auto rows = safety_rows();
  for (const char* placement : {"ksm_single", "ksm_nonzero", "ksm_coloured:128"})
    rows.push_back({fmt::format("read/placement:{}/table:67108864/stride:64", placement),
                    {{"ns_per_read", 1}, {"frames", 1}}});
  const auto set = run_of({rows}, R"("arch": "x86_64", "page_size_bytes": "4096")");
  for (const auto& list : {claims(), debates()})
    for (const Claim& claim : list)
      EXPECT_EQ(claim.judge(family_run(set)).verdict, kNoData) << claim.id;
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
  const auto rows = [](double bytes_on, double ns_on) {
    std::vector<Row> all;
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
  EXPECT_EQ(verdict_of("no_use", rows(0, 200)), kRefuted);
  EXPECT_EQ(verdict_of("no_use", rows(64, 20)), kRefuted);
  EXPECT_EQ(verdict_of("no_use", rows(64, 200)), kConfirmed);
  EXPECT_EQ(verdict_of("no_use", rows(64, 20), 2), kUndecided);
  EXPECT_EQ(verdict_of("no_use", {{"read/x:1", {{"ns_per_read", 1}}}}), kNoData);
  const ResultSet s390 = claim_set(rows(0, 20), "6.12.0", "s390x");
  EXPECT_EQ(claim("no_use").judge(family_run(s390)).verdict, kNoData);
  // Emulated: by bytes alone.
  const ResultSet emulated = claim_set(rows(64, 20), "6.12.0", "x86_64", true);
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
  // Runs of one machine.
  const auto at = [&](const char* date) {
    return test::file_of(row, context("6.18", "26-2") + fmt::format(R"(,"date":"{}")", date));
  };
  const auto alike = value_of(test::load_texts({at("monday"), at("tuesday"), at("tuesday")}));
  runs.clear();
  for (const auto& side : alike.sides) runs.push_back(family_run(side));
  tell_apart(runs);
  EXPECT_EQ(runs[0].label, "Linux 6.18, x86_64, Zen 5, monday");
  EXPECT_EQ(runs[1].label, "Linux 6.18, x86_64, Zen 5, tuesday, run 2");
  EXPECT_EQ(runs[2].label, "Linux 6.18, x86_64, Zen 5, tuesday, run 3");
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
  expect_golden(render_claims(runs), "claims.md");
}

}  // namespace
}  // namespace zp::analysis
