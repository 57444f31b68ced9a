// SPDX-License-Identifier: MIT
// The census on a pagemap and a kpageflags of our own: sparse files, with entries where the table
// is.
#include "harness/memory/census.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <functional>

#include "harness/memory/census_figures.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/memory/placement.hpp"
#include "harness/support/file.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kPresent = 1ULL << 63, kFile = 1ULL << 61, kExclusive = 1ULL << 56;
constexpr std::uint64_t kFirstFrame = 5000;

struct FakePage {
  std::uint64_t pfn = kFirstFrame, flags = 0, bits = kPresent;
};

class CensusTest : public testing::Test {
 protected:
  // Backs a table of `pages` as `page_of(page)` says; colours are those of the table's VPNs, which
  // begin at colour 0.
  Census census(std::uint64_t pages, const std::function<FakePage(std::uint64_t)>& page_of,
                std::uint64_t colours = 0) {
    const std::uint64_t page_bytes = system_page_bytes();
    auto table = Table::map(pages * page_bytes, kColoursOfTable * page_bytes);
    EXPECT_TRUE(table);
    for (std::uint64_t page = 0; page < pages; ++page) {
      const FakePage fake = page_of(page);
      write_word("proc/self/pagemap", table->first_vpn() + page, fake.bits | fake.pfn);
      write_word("proc/kpageflags", fake.pfn, fake.flags);
    }
    auto taken = value_of(take_census(tree_.roots(), *table, colours));
    tree_.remove("proc/self/pagemap");
    tree_.remove("proc/kpageflags");
    return taken;
  }

  // Where the next table of one page will lie: where the last one did, once that is unmapped.
  static std::uint64_t vpn_of_next_page() {
    return Table::map(system_page_bytes(), system_page_bytes())->first_vpn();
  }

  void write_word(const std::string& path, std::uint64_t index, std::uint64_t word) {
    const Fd fd(::open(tree_.path(path).c_str(), O_WRONLY | O_CREAT, 0600));
    ASSERT_EQ(::pwrite(fd.get(), &word, sizeof word, static_cast<off_t>(index * sizeof word)),
              static_cast<ssize_t>(sizeof word));
  }

  static constexpr std::uint64_t kColoursOfTable = 4096;
  FakeTree tree_;
};

TEST_F(CensusTest, OneFrame) {
  const Census c = census(
      1000,
      [](auto) {
        return FakePage{kFirstFrame, kKpfKsm};
      },
      1);
  EXPECT_TRUE(c.strong);
  EXPECT_EQ(c.pages, 1000U);
  EXPECT_EQ(c.present, 1000U);
  EXPECT_EQ(c.frames, 1U);
  EXPECT_EQ(c.ksm_pages, 1000U);
  EXPECT_EQ(c.zero_pages + c.huge_pages + c.off_colour_pages, 0U);
  EXPECT_EQ(c.colours_seen, 1U);
}

// Pages of N colours show N wherever the table holds every colour twice.
TEST_F(CensusTest, ColoursSeenForAnyTable) {
  for (const std::uint64_t colours : {1U, 2U, 8U, 64U, 1024U})
    for (const std::uint64_t pages : {1UL, 2UL, 3UL, 17UL, 2 * colours - 1, 2 * colours,
                                      2 * colours + 1, 3 * colours - 1, 8500UL}) {
      if (pages < colours) continue;
      const Census c = census(
          pages, [&](auto page) { return FakePage{kFirstFrame + page % colours}; }, colours);
      ASSERT_EQ(c.frames, colours) << pages;
      ASSERT_EQ(c.off_colour_pages, 0U) << pages;
      if (pages >= 2 * colours)
        ASSERT_EQ(c.colours_seen, colours) << pages;
      else
        ASSERT_EQ(c.colours_seen, std::nullopt) << colours << " of " << pages;
    }
}

TEST_F(CensusTest, FramesThatGoDownwardsAreCounted) {
  const Census c = census(20000, [](auto page) { return FakePage{100000 - page, 1}; });
  EXPECT_EQ(c.frames, 20000U);
  EXPECT_EQ(c.colours_seen, std::nullopt);
  EXPECT_EQ(c.ksm_pages, 0U);
}

TEST_F(CensusTest, FramesFarApartAreCounted) {
  const Census c = census(64, [](auto page) {
    return FakePage{1000 + page * 1'000'003, page % 2 == 0 ? kKpfKsm : 0};
  });
  EXPECT_EQ(c.frames, 64U);
  EXPECT_EQ(c.ksm_pages, 32U);
}

