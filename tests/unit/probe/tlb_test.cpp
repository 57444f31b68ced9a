// SPDX-License-Identifier: MIT
// How many pages fit, where a neighbour has a part of the TLB.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/model/catalogue.hpp"
#include "harness/probe/probe.hpp"
#include "harness/probe/report.hpp"
#include "harness/probe/verdict.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/probe/timers.hpp"

namespace zp::probe {
namespace {

// A read of more pages than that takes so much longer, up to 96.
class Crowding final : public Wrapped {
 public:
  Crowding(std::uint64_t most_pages, double extra_ns)
      : Wrapped(simulated(value_of(model::find_cpu("zen5")))),
        most_pages_(most_pages),
        extra_ns_(extra_ns) {}
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    std::set<std::uint64_t> pages;
    for (const Read& read : loop.reads) pages.insert(read.address);
    if (slot == 1) many_ = pages.size() > most_pages_ && pages.size() <= 96;
    return Wrapped::prepare(slot, loop);
  }
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    return Wrapped::sample_ns(slot, reads) + (slot == 1 && many_ && crowds ? extra_ns_ : 0);
  }

  bool crowds = true;

 private:
  std::uint64_t most_pages_;
  double extra_ns_;
  bool many_ = false;
};

TEST(ProbeTlb, TheMostPagesThatFitInAnyLookCount) {
  Crowding timer(48, 7);
  Findings found;
  found.cycle_ns = {1, 1, 1};
  found.tlb = value_of(find_tlb(timer, {}, 1));
  ASSERT_FALSE(found.tlb.steps.empty());
  EXPECT_EQ(found.tlb.steps[0].fit, 48U);
  timer.crowds = false;
  ASSERT_TRUE(look_again(timer, {}, 1, found.tlb));
  EXPECT_EQ(found.tlb.steps[0].fit, 96U);
  EXPECT_NEAR(found.tlb.steps[0].extra_ns, 7, 0.5);
  timer.crowds = true;
  ASSERT_TRUE(look_again(timer, {}, 1, found.tlb));
  EXPECT_EQ(found.tlb.steps[0].fit, 96U);
  EXPECT_THAT(text_of(found, "a CPU"),
              testing::HasSubstr("96 pages fit (fewer in 2 of 3 looks), 112 cost 7 cycles more"));
  found.rule = Rule::kNone;
  EXPECT_THAT(value_of(cpu_description(found, {"a CPU", "2026-11-28", {{48 << 10, 64, 12}}})),
              testing::HasSubstr("fit, 112 do not (probe; fewer fitted in 2 of 3 looks)"));
}

// What costs a part of the step is not said to cost all of it.
TEST(ProbeTlb, PagesOfWhichSomeFitLieBetween) {
  Crowding timer(80, 3);
  const auto found = value_of(find_tlb(timer, {}, 1));
  ASSERT_FALSE(found.steps.empty());
  EXPECT_EQ(found.steps[0].fit, 80U);
  EXPECT_EQ(found.steps[0].exceeded, 112U);
  EXPECT_NEAR(found.steps[0].extra_ns, 7, 0.5);
}

}  // namespace
}  // namespace zp::probe
