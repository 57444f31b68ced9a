// SPDX-License-Identifier: MIT
// For each placement: the census that shows it, and each way in which one does not.
#include <gmock/gmock.h>

#include <functional>

#include "harness/memory/placement.hpp"
#include "tests/outcome.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kPages = 8192;

Census strong(std::uint64_t frames) {
  Census c;
  c.pages = c.present = kPages;
  c.strong = true;
  c.frames = frames;
  return c;
}

Census right(const PlacementId& id, std::uint64_t zero_colours) {
  using enum PlacementKind;
  Census c = strong(1);
  switch (id.kind) {
    case kPrivate:
      c.frames = c.exclusive_pages = kPages;
      return c;
    case kReadFault:
    case kPopulateRead:
    case kUffdZero:
    case kKsmZeroPage:
      c.frames = zero_colours;
      c.colours_seen = zero_colours;
      c.zero_pages = kPages;
      return c;
    case kKsmSingle:
    case kKsmNonzero:
      c.ksm_pages = kPages;
      return c;
    case kKsmDefault:
      c.ksm_pages = kPages;
      c.frames = kPages / 256;
      return c;
    case kKsmShared:
      c.ksm_pages = kPages;
      c.frames = kPages / id.sharers;
      return c;
    case kKsmColoured:
      c.ksm_pages = kPages;
      c.frames = id.colours;
      c.colours_seen = id.colours;
      return c;
    case kMemfdColoured:
    case kMemfdAgreeing:
    case kMemfdDiffering:
      c.file_pages = kPages;
      c.frames = id.memfd_frames();
      c.colours_seen = id.memfd_frames();
      return c;
    case kShmemHole:
      c.frames = c.file_pages = kPages;
      return c;
    case kHugePrivate:
      c.huge_pages = c.frames = kPages;
      return c;
    case kHugeZero:
      c.huge_pages = c.zero_pages = kPages;
      c.frames = 512;
      return c;
  }
  return c;
}

bool is_of_file(const PlacementId& id) {
  return id.memfd_frames() != 0 || id.kind == PlacementKind::kShmemHole;
}

Census weak(const PlacementId& id) {
  using enum PlacementKind;
  Census c;
  c.pages = c.present = kPages;
  c.why_weak = "hidden";
  if (id.kind == kPrivate) c.exclusive_pages = kPages;
  if (is_of_file(id)) c.file_pages = kPages;
  if (id.kind == kKsmZeroPage) c.own_zero_pages = kPages;
  if (id.entry().needs_ksm && id.kind != kKsmZeroPage) c.own_ksm_pages = kPages;
  return c;
}

std::vector<PlacementId> every_placement() {
  std::vector<PlacementId> ids;
  for (const PlacementEntry& entry : placement_catalogue())
    ids.push_back({entry.kind, entry.suffix == Suffix::kColours ? 8U : 0U,
                   entry.suffix == Suffix::kSharers ? 16U : 0U});
  return ids;
}

TEST(CensusMismatch, NoneWhereTheCensusShowsThePlacement) {
  for (const PlacementId& id : every_placement())
    for (const std::uint64_t zero_colours : {1U, 8U, 128U}) {
      const auto mismatch = census_mismatch(id, right(id, zero_colours), zero_colours);
      EXPECT_FALSE(mismatch) << *mismatch;
    }
}

// What shows one placement shows no other, but for those that are the same by construction.
TEST(CensusMismatch, PlacementsAreToldApart) {
  using enum PlacementKind;
  const auto is_zero_page = [](PlacementKind kind) {
    return kind == kReadFault || kind == kPopulateRead || kind == kUffdZero || kind == kKsmZeroPage;
  };
  const auto alike = [&](PlacementKind a, PlacementKind b) {
    return (is_zero_page(a) && is_zero_page(b)) || (a == kKsmSingle && b == kKsmNonzero) ||
           (a == kMemfdAgreeing && b == kMemfdDiffering);
  };
  for (const PlacementId& claimed : every_placement())
    for (const PlacementId& found : every_placement()) {
      if (claimed == found || alike(claimed.kind, found.kind) || alike(found.kind, claimed.kind))
        continue;
      EXPECT_TRUE(census_mismatch(claimed, right(found, 1), 1))
          << to_string(found) << " passes for " << to_string(claimed);
    }
}

TEST(CensusMismatch, EveryPageCounts) {
  const std::function<void(Census&)> faults[] = {
      [](Census& c) { --c.present; },
      [](Census& c) { ++c.frames; },
      [](Census& c) { c.ksm_pages += c.ksm_pages == 0 ? 1 : ~0ULL; },
      [](Census& c) { c.zero_pages += c.zero_pages == 0 ? 1 : ~0ULL; },
      [](Census& c) { c.huge_pages += c.huge_pages == 0 ? 1 : ~0ULL; },
      [](Census& c) { c.off_colour_pages = 1; },
      [](Census& c) { c.file_pages += c.file_pages == 0 ? 1 : ~0ULL; },
  };
  using enum PlacementKind;
  // Which of the faults above each placement must show; a fault that its frames can't have is 0.
  const std::pair<PlacementId, std::string> cases[] = {
      {{kPrivate}, "1111101"},    {{kReadFault}, "1101100"},        {{kKsmSingle}, "1110000"},
      {{kKsmDefault}, "1010000"}, {{kKsmZeroPage}, "1101100"},      {{kKsmColoured, 8}, "1110010"},
      {{kKsmNonzero}, "1110000"}, {{kMemfdColoured, 8}, "1100111"}, {{kHugePrivate}, "1001100"},
      {{kHugeZero}, "1001100"},   {{kKsmShared, 0, 16}, "1010000"}, {{kMemfdAgreeing}, "1100101"},
      {{kUffdZero}, "1101100"},   {{kPopulateRead}, "1101100"},     {{kShmemHole}, "1111101"},
  };
  for (const auto& [id, shown] : cases)
    for (std::size_t i = 0; i < std::size(faults); ++i) {
      if (shown[i] == '0') continue;
      Census c = right(id, 1);
      faults[i](c);
      EXPECT_TRUE(census_mismatch(id, c, 1)) << to_string(id) << " with fault " << i;
    }
}

