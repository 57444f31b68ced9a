// SPDX-License-Identifier: MIT
// report --claims: what merging and unmerging costs, from numbers just on either side of each rule.
#include "analysis/claims/claims.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/analysis/judged_rows.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;
using enum ClaimVerdict;

TEST(Claims, FaultComparesTheZeroPageWithItself) {
  const auto rows = [](double merged) {
    return std::vector<Row>{
        {"fault/placement:read_fault", {{"ns_per_page", 200}, {"again_ns_per_page", 10}}},
        {"fault/placement:ksm_zero_page", {{"ns_per_page", 9}, {"again_ns_per_page", merged}}}};
  };
  EXPECT_EQ(verdict_of("fault", rows(10.4)), kConfirmed);
  EXPECT_EQ(verdict_of("fault", rows(10.6)), kRefuted);
  EXPECT_EQ(verdict_of("fault", rows(9.4)), kRefuted);
  EXPECT_EQ(judge_passes("fault", {rows(9), rows(11), rows(10)}).verdict, kUndecided);
}

// What scanning identical pages costs, and the shares of unique and of colliding pages compared.
std::vector<Row> scan_rows(double identical, double unique_share, double collision_share) {
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
  return rows;
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

// Whatever the repetitions: what a pass draws is the same for all of its own.
TEST(Claims, FewPassesDecideNoTime) {
  std::vector<Row> rows;
  for (const char* family : {"cow", "fault"})
    for (const auto& [placement, ns] :
         {std::pair("read_fault", 10.0), std::pair("ksm_single", 10.0),
          std::pair("ksm_zero_page", 20.0)})
      rows.insert(rows.end(), 9,
                  {fmt::format("{}/placement:{}/table:1", family, placement),
                   {{"ns_per_page", ns}, {"again_ns_per_page", ns}}});
  EXPECT_EQ(verdict_of("cow", rows, 2), kUndecided);
  EXPECT_THAT(judge("cow", rows, 2).sentence, HasSubstr("2.00 times (fewer than 3 passes: no in"));
  EXPECT_EQ(verdict_of("cow", rows, 3), kConfirmed);
  EXPECT_EQ(verdict_of("fault", rows, 2), kUndecided);
  EXPECT_EQ(verdict_of("fault", rows, 3), kRefuted);
  EXPECT_EQ(verdict_of("scan", scan_rows(1000, 0, 1), 2), kUndecided);
  EXPECT_EQ(verdict_of("scan", scan_rows(1000, 1, 1), 2), kRefuted);
}

// A pass that is slower as a whole is no difference; where there are boots, these are counted.
TEST(Claims, CostsAreComparedWithinAPassOrABoot) {
  const auto rows = [](double shared, double dearer) {
    return std::vector<Row>{
        {"cow/placement:ksm_default/table:1", {{"ns_per_page", shared}}},
        {"cow/placement:ksm_zero_page/table:1", {{"ns_per_page", dearer * shared}}}};
  };
  const std::vector passes{rows(100, 1.1),  rows(200, 1.11), rows(150, 1.1),
                           rows(300, 1.11), rows(120, 1.1),  rows(400, 1.11)};
  EXPECT_EQ(judge_passes("cow", passes).verdict, kConfirmed);
  const auto by_boot = [&passes](std::size_t passes_a_boot) {
    const ResultSet set = set_of_passes(passes, "6.12.0", "x86_64", false, "4096", passes_a_boot);
    return claim("cow").judge(family_run(set));
  };
  EXPECT_EQ(by_boot(2).verdict, kConfirmed);
  EXPECT_EQ(by_boot(3).verdict, kUndecided);
  EXPECT_THAT(by_boot(3).sentence, HasSubstr("(fewer than 3 boots: no interval)"));
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
    return std::vector<Row>{{"cow/placement:ksm_single/table:1", {{"ns_per_page", 1000.0}}},
                            {"cow/placement:ksm_default/table:1", {{"ns_per_page", shipped}}},
                            {"cow/placement:ksm_zero_page/table:1", {{"ns_per_page", 1000.0}}}};
  };
  EXPECT_EQ(verdict_of("cow", rows(1000)), kRefuted);
  EXPECT_EQ(verdict_of("cow", rows(900)), kConfirmed);
  EXPECT_THAT(judge("cow", rows(900)).sentence, HasSubstr("as shipped (ksm_default)"));
}

TEST(Claims, CowAsksWhetherTheZeroPageIsMoreExpensive) {
  const auto rows = [](double ns) {
    return std::vector<Row>{{"cow/placement:ksm_single/table:67108864", {{"ns_per_page", 1000.0}}},
                            {"cow/placement:ksm_zero_page/table:67108864", {{"ns_per_page", ns}}}};
  };
  EXPECT_EQ(verdict_of("cow", rows(1049)), kRefuted);
  EXPECT_EQ(verdict_of("cow", rows(1051)), kConfirmed);
  EXPECT_EQ(judge_passes("cow", {rows(1000), rows(1100), rows(1050)}).verdict, kUndecided);
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
  // Of pages in KSM frames a failed repetition alone tells.
  const auto one_fails = [&](const std::vector<const char*>& reasons) {
    std::vector passes(3, rows(1));
    for (std::size_t pass = 0; pass < reasons.size(); ++pass) {
      passes[pass].front().figures.clear();
      passes[pass].front().error = reasons[pass];
    }
    return judge_passes("unmerge", passes);
  };
  constexpr const char* kMerged = "census after: 4 of 4 pages present, 1 still in KSM frames";
  for (const auto& failed : {one_fails({kMerged}), one_fails({"skipped: no CONFIG_KSM", kMerged}),
                             one_fails({"census before: 1 of 4 pages merged", kMerged}),
                             one_fails({kMerged, kMerged, kMerged})}) {
    EXPECT_EQ(failed.verdict, kDepends);
    EXPECT_THAT(failed.sentence, HasSubstr(kMerged));
  }
  EXPECT_EQ(one_fails({"skipped: no CONFIG_KSM"}).verdict, kConfirmed);
  const auto before = one_fails({"census before: 1 of 4 pages merged"});
  EXPECT_EQ(before.verdict, kUndecided);
  EXPECT_THAT(before.sentence, HasSubstr("; census before: 1 of 4 pages merged"));
}

}  // namespace
}  // namespace zp::analysis
