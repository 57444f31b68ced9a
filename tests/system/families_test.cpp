// SPDX-License-Identifier: MIT
// The families that merge or fault, on the real kernel and small tables: what they count, not how
// long it takes.
#include <map>

#include "harness/families/cow.hpp"
#include "harness/families/fault.hpp"
#include "harness/families/metadata.hpp"
#include "harness/families/scan.hpp"
#include "harness/families/toggle.hpp"
#include "harness/families/unmerge.hpp"
#include "harness/host/page_size.hpp"
#include "tests/system/host_fixture.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kTableBytes = 4ULL << 20;

class Families : public KsmTest {
 protected:
  // Nothing, and the reason in skipped_, where this host can't.
  template <class Request, class Measure>
  std::map<std::string, double> figures_of(Request request, Measure measure) {
    KsmSession session(roots_);
    FamilyEnvironment environment{session};
    request.table_bytes = kTableBytes;
    const Outcome<Figures> figures = measure(request, environment);
    if (figures) return {figures->begin(), figures->end()};
    EXPECT_EQ(figures.error().code, ExitCode::kCannotRun) << figures.error().message;
    skipped_ = figures.error().message;
    return {};
  }
  static double pages() { return static_cast<double>(kTableBytes / system_page_bytes()); }

  std::string skipped_;
};

TEST_F(Families, ScanMergesWhatIsAlikeAndNothingElse) {
  const std::pair<ScanContents, double> cases[] = {{{ScanKind::kZero, 50}, 0.5},
                                                   {{ScanKind::kIdentical}, 1},
                                                   {{ScanKind::kUnique}, 0},
                                                   {{ScanKind::kCollisionLate}, 0}};
  for (const bool use_zero_pages : {false, true})
    for (const auto& [contents, share] : cases) {
      SCOPED_TRACE(to_string(contents));
      ScanRequest request;
      request.contents = contents;
      request.use_zero_pages = use_zero_pages;
      request.later_seconds = 0;
      auto figures = figures_of(request, measure_scan);
      if (figures.empty()) GTEST_SKIP() << skipped_;
      EXPECT_NEAR(figures["merged_pages"], share * pages(), 2);
      if (!figures.count("ksmd_utilisation") || figures["ksmd_utilisation"] >= 0.95)
        EXPECT_GT(figures["first_wall_ns_per_page"], 0);
      else  // something else ran in each of three attempts
        EXPECT_FALSE(figures.count("first_wall_ns_per_page"));
      EXPECT_GE(figures["later_scans"], 3);
    }
}

TEST_F(Families, MetadataOfTheZeroPageIsNone) {
  MetadataRequest request;
  auto single = figures_of(request, measure_metadata);
  request.placement = {PlacementKind::kKsmZeroPage, 0};
  auto zero_page = figures_of(request, measure_metadata);
  if (single.empty() || zero_page.empty()) GTEST_SKIP() << skipped_;
  EXPECT_EQ(single["merged_pages"], pages());
  if (single.count("rmap_items_per_page")) {
    EXPECT_NEAR(single["rmap_items_per_page"], 1, 0.05);
    EXPECT_NEAR(zero_page["rmap_items_per_page"], 0, 0.05);
  }
}

TEST_F(Families, UnmergeTakesEveryPageApart) {
  for (const UnmergeWay way : {UnmergeWay::kMadvise, UnmergeWay::kRun2}) {
    UnmergeRequest request;
    request.way = way;
    auto figures = figures_of(request, measure_unmerge);
    if (figures.empty()) GTEST_SKIP() << skipped_;
    EXPECT_EQ(figures["unmerged_share"], 1);
    EXPECT_GT(figures["pages_per_second"], 0);
  }
}

TEST_F(Families, CowFaultsOnceAMergedPageAndNeverOnPrivateOnes) {
  CowRequest request;
  request.placement = {PlacementKind::kPrivate, 0};
  auto own = figures_of(request, measure_cow);
  request.placement = {PlacementKind::kKsmSingle, 0};
  auto merged = figures_of(request, measure_cow);
  if (own.empty() || merged.empty()) GTEST_SKIP() << skipped_;
  EXPECT_LT(own["faults"], 0.01 * pages());
  EXPECT_NEAR(merged["faults"], pages(), 0.01 * pages());
  EXPECT_GT(merged["remerge_wall_ns_per_page"], 0);
}

TEST_F(Families, ToggleLeavesWhatIsMergedAlone) {
  for (const bool to : {false, true}) {
    ToggleRequest request;
    request.to = to;
    auto figures = figures_of(request, measure_toggle);
    if (figures.empty()) GTEST_SKIP() << skipped_;
    EXPECT_EQ(figures["earlier_kept_share"], 1);
    EXPECT_GE(figures["later_followed_share"], 0);
  }
}

TEST_F(Families, FaultTouchesEachPageOnce) {
  for (const PlacementKind kind : {PlacementKind::kReadFault, PlacementKind::kPrivate}) {
    FaultRequest request;
    request.placement = {kind, 0};
    auto figures = figures_of(request, measure_fault);
    if (figures.empty()) GTEST_SKIP() << skipped_;
    EXPECT_NEAR(figures["faults"], pages(), 0.01 * pages());
    EXPECT_LT(figures["again_faults"], 0.01 * pages());
  }
}

}  // namespace
}  // namespace zp
