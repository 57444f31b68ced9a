// SPDX-License-Identifier: MIT
// What the probe makes of times: prices, sets, TLBs, and a description of the CPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "harness/model/catalogue.hpp"
#include "harness/model/machine.hpp"
#include "harness/probe/probe.hpp"
#include "harness/probe/report.hpp"
#include "harness/probe/verdict.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/probe/timers.hpp"
#include "tests/unit/probe/truth.hpp"

namespace zp::probe {
namespace {

// A look at what is timed.
class Watched final : public Wrapped {
 public:
  using Wrapped::Wrapped;
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    for (const Read& one : loop.reads)
      for (const Read& other : loop.reads)
        if (one.frame == other.frame && one.address == other.address &&
            one.offset_bytes / 64 < other.offset_bytes / 64)
          least_bytes = std::min(least_bytes, other.offset_bytes - one.offset_bytes);
    const Read& first = loop.reads.front();
    if (std::ranges::all_of(loop.reads, [&](const Read& read) {
          return read.frame == first.frame && read.offset_bytes / 64 == first.offset_bytes / 64;
        }))
      most_addresses = std::max(most_addresses, loop.reads.size());
    return Wrapped::prepare(slot, loop);
  }

  std::uint32_t least_bytes = 4096;  // between two lines of a page
  std::size_t most_addresses = 0;    // of one line
};

HashFindings true_hash(const model::Description& cpu) {
  HashFindings hash;
  hash.rows = truth_of(cpu).rows;
  for (const Mask row : hash.rows) hash.counting |= row;
  return hash;
}

TEST(ProbePrices, LinesOfAPageLieTooFarApartForAPrefetcher) {
  const auto cpu = value_of(model::find_cpu("zen5"));
  Watched timer(simulated(cpu));
  SetFindings sets;
  sets.lines_that_fit = 12;
  sets.evict_each_other = Answer::kYes;
  const auto prices = value_of(find_prices(timer, {}, true_hash(cpu), sets));
  EXPECT_TRUE(prices.l2_hit);
  EXPECT_GE(timer.least_bytes, 512U);
}

// A neighbour on the core: in bursts, one slot's windows take four times as long.
class Disturbed final : public Wrapped {
 public:
  Disturbed(std::unique_ptr<Timer> timer, unsigned slot) : Wrapped(std::move(timer)), slot_(slot) {
    reach_ = Wrapped::reach();
    reach_.frames = 512;
    reach_.free_below = 24;
  }
  [[nodiscard]] const Reach& reach() const override { return reach_; }
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    const bool burst = samples_++ % 130 >= 70;
    return Wrapped::sample_ns(slot, reads) * (burst && slot == slot_ ? 4 : 1);
  }

 private:
  Reach reach_;
  unsigned slot_, samples_ = 0;
};

TEST(ProbeTlb, ANeighboursBurstIsNoStepAndNothingCostsLessThanNothing) {
  for (const unsigned slot : {0U, 1U}) {
    Disturbed timer(simulated(*model::find_cpu("zen5")), slot);
    const auto found = value_of(find_tlb(timer, {}, 1));
    ASSERT_EQ(found.steps.size(), 1U) << "slot " << slot;
    EXPECT_EQ(found.steps[0].fit, 96U);
    EXPECT_NEAR(found.steps[0].extra_ns, 7, 0.5);
  }
}

TEST(ProbeSets, ANeighboursBurstTakesNoRoom) {
  Disturbed timer(simulated(*model::find_cpu("zen5")), 1);
  const auto found = value_of(find_sets(timer, {}, truth_of(*model::find_cpu("zen5")).rows));
  EXPECT_EQ(found.lines_that_fit, 12U);
}

