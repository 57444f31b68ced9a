// SPDX-License-Identifier: MIT
// Every placement on the real kernel: what is asked for is what the census shows, and every knob is
// as it was afterwards.
#include "harness/memory/placement.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <algorithm>

#include "harness/walk/kernels.hpp"
#include "tests/outcome.hpp"
#include "tests/sanitized.hpp"
#include "tests/system/host_fixture.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kTablePages = 4096 + 1;  // not a multiple of any number of colours

// GoogleTest's names take no colons.
std::string test_name(const testing::TestParamInfo<std::string>& parameter) {
  std::string name = parameter.param;
  std::ranges::replace(name, ':', '_');
  return name;
}

class Placement : public HostTest, public testing::WithParamInterface<std::string> {};

TEST_P(Placement, ShowsInTheCensusWhatItClaims) {
  const PlacementId id = *parse_placement(GetParam());
  if (const auto reason = why_not_here(id, roots_)) GTEST_SKIP() << *reason;
  KsmSession session(roots_);
  PlacementRequest request;
  request.id = id;
  const std::uint64_t page_bytes = system_page_bytes();
  request.table_bytes = id.entry().needs_huge_pages ? (16 << 20)
                        : id.kind == PlacementKind::kMemfdColoured && id.colours == 1
                            ? 1000 * page_bytes
                            : kTablePages * page_bytes;
  const auto placed = value_of(place(request, session));

  const auto census = value_of(take_census(roots_, placed.table, id.colours));
  const auto mismatch = census_mismatch(id, census, zero_page_colours(roots_));
  EXPECT_FALSE(mismatch) << *mismatch;
  if (id.colours > 1 && 2 * id.colours <= census.pages) {
    EXPECT_EQ(census.colours_seen, id.colours);
  }

  for (const Order order : {Order::kSequential, Order::kRandom, Order::kDependent}) {
    Walk walk{placed.table.base(), 24, request.table_bytes / 24, page_bytes, 0, order, 1};
    EXPECT_EQ(run_walk(walk), expected_sum(walk, placed.contents)) << to_string(order);
    walk = {placed.table.base(),
            2 * page_bytes,
            request.table_bytes / page_bytes / 2,
            page_bytes,
            64,
            order,
            1};
    EXPECT_EQ(run_walk(walk), expected_sum(walk, placed.contents)) << to_string(order);
  }
}

class PlacementByPrctl : public HostTest {};

// All of this process is registered then, and no longer than the table is there.
TEST_F(PlacementByPrctl, ShowsWhatMadviseDoes) {
  if (kSanitized) GTEST_SKIP() << "ksmd would scan the sanitizer's shadow as well, for minutes";
  if (const auto reason = why_no_process_registration(roots_)) GTEST_SKIP() << *reason;
  keeper_->dismiss();
  for (const char* name : {"ksm_single", "ksm_zero_page", "ksm_coloured:8"}) {
    const PlacementId id = *parse_placement(name);
    if (const auto reason = why_not_here(id, roots_)) GTEST_SKIP() << *reason;
    KsmSession session(roots_);
    PlacementRequest request;
    request.id = id;
    request.table_bytes = 1024 * system_page_bytes();
    request.registration = Registration::kPrctl;
    {
      const auto placed = value_of(place(request, session));
      EXPECT_EQ(::prctl(68, 0, 0, 0, 0), 1) << name;  // PR_GET_MEMORY_MERGE
      const auto census = proven_census(id, placed.table, roots_, "after");
      EXPECT_TRUE(census) << census.error().message;
    }
    EXPECT_EQ(::prctl(68, 0, 0, 0, 0), 0) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Placement,
                         testing::Values("private", "read_fault", "populate_read", "uffd_zero",
                                         "shmem_hole", "ksm_single", "ksm_default", "ksm_zero_page",
                                         "ksm_shared:2", "ksm_shared:3", "ksm_shared:4096",
                                         "ksm_coloured:1", "ksm_coloured:2", "ksm_coloured:8",
                                         "ksm_coloured:128", "ksm_coloured:4096", "ksm_nonzero",
                                         "memfd_coloured:1", "memfd_coloured:8",
                                         "memfd_coloured:4096", "huge_private", "huge_zero"),
                         test_name);

}  // namespace
}  // namespace zp