TEST(CensusMismatch, LargeFoliosAreNeitherHugeNorSmall) {
  using enum PlacementKind;
  for (const PlacementId& id : std::initializer_list<PlacementId>{
           {kPrivate}, {kReadFault}, {kMemfdColoured, 512}, {kShmemHole}}) {
    Census c = right(id, 1);
    c.large_pages = 16;
    const auto mismatch = value_of(census_mismatch(id, c, 1));
    EXPECT_THAT(mismatch, testing::HasSubstr("16 in large folios of less than a huge page"));
  }
  Census c = right({kHugePrivate}, 1);
  std::swap(c.huge_pages, c.large_pages);
  EXPECT_EQ(value_of(census_mismatch({kHugePrivate}, c, 1)),
            "huge_private must be all huge pages, none the zero page; found 8192 frames for 8192 "
            "pages; 0 KSM, 0 zero page, 0 huge, 8192 in large folios of less than a huge page");
}

TEST(CensusMismatch, KsmDefaultMayHaveAFewMoreFramesButNotMany) {
  const PlacementId id{PlacementKind::kKsmDefault};
  Census c = right(id, 1);
  c.frames = 33;
  EXPECT_FALSE(census_mismatch(id, c, 1));
  for (const std::uint64_t frames : {1U, 31U, 64U, 8192U}) {
    c.frames = frames;
    EXPECT_TRUE(census_mismatch(id, c, 1)) << frames;
  }
}

TEST(CensusMismatch, KsmSharedHasAFrameForEveryNPagesOrAFewMore) {
  const auto mismatch = [](std::uint64_t sharers, std::uint64_t frames, std::uint64_t pages) {
    const PlacementId id{PlacementKind::kKsmShared, 0, sharers};
    Census c = right(id, 1);
    c.pages = c.present = c.ksm_pages = pages;
    c.frames = frames;
    return census_mismatch(id, c, 1).value_or("");
  };
  EXPECT_EQ(mismatch(2, 4096, 8192), "");
  EXPECT_EQ(mismatch(2, 4097, 8193), "");  // the last page shares with one outside
  EXPECT_EQ(mismatch(3, 2731, 8192), "");
  EXPECT_EQ(mismatch(4096, 3, 8192), "");
  EXPECT_EQ(mismatch(kMaxSharers, 1, 8192), "");
  for (const std::uint64_t frames : {1U, 4095U, 5000U, 8192U})
    EXPECT_THAT(mismatch(2, frames, 8192),
                testing::StartsWith("ksm_shared:2 must be all KSM, 4096 frames or a few more"));
}

TEST(CensusMismatch, ZeroPagesMustShowTheColoursOfTheKernel) {
  for (const PlacementKind kind : {PlacementKind::kReadFault, PlacementKind::kKsmZeroPage}) {
    EXPECT_TRUE(census_mismatch({kind}, right({kind}, 1), 128));  // one frame where there are 128
    EXPECT_TRUE(census_mismatch({kind}, right({kind}, 128), 1));
    Census shifted = right({kind}, 128);
    shifted.colours_seen = std::nullopt;  // a table too small to show them
    EXPECT_FALSE(census_mismatch({kind}, shifted, 128));
    shifted.colours_seen = 64;
    EXPECT_TRUE(census_mismatch({kind}, shifted, 128));
  }
}

TEST(CensusMismatch, SaysWhatWasClaimedAndWhatWasFound) {
  const auto mismatch = value_of(
      census_mismatch({PlacementKind::kKsmSingle}, right({PlacementKind::kKsmDefault}, 1), 1));
  EXPECT_THAT(mismatch,
              testing::StartsWith("ksm_single must be all KSM, 1 frame; found 32 frames for "
                                  "8192 pages; 8192 KSM"));
}

TEST(CensusMismatch, WeakEvidence) {
  for (const PlacementId& id : every_placement()) {
    const auto mismatch = census_mismatch(id, weak(id), std::nullopt);
    if (id.entry().needs_huge_pages) {
      ASSERT_TRUE(mismatch);
      EXPECT_THAT(*mismatch, testing::HasSubstr("CAP_SYS_ADMIN"));
      continue;
    }
    EXPECT_FALSE(mismatch) << *mismatch;
    for (const auto& spoil : std::initializer_list<std::function<void(Census&)>>{
             [](Census& c) { --c.present; },
             [](Census& c) { c.exclusive_pages += c.exclusive_pages == 0 ? 1 : ~0ULL; },
             [](Census& c) { c.file_pages += c.file_pages == 0 ? 1 : ~0ULL; }}) {
      Census c = weak(id);
      spoil(c);
      if (is_of_file(id) && c.exclusive_pages != 0) continue;
      EXPECT_TRUE(census_mismatch(id, c, std::nullopt)) << to_string(id);
    }
    Census uncounted = weak(id);
    uncounted.own_ksm_pages = uncounted.own_zero_pages = std::nullopt;
    EXPECT_EQ(census_mismatch(id, uncounted, std::nullopt).has_value(), id.entry().needs_ksm)
        << to_string(id);
  }
}

}  // namespace
}  // namespace zp