// A line's price is that of a loop over many pages of one frame. Chains over few addresses found
// each other's fills, and half of it.
TEST(ProbePrices, OneLineIsReadThroughMoreAddressesThanACoreHasReadsInFlight) {
  const auto cpu = value_of(model::find_cpu("zen5"));
  Watched timer(simulated(cpu));
  const auto prices = value_of(find_prices(timer, {}, true_hash(cpu), {}));
  EXPECT_GE(timer.most_addresses, 128U);
  EXPECT_NEAR(prices.same_line->middle, 12.85, 0.01);  // of 12.1 to 13.6
}

// A page whose every read takes twelve times as long.
class SlowPage final : public Wrapped {
 public:
  using Wrapped::Wrapped;
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    slow_ = std::ranges::all_of(loop.reads, [](const Read& read) { return read.address == 0; });
    return Wrapped::prepare(slot, loop);
  }
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    return Wrapped::sample_ns(slot, reads) * (slow_ ? 12 : 1);
  }

 private:
  bool slow_ = false;
};

TEST(ProbePrices, ASlowPageIsNotTheFirstLevelsPrice) {
  const auto cpu = value_of(model::find_cpu("emeraldrapids"));
  SlowPage timer(simulated(cpu));
  EXPECT_NEAR(value_of(find_prices(timer, {}, {}, {})).l1_hit->middle, 5.05, 0.01);  // of 5 to 5.1
}

// With caches small enough for a quick test.
std::unique_ptr<Timer> with_third_level(std::uint64_t l3_bytes, const Noise& noise) {
  auto cpu = model::find_cpu("zen5").value();
  cpu.geometry.caches[0].size_bytes = 8 << 10;
  cpu.geometry.caches[0].ways = 2;
  cpu.geometry.caches[1].size_bytes = 64 << 10;
  cpu.geometry.caches[2].size_bytes = l3_bytes;
  return simulated(cpu, noise);
}

// The TLB's share is taken off.
TEST(ProbeThirdLevel, IsPricedBetweenTheSizesThatTheSystemNames) {
  const Figure l2_hit{14, 14, 14};
  for (const Noise& noise : {Noise{}, Noise{0.2, 0.05, 1}, Noise{0.2, 0.05, 2}}) {
    const auto timer = with_third_level(2 << 20, noise);
    const ThirdLevel found = find_third_level(*timer, {}, l2_hit).value();
    ASSERT_TRUE(found.latency && found.in_flight) << found.why_not;
    EXPECT_NEAR(found.latency->middle, 46.5, noise.share == 0 ? 0.5 : 7);  // of 43 to 50
    EXPECT_LT(found.in_flight->middle, found.latency->middle / 5);
  }
  const auto small = with_third_level(256 << 10, {});
  EXPECT_EQ(find_third_level(*small, {}, l2_hit).value().why_not,
            "no table that can be had lies between L2 and L3");
}

// Reads that wait leave a neighbour time to throw their lines out of L3.
class Crowded final : public Wrapped {
 public:
  using Wrapped::Wrapped;
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    const double ns = Wrapped::sample_ns(slot, reads);
    return ns > 30 ? 240 : ns;  // 40 of those that do not wait
  }
};

TEST(ProbeThirdLevel, ThePriceOfMemoryIsNotTakenForIts) {
  Crowded timer(with_third_level(2 << 20, {}));
  const ThirdLevel found = find_third_level(timer, {}, Figure{14, 14, 14}).value();
  EXPECT_FALSE(found.latency);
  EXPECT_TRUE(found.in_flight);
  EXPECT_EQ(found.why_not, "others threw its lines out: reads that wait went to memory");
}

// Where a quota stops the thread, some reads that wait agree by chance; nothing bounds them then.
class NeverTwiceAlike final : public Wrapped {
 public:
  using Wrapped::Wrapped;
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    growing_ = loop.chains == 0 ? 2 * growing_ : growing_;
    waits_ = loop.chains != 0;
    return Wrapped::prepare(slot, loop);
  }
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    const double ns = Wrapped::sample_ns(slot, reads);
    return waits_ ? (ns > 30 ? 550 : ns) : growing_ * ns;
  }

 private:
  double growing_ = 1;
  bool waits_ = false;
};