TEST_F(CensusTest, OnePageOffItsColourIsFound) {
  const Census c = census(
      1024, [](auto page) { return FakePage{kFirstFrame + (page == 777 ? 0 : page % 8)}; }, 8);
  EXPECT_EQ(c.frames, 8U);
  EXPECT_EQ(c.off_colour_pages, 1U);
  EXPECT_EQ(c.colours_seen, std::nullopt);
}

TEST_F(CensusTest, FewerColoursThanAskedAreOnTheirColourAllTheSame) {
  const Census c = census(
      1024, [](auto page) { return FakePage{kFirstFrame + page % 2}; }, 8);
  EXPECT_EQ(c.off_colour_pages, 0U);
  EXPECT_EQ(c.frames, 2U);  // which is how it is told from 8
  EXPECT_EQ(c.colours_seen, 2U);
}

TEST_F(CensusTest, AbsentPagesAreNotCountedAsFrames) {
  const Census c = census(100, [](auto page) {
    return page % 4 == 0 ? FakePage{7, kKpfKsm, 0} : FakePage{kFirstFrame, kKpfZeroPage};
  });
  EXPECT_EQ(c.present, 75U);
  EXPECT_EQ(c.frames, 1U);
  EXPECT_EQ(c.zero_pages, 75U);
  EXPECT_EQ(c.ksm_pages, 0U);
}

TEST_F(CensusTest, FlagsOfFramesAndBitsOfPagesAreSharedOut) {
  const Census c = census(8, [](auto page) {
    const FakePage kinds[] = {
        {10, kKpfKsm, kPresent},
        {11, kKpfZeroPage, kPresent},
        {12, kKpfThp, kPresent | kExclusive},
        {13, kKpfHuge, kPresent | kExclusive},
        {14, kKpfThp | kKpfZeroPage, kPresent},
        {15, 0, kPresent | kFile},
        {15, 0, kPresent | kFile},
        {16, 0, kPresent | kExclusive},
    };
    return kinds[page];
  });
  EXPECT_EQ(c.frames, 7U);
  EXPECT_EQ(c.ksm_pages, 1U);
  EXPECT_EQ(c.zero_pages, 2U);
  EXPECT_EQ(c.huge_pages, 3U);
  EXPECT_EQ(c.file_pages, 2U);
  EXPECT_EQ(c.exclusive_pages, 3U);
}

// KPF_THP is on every large folio; what shows its size is where it begins.
TEST_F(CensusTest, FoliosOfLessThanAHugePageAreNotHuge) {
  const std::uint64_t each = 512;
  tree_.write("sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
              std::to_string(each * system_page_bytes()) + "\n");
  const auto folios_of = [](std::uint64_t pages) {
    return [pages](std::uint64_t page) {
      const std::uint64_t flag = page % pages == 0 ? kKpfCompoundHead : kKpfCompoundTail;
      return FakePage{10 * each + page, kKpfThp | flag, kPresent | kExclusive};
    };
  };
  for (const std::uint64_t pages : {2U, 16U, 256U}) {
    const Census c = census(2 * each, folios_of(pages));
    EXPECT_EQ(c.huge_pages, 0U) << pages;
    EXPECT_EQ(c.large_pages, 2 * each) << pages;
  }
  for (const std::uint64_t pages : {512U, 1024U}) {
    const Census c = census(2 * each, folios_of(pages));
    EXPECT_EQ(c.huge_pages, 2 * each) << pages;
    EXPECT_EQ(c.large_pages, 0U) << pages;
  }
  // A huge page, and one whose place smaller folios have.
  const Census both = census(2 * each, [&](std::uint64_t page) {
    return page < each ? folios_of(each)(page) : folios_of(16)(page);
  });
  EXPECT_EQ(both.huge_pages, each);
  EXPECT_EQ(both.large_pages, each);
}

// Of an L2 as of Emerald Rapids: 32 page colours, 16 ways.
class CrowdingTest : public CensusTest {
 protected:
  using Key = std::string_view;
  static std::optional<double> figure(const Census& census, Key key,
                                      const std::optional<DataCache>& l2 = kL2) {
    for (const auto& [name, value] : census_figures(census, l2))
      if (name == key) return value;
    return std::nullopt;
  }
  // `step` is from one frame to the next.
  Census shared(std::uint64_t frames, std::uint64_t step) {
    return census(4 * frames, [&](auto page) {
      return FakePage{kFirstFrame + page / 4 * step, kKpfKsm};
    });
  }

