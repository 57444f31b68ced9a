// SPDX-License-Identifier: MIT
#include "harness/model/frames.hpp"
#include "tests/outcome.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace zp::model {
namespace {

std::size_t distinct(const std::vector<std::uint64_t>& pfns) {
  return std::set<std::uint64_t>(pfns.begin(), pfns.end()).size();
}

TEST(Frames, EachPlacementHasTheFramesItsCensusMustShow) {
  const auto frames = [](std::string_view placement) {
    const auto made = construct_frames(placement, 2048, 4096, 128);
    EXPECT_TRUE(made) << placement;
    EXPECT_EQ(distinct(made->pfns), made->frames) << placement;
    EXPECT_EQ(made->pfns.size(), 2048U);
    return made->frames;
  };
  EXPECT_EQ(frames("private"), 2048U);
  EXPECT_EQ(frames("ksm_single"), 1U);
  EXPECT_EQ(frames("ksm_nonzero"), 1U);
  EXPECT_EQ(frames("ksm_default"), 8U);
  EXPECT_EQ(frames("ksm_shared:2"), 1024U);
  EXPECT_EQ(frames("ksm_shared:3"), 683U);
  EXPECT_EQ(frames("ksm_shared:4096"), 1U);
  EXPECT_EQ(frames("read_fault"), 128U);
  EXPECT_EQ(frames("populate_read"), 128U);
  EXPECT_EQ(frames("uffd_zero"), 128U);
  EXPECT_EQ(frames("ksm_zero_page"), 128U);
  EXPECT_EQ(frames("ksm_coloured:16"), 16U);
  EXPECT_EQ(frames("memfd_coloured:1"), 1U);
  EXPECT_EQ(frames("shmem_hole"), 2048U);
  EXPECT_EQ(frames("huge_private"), 2048U);
  EXPECT_EQ(frames("huge_zero"), 512U);
}

TEST(Frames, ColouredPagesHaveTheFrameOfTheirColour) {
  const auto made = value_of(construct_frames("ksm_coloured:8", 64, 4096, 1));
  for (std::size_t page = 8; page < 64; ++page) EXPECT_EQ(made.pfns[page], made.pfns[page % 8]);
  EXPECT_EQ(made.mapping_bytes, 4096U);
  EXPECT_EQ(construct_frames("huge_zero", 1024, 4096, 1)->mapping_bytes, 2U << 20);
  EXPECT_EQ(made.distance, 1U);
  EXPECT_EQ(construct_frames("ksm_default", 1024, 4096, 1)->distance, 256U);
}

// KSM's frames lie 256 pages apart where memory is contiguous: in one page colour of an L2 with 32.
TEST(Frames, LieInAsManyPageColoursAsAskedFor) {
  for (const std::uint64_t used : {1U, 5U, 32U}) {
    const auto made = value_of(construct_frames("ksm_default", 64 * 256, 4096, 1, {32, used}));
    EXPECT_EQ(distinct(made.pfns), 64U);
    auto colours = made.pfns;
    for (std::uint64_t& colour : colours) colour %= 32;
    EXPECT_EQ(distinct(colours), used);
  }
  EXPECT_EQ(construct_frames("ksm_default", 64 * 256, 4096, 1, {32, 32})->pfns,
            construct_frames("ksm_default", 64 * 256, 4096, 1)->pfns);
}

TEST(Frames, CrowdAsAskedFor) {
  const auto crowded = [](const FrameLayout& layout, std::uint64_t frames) {
    const auto made = construct_frames("ksm_default", frames * 256, 4096, 1, layout);
    EXPECT_EQ(distinct(made->pfns), frames);
    std::map<std::uint64_t, std::set<std::uint64_t>> of_colour;
    for (const std::uint64_t pfn : made->pfns) of_colour[pfn % layout.page_colours].insert(pfn);
    std::size_t count = 0;
    for (const auto& [colour, pfns] : of_colour) count += pfns.size() > 16 ? pfns.size() : 0;
    EXPECT_LE(of_colour.size(), layout.used);
    return count;
  };
  // What runs on an Emerald Rapids saw, and the ends.
  EXPECT_EQ(crowded({32, 12, 16, 0.578}, 64), 37U);
  EXPECT_EQ(crowded({32, 7, 16, 0.906}, 64), 58U);
  EXPECT_EQ(crowded({32, 12, 16, 0.986}, 2048), 2019U);
  EXPECT_EQ(crowded({32, 1, 16, 1}, 64), 64U);
  EXPECT_EQ(crowded({32, 32, 16, 0}, 64), 0U);
  // No frames lie so: evenly.
  EXPECT_EQ(crowded({32, 32, 16, 0.1}, 64), 0U);
  EXPECT_EQ(crowded({32, 2, 16, 0.5}, 64), 64U);
}

TEST(Frames, RefusesWhatIsNoPlacement) {
  const auto message = [](std::string_view placement, std::uint64_t pages) {
    const auto made = construct_frames(placement, pages, 4096, std::nullopt);
    EXPECT_FALSE(made) << placement;
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(message("ksm_singel", 4),
            "unknown placement 'ksm_singel'; nearest: ksm_single, "
            "ksm_nonzero, ksm_shared:N");
  EXPECT_EQ(message("ksm_coloured:8", 4),
            "placement 'ksm_coloured:8': more colours than the table's 4 pages");
  for (const char* wrong :
       {"ksm_coloured:", "ksm_coloured:0", "ksm_coloured:3", "ksm_coloured:8x",
        "ksm_coloured:99999999999999999999", "ksm_shared:1", "ksm_shared:x", ""})
    EXPECT_NE(message(wrong, 64), "") << wrong;
  EXPECT_NE(message("private", 0), "");
  EXPECT_NE(message("private", 1ULL << 40), "");
  EXPECT_NE(message("read_fault", 64).find("zero_page_colours"), std::string::npos);
}

}  // namespace
}  // namespace zp::model