TEST(ProbeThirdLevel, HasNoLatencyThatNothingBounds) {
  NeverTwiceAlike timer(with_third_level(2 << 20, {}));
  const ThirdLevel found = find_third_level(timer, {}, Figure{14, 14, 14}).value();
  EXPECT_FALSE(found.in_flight);
  EXPECT_FALSE(found.latency) << found.latency->middle;
  EXPECT_EQ(found.why_not, "6 visits and two tables did not agree");
}

// A quota is named where it is what times lack.
TEST(ProbeVerdict, SaysWhatHeldItBack) {
  auto timer = simulated_timer(*model::find_cpu("skylake"), {}).value();
  Request request;
  request.seconds = 0;
  request.most_samples = 20;
  request.rule_only = true;
  request.held_back = "a quota";
  const auto found = probe(*timer, request);
  ASSERT_TRUE(found) << found.error().message;
  const std::string text = text_of(*found, "a CPU");
  EXPECT_THAT(text, testing::HasSubstr("Missing    undisturbed times: a quota\n"));
}

Findings found_by(Rule rule, std::mt19937_64& random) {
  Findings found;
  found.cycle_ns = {0.25, 0.25, 0.25};
  found.rule = rule;
  found.page_shift = 12 + 2 * static_cast<unsigned>(random() % 3);
  found.prices.l1_hit = found.prices.l2_hit = Figure{1, 0.9, 1.1};
  found.hash.counting = span_of(found.page_shift, 18);
  found.hash.rows = {bit(found.page_shift) | bit(27), bit(46)};
  found.sets.index = bit(found.page_shift);
  found.sets.colour = span_of(std::min(14U, found.page_shift), std::max(14U, found.page_shift));
  found.tlb.steps = {{random() % 2 == 0 ? 96U : 1280U, 112, 1}, {1536, 1792, 8}};
  return found;
}

TEST(ProbeCpuFile, SaysWhatTheHostMapsWhereHugePagesAreNotHuge) {
  std::mt19937_64 random(1);
  Findings found = found_by(Rule::kUtag, random);
  const auto nested = [&] {
    const auto text = cpu_description(found, {"a CPU", "2026-11-27", {{48 << 10, 64, 12}}});
    return model::parse_description(text.value(), "its.cpu").value().nested_page_bytes;
  };
  EXPECT_FALSE(nested());
  found.tlb.huge = Answer::kYes;
  EXPECT_FALSE(nested());
  found.tlb.huge = Answer::kNo;
  EXPECT_EQ(nested(), 1ULL << found.page_shift);
}

TEST(ProbeCpuFile, IsReadWhateverTheSystemSaysOfItsCaches) {
  const auto read = [](const Findings& found, const std::vector<CacheLevel>& caches) {
    const auto text = cpu_description(found, {"a CPU", "2026-11-26", caches});
    return text ? model::parse_description(*text, "its.cpu")
                : Outcome<model::Description>(tl::make_unexpected(text.error()));
  };
  std::mt19937_64 random(1);
  const auto among = [&](std::vector<std::uint64_t> values) {
    return values[random() % values.size()];
  };
  constexpr Rule kAll[] = {Rule::kNone,      Rule::kUtag,       Rule::kDuplicate,
                           Rule::kExclusive, Rule::kLogicalTag, Rule::kVirtualCoherency};
  for (int i = 0; i < 3000; ++i) {
    const Findings found = found_by(kAll[i % 6], random);
    // KiB that Linux prints, of machines and of hypervisors that make them up.
    std::vector<CacheLevel> caches{{among({16, 24, 32, 48, 64, 128, 192}) << 10,
                                    among({0, 64, 128, 48}), among({0, 1, 2, 6, 8, 12, 65535})}};
    for (auto levels = random() % 3; levels > 0; --levels)
      caches.push_back({among({0, 256, 1280, 2048, 3072, 36608, 307200}) << 10,
                        among({0, 64, 64, 256}), among({0, 8, 11, 12, 16, 20, 128, 65535})});
    if (caches.size() == 3 && random() % 8 == 0) caches[2].size_bytes = 4ULL << 30;
    const auto cpu = read(found, caches);
    const bool needs_l2 = i % 6 > 2;
    if (needs_l2 && (caches.size() == 1 || caches[1].size_bytes == 0)) {
      ASSERT_FALSE(cpu);
      EXPECT_EQ(cpu.error().code, ExitCode::kCannotRun);
      continue;
    }
    ASSERT_TRUE(cpu) << cpu.error().message << ", trial " << i;
  }
  // An Emerald Rapids: 20 slices' worth of sets are no power of two. Nothing of it is put right.
  const auto cpu = read(found_by(Rule::kNone, random),
                        {{48 << 10, 64, 12}, {2 << 20, 64, 16}, {300 << 20, 64, 20}});
  ASSERT_TRUE(cpu) << cpu.error().message;
  EXPECT_EQ(cpu->geometry.caches[2].sets(), 245760U);
  EXPECT_TRUE(model::Machine::create(cpu->geometry, cpu->page_bytes));
}