  static constexpr DataCache kL2{32 * 16 * 4096, 64, 16};
};

TEST_F(CrowdingTest, FramesAMebibyteApartHaveOneColour) {
  if (system_page_bytes() != 4096) GTEST_SKIP() << "pages of another size";
  const Census apart = shared(64, 256);
  EXPECT_EQ(figure(apart, "frames"), 64);
  EXPECT_EQ(figure(apart, "l2_page_colours"), 1);
  EXPECT_EQ(figure(apart, "l2_crowded_share"), 1);
  const Census in_a_row = shared(64, 1);
  EXPECT_EQ(figure(in_a_row, "l2_page_colours"), 32);
  EXPECT_EQ(figure(in_a_row, "l2_crowded_share"), 0);
}

TEST_F(CrowdingTest, AsManyFramesAsWaysDoNotCrowd) {
  if (system_page_bytes() != 4096) GTEST_SKIP() << "pages of another size";
  EXPECT_EQ(figure(shared(16, 256), "l2_crowded_share"), 0);
  EXPECT_EQ(figure(shared(17, 256), "l2_crowded_share"), 1);
  // 24 frames of one colour, and others alone or two of a colour.
  const Census some = census(
      64, [](auto page) { return FakePage{kFirstFrame + (page < 24 ? 1024 + page * 32 : page)}; });
  EXPECT_EQ(figure(some, "l2_page_colours"), 32);
  EXPECT_EQ(figure(some, "l2_crowded_share"), 25.0 / 64);  // page 32 has that colour, too
}

TEST_F(CrowdingTest, AbsentWhereFramesOrL2AreNotKnown) {
  const Census hidden = census(16, [](auto) { return FakePage{0, 0, kPresent | kExclusive}; });
  EXPECT_TRUE(census_figures(hidden, kL2).empty());
  const Census seen = census(16, [](auto page) { return FakePage{kFirstFrame + page}; });
  for (const std::optional<DataCache>& l2 :
       {std::optional<DataCache>(), std::optional(DataCache{2 << 20, 64, 0}),
        std::optional(DataCache{1ULL << 40, 64, 1})}) {
    EXPECT_EQ(figure(seen, "l2_page_colours", l2), std::nullopt);
    EXPECT_EQ(figure(seen, "l2_crowded_share", l2), std::nullopt);
    EXPECT_EQ(figure(seen, "frames", l2), 16);
  }
}

// Linux 6.12.107 has KPF_KSM on every anonymous page, also on one of the census's own.
TEST_F(CensusTest, AFlagThatIsOnEveryPageSaysNothing) {
  const auto every_page_flagged = [this](std::uint64_t page) {
    if (page == 0) {
      write_word("proc/self/pagemap", vpn_of_next_page(), kPresent | kExclusive | 4000);
      write_word("proc/kpageflags", 4000, kKpfKsm);
    }
    const bool merged = page < 60;  // of 100, mapped more than once
    return merged ? FakePage{kFirstFrame, kKpfKsm}
                  : FakePage{kFirstFrame + page, kKpfKsm, kPresent | kExclusive};
  };
  const Census c = census(100, every_page_flagged);
  if (c.ksm_pages == 100) GTEST_SKIP() << "the census's own page was mapped elsewhere";
  EXPECT_EQ(c.ksm_pages, 60U);
  EXPECT_EQ(c.frames, 41U);
}

TEST_F(CensusTest, FramesThatNoMachineHasAreRefused) {
  auto table = Table::map(system_page_bytes(), system_page_bytes());
  write_word("proc/self/pagemap", table->first_vpn(), kPresent | (1ULL << 54));
  write_word("proc/kpageflags", 0, 0);
  const auto taken = error_of(take_census(tree_.roots(), *table, 0));
  EXPECT_EQ(taken.code, ExitCode::kCannotRun);
  EXPECT_THAT(taken.message, testing::HasSubstr("which no machine has"));
}

TEST_F(CensusTest, HiddenFrameNumbersAreWeakEvidence) {
  tree_.write("proc/self/ksm_stat", "ksm_rmap_items 9\nksm_zero_pages 2\nksm_merging_pages 5\n");
  const Census c = census(16, [](auto) { return FakePage{0, 0, kPresent | kExclusive}; });
  EXPECT_FALSE(c.strong);
  EXPECT_THAT(c.why_weak, testing::HasSubstr("CAP_SYS_ADMIN"));
  EXPECT_EQ(c.frames, 0U);
  EXPECT_EQ(c.colours_seen, std::nullopt);
  EXPECT_EQ(c.present, 16U);
  EXPECT_EQ(c.exclusive_pages, 16U);
  EXPECT_EQ(c.own_ksm_pages, 5U);
  EXPECT_EQ(c.own_zero_pages, 2U);
}

