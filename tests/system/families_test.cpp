// SPDX-License-Identifier: MIT
// The families that merge or fault, on the real kernel and small tables: what they count, not how
// long it takes.
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <thread>
#include <tuple>

#include "harness/families/collapse.hpp"
#include "harness/families/cow.hpp"
#include "harness/families/fault.hpp"
#include "harness/families/fault_processes.hpp"
#include "harness/families/metadata.hpp"
#include "harness/families/pin.hpp"
#include "harness/families/rmap.hpp"
#include "harness/families/scan.hpp"
#include "harness/families/split.hpp"
#include "harness/families/swap.hpp"
#include "harness/families/teardowns.hpp"
#include "harness/families/toggle.hpp"
#include "harness/families/unmerge.hpp"
#include "harness/host/huge_pages.hpp"
#include "harness/host/memory_group.hpp"
#include "harness/host/page_size.hpp"
#include "harness/host/zram_swap.hpp"
#include "harness/support/file.hpp"
#include "tests/system/host_fixture.hpp"

namespace zp {
namespace {

using testing::HasSubstr;
using enum PlacementKind;

constexpr std::uint64_t kTableBytes = 4ULL << 20;

class Families : public KsmTest {
 protected:
  // Nothing, and the reason in skipped_, where this host can't.
  template <class Request, class Measure>
  std::map<std::string, double> figures_of(Request request, Measure measure) {
    KsmSession session(roots_);
    FamilyEnvironment environment{session};
    if constexpr (requires { request.table_bytes; }) request.table_bytes = kTableBytes;
    const Outcome<Figures> figures = measure(request, environment);
    if (figures) return {figures->begin(), figures->end()};
    EXPECT_EQ(figures.error().code, ExitCode::kCannotRun) << figures.error().message;
    skipped_ = figures.error().message;
    return {};
  }
  // Of the table; 0 where there are none of a size that fits.
  [[nodiscard]] std::uint64_t huge_pages() const {
    const std::uint64_t bytes = huge_page_bytes(roots_);
    return bytes == 0 || kTableBytes % bytes != 0 ? 0 : kTableBytes / bytes;
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
      auto figures = figures_of(
          ScanRequest{.contents = contents, .use_zero_pages = use_zero_pages, .later_seconds = 0},
          measure_scan);
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
  auto single = figures_of(MetadataRequest{}, measure_metadata);
  auto zero_page = figures_of(MetadataRequest{.placement = {kKsmZeroPage}}, measure_metadata);
  if (single.empty() || zero_page.empty()) GTEST_SKIP() << skipped_;
  EXPECT_EQ(single["merged_pages"], pages());
  if (single.count("rmap_items_per_page")) {
    EXPECT_NEAR(single["rmap_items_per_page"], 1, 0.05);
    EXPECT_NEAR(zero_page["rmap_items_per_page"], 0, 0.05);
  }
}

TEST_F(Families, UnmergeTakesEveryPageApart) {
  for (const UnmergeWay way : {UnmergeWay::kMadvise, UnmergeWay::kRun2}) {
    auto figures = figures_of(UnmergeRequest{.way = way}, measure_unmerge);
    if (figures.empty()) GTEST_SKIP() << skipped_;
    EXPECT_EQ(figures["unmerged_share"], 1);
    EXPECT_GT(figures["pages_per_second"], 0);
  }
}

TEST_F(Families, CowFaultsOnceAMergedPageAndNeverOnPrivateOnes) {
  auto own = figures_of(CowRequest{.placement = {kPrivate}}, measure_cow);
  auto merged = figures_of(CowRequest{.placement = {kKsmSingle}}, measure_cow);
  if (own.empty() || merged.empty()) GTEST_SKIP() << skipped_;
  EXPECT_LT(own["faults"], 0.01 * pages());
  EXPECT_NEAR(merged["faults"], pages(), 0.01 * pages());
  EXPECT_GT(merged["remerge_wall_ns_per_page"], 0);
}

TEST_F(Families, ToggleLeavesWhatIsMergedAlone) {
  for (const bool to : {false, true}) {
    auto figures = figures_of(ToggleRequest{.to = to}, measure_toggle);
    if (figures.empty()) GTEST_SKIP() << skipped_;
    EXPECT_EQ(figures["earlier_kept_share"], 1);
    EXPECT_GE(figures["later_followed_share"], 0);
  }
}

TEST_F(Families, FaultTouchesEachPageOnce) {
  // Where a call maps the zero page, userfaultfd's takes no fault at all.
  for (const auto& [kind, faults] : {std::pair{kReadFault, 1},
                                     {kPrivate, 1},
                                     {kPopulateRead, 1},
                                     {kUffdZero, 0},
                                     {kShmemHole, 1}}) {
    SCOPED_TRACE(to_string(PlacementId{kind}));
    auto figures = figures_of(FaultRequest{.placement = {kind}}, measure_fault);
    if (figures.empty()) GTEST_SKIP() << skipped_;
    EXPECT_NEAR(figures["faults"], faults * pages(), 0.01 * pages());
    EXPECT_LT(figures["again_faults"], 0.01 * pages());
    EXPECT_NEAR(figures["gib_per_second"] * figures["ns_per_page"],
                static_cast<double>(system_page_bytes()) * 1e9 / (1 << 30), 1);
  }
}

TEST_F(Families, FaultInSeveralProcesses) {
  FaultProcessesRequest request{{kReadFault, 0}};
  auto figures = figures_of(request, measure_fault_processes);
  if (figures.empty()) GTEST_SKIP() << skipped_;
  EXPECT_EQ(figures["processes"], 2);
  EXPECT_GT(figures["alone_ns_per_page"], 0);
  EXPECT_GT(figures["together_ns_per_page"], 0);
  EXPECT_GT(figures["touch_slowdown"], 0);
  request.processes = 1000;
  EXPECT_TRUE(figures_of(request, measure_fault_processes).empty());
  EXPECT_THAT(skipped_, HasSubstr("1000 processes need a core each"));
}

// Lets a system call fail, for the calling thread and what it forks.
void deny(unsigned call, unsigned error) {
  sock_filter filter[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
                          {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call},
                          {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
                          {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  const sock_fprog program{std::size(filter), filter};
  EXPECT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  EXPECT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

// "mlock: Cannot allocate memory" of a limit is no fault of the kernel's, which `safety` looks for.
TEST(Teardowns, WhatALimitForbidsIsLeftOut) {
  std::optional<std::string> reason;
  std::jthread([&] {
    deny(SYS_mlock, ENOMEM);
    for (const Teardown& teardown : teardowns())
      if (teardown.name == "mlock") reason = teardown.why_not_here(Roots{});
  }).join();
  EXPECT_THAT(reason.value_or(""), HasSubstr("mlock: Cannot allocate memory"));
}

// As where a CPU has gone offline since the start.
TEST_F(Families, FaultInAProcessThatCannotBePinnedSaysSo) {
  KsmSession session(roots_);
  FamilyEnvironment environment{session};
  const FaultProcessesRequest request{{kReadFault, 0}, 1, kTableBytes};
  std::string message;
  std::jthread([&] {
    deny(SYS_sched_setaffinity, EINVAL);
    const auto figures = measure_fault_processes(request, environment);
    message = figures ? "" : figures.error().message;
  }).join();
  EXPECT_THAT(message, HasSubstr("in a process that touches: cannot pin to CPU"));
}

// A pin for writing takes every page apart, a reference for reading none.
TEST_F(Families, PinsTakeSharedPagesApart) {
  for (const PlacementKind kind : {kReadFault, kKsmSingle, kKsmZeroPage})
    for (const auto& [way, unshared] : {std::pair{PinWay::kIoUring, 1},
                                        {PinWay::kMlock, 1},
                                        {PinWay::kMlockOnfault, 0},
                                        {PinWay::kVmsplice, 0}}) {
      SCOPED_TRACE(to_string(PlacementId{kind}) + " " + std::string(to_string(way)));
      auto figures = figures_of(PinRequest{.placement = {kind}, .way = way}, measure_pin);
      if (figures.empty()) continue;
      EXPECT_EQ(figures["unshared_share"], unshared);
      EXPECT_EQ(figures["frames"] == pages(), unshared == 1);
      EXPECT_EQ(figures.count("held_merged_share"), kind != kReadFault);
      if (kind == kReadFault) continue;
      EXPECT_EQ(figures["held_merged_share"], way != PinWay::kIoUring);
      EXPECT_EQ(figures["released_merged_share"], 1);
    }
}

TEST_F(Families, SplitPutsPagesOfZerosOnTheZeroPageAndNoOther) {
  if (huge_pages() == 0) GTEST_SKIP() << "no huge pages that fit";
  const auto kept = static_cast<double>(huge_pages());  // a page of each holds no zeros
  const bool has_shrinker = KsmSession(roots_).has("thp.shrink_underused");
  const auto split = [&](SplitContents contents, SplitWay way) {
    return figures_of(
        SplitRequest{.contents = contents, .way = way, .shrink_underused = has_shrinker},
        measure_split);
  };
  auto zeros = split(SplitContents::kZero, SplitWay::kFree);
  auto words = split(SplitContents::kLastWord, SplitWay::kFree);
  auto mapping = split(SplitContents::kZero, SplitWay::kDontneed);
  if (zeros.empty() || words.empty() || mapping.empty()) GTEST_SKIP() << skipped_;
  EXPECT_EQ(zeros["zero_pages"], has_shrinker ? pages() - kept : 0);
  EXPECT_EQ(zeros["huge_share"], 0);
  EXPECT_EQ(words["zero_pages"], 0);
  EXPECT_EQ(words["frames"], pages());
  // Only the mapping was split.
  EXPECT_EQ(mapping["zero_pages"], 0);
  EXPECT_EQ(mapping["huge_share"] * pages(), pages() - kept);
}

// By reclaim: what is mapped in part always, a whole huge page only where the shrinker looks for
// zeros and max_ptes_none lets it. The group is gone afterwards.
TEST_F(Families, ReclaimSplitsWhatTheShrinkerIsToldTo) {
  if (huge_pages() == 0) GTEST_SKIP() << "no huge pages that fit";
  const auto group = any_version_group(roots_);
  if (!group) GTEST_SKIP() << group.error().message;
  auto part = figures_of(SplitRequest{.way = SplitWay::kDontneedReclaim}, measure_split);
  EXPECT_FALSE(std::filesystem::exists(group->group));
  if (part.empty()) GTEST_SKIP() << skipped_;
  const bool has_shrinker = KsmSession(roots_).has("thp.shrink_underused");
  EXPECT_EQ(part["huge_share"], 0);
  EXPECT_EQ(part["zero_pages"], has_shrinker ? part["pages_of_zeros"] : 0);
  for (const auto& [shrink_underused, ptes_none] : {std::pair{false, PtesNone::kFourFifths},
                                                    {true, PtesNone::kAllButOne},
                                                    {true, PtesNone::kFourFifths}}) {
    SCOPED_TRACE(to_string(ptes_none));
    auto whole = figures_of(SplitRequest{.way = SplitWay::kReclaim,
                                         .shrink_underused = shrink_underused,
                                         .ptes_none = ptes_none},
                            measure_split);
    if (whole.empty()) continue;
    const bool splits = shrink_underused && ptes_none == PtesNone::kFourFifths;
    EXPECT_EQ(whole["huge_share"], splits ? 0 : 1);
    EXPECT_EQ(whole["zero_pages"], splits ? whole["pages_of_zeros"] : 0);
    EXPECT_EQ(whole["own_ksm_zero_pages"], 0);
  }
}

TEST_F(Families, KsmdSplitsHugePages) {
  if (huge_pages() == 0) GTEST_SKIP() << "no huge pages that fit";
  for (const bool use_zero_pages : {false, true}) {
    auto figures = figures_of(SplitRequest{.way = SplitWay::kKsm, .use_zero_pages = use_zero_pages},
                              measure_split);
    if (figures.empty()) GTEST_SKIP() << skipped_;
    // With the knob off ksmd may get on slowly: see docs/debates.md, "progress".
    EXPECT_LT(figures["huge_share"], 1);
    if (use_zero_pages)
      EXPECT_EQ(figures["zero_pages"], figures["pages_of_zeros"]);
    else
      EXPECT_EQ(figures["own_ksm_zero_pages"], 0);
  }
}

TEST_F(Families, SwapBringsBackFramesOfTheirOwn) {
  const auto swaps = [this] { return read_text_file(roots_.proc + "/swaps").value_or(""); };
  const std::string before = swaps();
  const std::uint64_t devices = next_zram_device(roots_);
  auto zeros = figures_of(SwapRequest{}, measure_swap);
  auto words = figures_of(SwapRequest{.contents = SwapContents::kOneWord}, measure_swap);
  EXPECT_EQ(swaps(), before);
  EXPECT_EQ(next_zram_device(roots_), devices);
  if (zeros.empty() || words.empty()) GTEST_SKIP() << skipped_;
  // Where the kernel has the zeromap it counts what is noted there.
  EXPECT_EQ(zeros["device_pages"], zeros.count("swpout_zero") ? 0 : pages());
  EXPECT_EQ(words["device_pages"], pages());
  for (auto* figures : {&zeros, &words}) {
    EXPECT_EQ((*figures)["zero_page_share"], 0);
    EXPECT_EQ((*figures)["frames"], pages());
    EXPECT_GT((*figures)["out_ns_per_page"], 0);
  }
}

// khugepaged takes the zero page for a page that is not there, and leaves KSM frames alone.
TEST_F(Families, KhugepagedTakesZeroPagesAndNoKsmFrames) {
  if (huge_pages() == 0) GTEST_SKIP() << "no huge pages that fit";
  const auto lost_share = [&](PlacementKind kind, PtesNone ptes_none) -> std::optional<double> {
    auto figures =
        figures_of(CollapseRequest{.placement = {kind}, .ptes_none = ptes_none}, measure_collapse);
    if (figures.empty()) return std::nullopt;
    EXPECT_GE(figures["full_scans"], 3);
    return figures["lost_share"];
  };
  const auto on_zero_page = lost_share(kKsmZeroPage, PtesNone::kAllButOne);
  const auto kept = lost_share(kKsmZeroPage, PtesNone::kFourFifths);
  const auto in_frames = lost_share(kKsmDefault, PtesNone::kAllButOne);
  if (!on_zero_page || !kept || !in_frames) GTEST_SKIP() << skipped_;
  EXPECT_EQ(*on_zero_page, 1);
  EXPECT_EQ(*kept, 0);
  EXPECT_EQ(*in_frames, 0);
}

TEST_F(Families, MadviseCollapsesWhateverMaxPtesNoneSays) {
  if (huge_pages() == 0) GTEST_SKIP() << "no huge pages that fit";
  auto figures = figures_of(
      CollapseRequest{
          .placement = {kReadFault}, .ptes_none = PtesNone::kZero, .way = CollapseWay::kMadvise},
      measure_collapse);
  if (figures.empty()) GTEST_SKIP() << skipped_;
  EXPECT_EQ(figures["max_ptes_none"], 0);
  EXPECT_EQ(figures["lost_share"] == 1, figures["refused_huge_pages"] == 0);
  EXPECT_GT(figures["lost_share"], 0);
  EXPECT_GT(figures["frames_after"], figures["frames_before"]);
}

TEST_F(Families, FramesWithAReverseMapAreSwappedOutAndTheZeroPageIsNot) {
  const std::string swaps = read_text_file(roots_.proc + "/swaps").value_or("");
  for (const auto& [kind, sharers, taken] :
       {std::tuple{kKsmNonzero, 4, 4}, {kPrivate, 1, 4}, {kReadFault, 4, 0}}) {
    auto figures = figures_of(
        RmapRequest{
            .placement = {kind}, .sharers = static_cast<std::uint64_t>(sharers), .vmas = 200},
        measure_rmap);
    if (figures.empty()) GTEST_SKIP() << skipped_;
    EXPECT_EQ(figures["taken_frames"], taken) << to_string(PlacementId{kind});
    EXPECT_GE(figures["vmas_seen"], 200);
    EXPECT_GT(figures["ns_per_frame"], 0);
  }
  EXPECT_EQ(read_text_file(roots_.proc + "/swaps").value_or(""), swaps);
}

}  // namespace
}  // namespace zp