// As under a small ulimit -v.
class FewAddresses : public Wrapped {
 public:
  FewAddresses(std::unique_ptr<Timer> timer, unsigned highest)
      : Wrapped(std::move(timer)), reach_(Wrapped::reach()) {
    std::erase_if(reach_.bits, [&](unsigned number) { return number > highest; });
    reach_.free_below = std::min(reach_.free_below, highest + 1);
  }
  [[nodiscard]] const Reach& reach() const override { return reach_; }

 private:
  Reach reach_;
};

TEST(ProbeSets, WhereTooFewAddressesCanBeMappedItSaysSo) {
  for (const unsigned highest : {20U, 22U, 23U}) {
    FewAddresses timer(simulated(value_of(model::find_cpu("emeraldrapids"))), highest);
    const auto found = value_of(probe(timer, {.seconds = 60}));
    EXPECT_EQ(found.rule, Rule::kUnclear) << highest;
    EXPECT_EQ(found.why_unclear, "how lines share sets: too few addresses can be mapped");
    EXPECT_THAT(found.prices.why_no_l2, testing::StartsWith("too few addresses"));
  }
}

// The old copy stays in its set when a flipped bit chooses another one: a synonym, however dear.
TEST(ProbeSets, ADearSynonymIsNoCoherencyException) {
  auto cpu = value_of(model::find_cpu("74k"));
  cpu.latencies.synonym = {80, 80};
  const auto found = value_of(probe(*simulated(cpu), {.seconds = 60, .rule_only = true}));
  EXPECT_EQ(found.rule, truth_of(cpu).rule) << name_of(found.rule);
}

// Of more than twelve independent bits: one bit's partners may be bits that have partners.
TEST(ProbeHash, FewDependentBitsStandForManyIndependentOnes) {
  const std::vector<std::vector<unsigned>> rows = {
      {33},         {34, 23, 29, 31}, {24, 23}, {22, 23},         {14},     {32, 14, 23, 30},
      {13, 16, 31}, {35, 32},         {15, 34}, {21, 15, 31, 26}, {14, 28}, {16, 25},
      {25}};
  auto cpu = value_of(model::find_cpu("zen3"));
  cpu.geometry.utag_bits.clear();
  for (const auto& row : rows) {
    Mask mask = 0;
    for (const unsigned number : row) mask |= bit(number);
    cpu.geometry.utag_bits.push_back(mask);
  }
  const auto found = value_of(probe(*simulated(cpu), {.seconds = 60, .rule_only = true}));
  EXPECT_EQ(reduced(found.hash.rows), truth_of(cpu).rows);
  EXPECT_EQ(found.rule, Rule::kUtag);
}

}  // namespace
}  // namespace zp::probe