TEST_F(CensusTest, WithoutKpageflagsEvidenceIsWeak) {
  const auto table = value_of(Table::map(4 * system_page_bytes(), system_page_bytes()));
  for (std::uint64_t page = 0; page < 4; ++page)
    write_word("proc/self/pagemap", table.first_vpn() + page, kPresent | (kFirstFrame + page));
  const auto c = value_of(take_census(tree_.roots(), table, 0));
  EXPECT_FALSE(c.strong);
  EXPECT_THAT(c.why_weak, testing::HasSubstr(tree_.path("proc/kpageflags")));
  EXPECT_EQ(c.own_ksm_pages, std::nullopt);
}

TEST_F(CensusTest, WithoutPagemapThereIsNone) {
  const auto table = value_of(Table::map(system_page_bytes(), system_page_bytes()));
  EXPECT_EQ(error_of(take_census(tree_.roots(), table, 0)).code, ExitCode::kCannotRun);
  tree_.write("proc/self/pagemap", "short");
  EXPECT_THAT(error_of(take_census(tree_.roots(), table, 0)).message,
              testing::HasSubstr("end of file"));
}

// What holds before timing need not hold after it: then the row is an error that says when.
TEST_F(CensusTest, TheSecondSeesWhatHasChangedSinceTheFirst) {
  const auto table = value_of(Table::map(4 * system_page_bytes(), system_page_bytes()));
  const auto back = [&](std::uint64_t page, const FakePage& with) {
    write_word("proc/self/pagemap", table.first_vpn() + page, with.bits | with.pfn);
    write_word("proc/kpageflags", with.pfn, with.flags);
  };
  const auto proven = [&](PlacementKind kind, const char* when) {
    return proven_census({kind, 0}, table, tree_.roots(), 1, when);
  };
  for (std::uint64_t page = 0; page < 4; ++page) back(page, {kFirstFrame + page});
  EXPECT_EQ(value_of(proven(PlacementKind::kPrivate, "before timing")).frames, 4U);
  back(2, {kFirstFrame + 9});  // moved by compaction: still a frame of its own
  const auto moved = value_of(proven(PlacementKind::kPrivate, "after timing"));
  EXPECT_EQ(moved.frames, 4U);
  EXPECT_EQ(moved.frames_by_number[(kFirstFrame + 2) % kMaxColours], 0U);
  EXPECT_EQ(moved.frames_by_number[(kFirstFrame + 9) % kMaxColours], 1U);
  back(2, {kFirstFrame + 1, kKpfKsm});  // merged with its neighbour
  EXPECT_EQ(error_of(proven(PlacementKind::kPrivate, "after timing")).message,
            "census after timing: private must be one small frame per page, of no file; found 3 "
            "frames for 4 pages; 2 KSM, 0 zero page, 0 huge");

  for (std::uint64_t page = 0; page < 4; ++page) back(page, {kFirstFrame, kKpfZeroPage});
  EXPECT_TRUE(proven(PlacementKind::kReadFault, "before timing"));
  back(3, {kFirstFrame + 7});  // written
  const auto written = error_of(proven(PlacementKind::kReadFault, "after timing"));
  EXPECT_EQ(written.code, ExitCode::kFailed);
  EXPECT_THAT(written.message,
              testing::HasSubstr("after timing: read_fault must be all zero page"));
  EXPECT_THAT(written.message,
              testing::HasSubstr("found 2 frames for 4 pages; 0 KSM, 3 zero page"));
}

TEST_F(CensusTest, ReadsTheFramesForAModel) {
  const auto table = value_of(Table::map(3 * system_page_bytes(), system_page_bytes()));
  for (std::uint64_t page = 0; page < 3; ++page)
    write_word("proc/self/pagemap", table.first_vpn() + page, kPresent | (kFirstFrame + page));
  EXPECT_EQ(*read_frames(tree_.roots(), table),
            (std::vector<std::uint64_t>{kFirstFrame, kFirstFrame + 1, kFirstFrame + 2}));
  write_word("proc/self/pagemap", table.first_vpn() + 1, kPresent);
  EXPECT_TRUE(read_frames(tree_.roots(), table)->empty());
}

}  // namespace
}  // namespace zp
