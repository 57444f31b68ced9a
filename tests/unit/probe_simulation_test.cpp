// SPDX-License-Identifier: MIT
// The loop closed: what the probe finds in the times of a described CPU is what the description
// says.
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "harness/model/catalogue.hpp"
#include "harness/model/machine.hpp"
#include "harness/probe/probe.hpp"
#include "harness/probe/report.hpp"
#include "harness/probe/simulated_timer.hpp"

namespace zp::probe {
namespace {

struct Truth {
  Rule rule = Rule::kNone;
  std::vector<Mask> rows;  // of the hash, reduced
  Mask index = 0, colour = 0;
};

Mask span_of(unsigned low, unsigned high) {
  return (bit(high) << 1) - bit(low);
}

// What of the description can be seen through whole pages.
Truth truth_of(const model::Description& cpu) {
  const unsigned shift = static_cast<unsigned>(std::countr_zero(cpu.page_bytes));
  const Mask visible = span_of(shift, 43);
  const model::Geometry& shape = cpu.geometry;
  const Mask index = (shape.caches[0].way_bytes() - 1) & visible;
  Truth truth;
  switch (shape.synonyms) {
    case model::SynonymRule::kNone:
      break;
    case model::SynonymRule::kUtag:
      for (const Mask row : shape.utag_bits) truth.rows.push_back(row & visible);
      truth.rows = reduced(truth.rows);
      if (!truth.rows.empty()) truth.rule = Rule::kUtag;
      break;
    case model::SynonymRule::kDuplicate:
      truth.index = index;
      if (index != 0) truth.rule = Rule::kDuplicate;
      break;
    case model::SynonymRule::kExclusive: {
      const auto bits = shape.synonym_bits;
      const Mask counting = index | (bits ? span_of(bits->first, bits->second) & visible : 0);
      truth.index = index;
      truth.rows = split_singles(counting);
      if (counting != 0) truth.rule = Rule::kExclusive;
      break;
    }
    case model::SynonymRule::kLogicalTag:
      truth.index = index;
      truth.rows = split_singles(visible);
      truth.rule = Rule::kLogicalTag;
      break;
    case model::SynonymRule::kVirtualCoherency:
      truth.colour = span_of(shape.coherency_bits.first, shape.coherency_bits.second) & visible;
      if (truth.colour != 0) truth.rule = Rule::kVirtualCoherency;
      break;
  }
  return truth;
}

Outcome<Findings> probe_simulated(const model::Description& cpu, const Noise& noise) {
  auto timer = simulated_timer(cpu, noise);
  if (!timer) return fail(timer);
  Request request;
  request.seconds = 60;
  request.rule_only = true;
  request.seed = noise.seed;
  return probe(**timer, request);
}

// Empty: all is as it should be.
std::string difference(const Truth& truth, const Findings& found) {
  std::string text;
  if (found.rule != truth.rule)
    text += fmt::format("rule {} for {}; {}", name_of(found.rule), name_of(truth.rule),
                        found.why_unclear);
  const bool hash_decides = truth.rule == Rule::kUtag || truth.rule == Rule::kExclusive ||
                            truth.rule == Rule::kLogicalTag;
  if (hash_decides && reduced(found.hash.rows) != truth.rows)
    text += fmt::format(" hash {} for {}", text_of(found.hash.rows), text_of(truth.rows));
  if (truth.rule == Rule::kDuplicate && found.sets.index != truth.index)
    text += fmt::format(" index {:#x} for {:#x}", found.sets.index, truth.index);
  if (truth.rule == Rule::kVirtualCoherency && found.sets.colour != truth.colour)
    text += fmt::format(" colour {:#x} for {:#x}", found.sets.colour, truth.colour);
  return text;
}

class Invented {
 public:
  explicit Invented(std::uint64_t seed) : random_(seed) {}

  model::Description cpu() {
    for (;;) {
      model::Description cpu = draw();
      if (model::check(cpu.geometry)) return cpu;
    }
  }

 private:
  std::uint64_t among(std::uint64_t low, std::uint64_t high) {
    return low + random_() % (high - low + 1);
  }
  std::uint64_t power(unsigned low, unsigned high) { return 1ULL << among(low, high); }

  model::Replacement replacement(std::uint32_t ways) {
    using enum model::Replacement;
    constexpr model::Replacement kAll[] = {kLru, kLru, kFifo, kRandom, kTreePlru};
    const auto chosen = kAll[among(0, 4)];
    return chosen == kTreePlru && !std::has_single_bit(ways) ? kLru : chosen;
  }

  model::Description draw() {
    using enum model::SynonymRule;
    constexpr model::SynonymRule kRules[] = {
        kNone, kUtag, kUtag, kDuplicate, kExclusive, kLogicalTag, kVirtualCoherency};
    model::Description cpu;
    cpu.name = "invented";
    cpu.page_bytes = power(12, 12) << 2 * among(0, 2);
    model::Geometry& shape = cpu.geometry;
    shape.synonyms = kRules[among(0, 6)];
    const bool coherent = shape.synonyms == kVirtualCoherency;
    model::CacheGeometry first;
    first.line_bytes = static_cast<std::uint32_t>(power(5, 8));
    first.ways = static_cast<std::uint32_t>(coherent ? power(0, 2) : among(2, 16));
    const std::uint64_t way = shape.synonyms == kUtag ? 4096 : power(12, 16);
    first.size_bytes = way * first.ways;
    first.replacement = replacement(first.ways);
    model::CacheGeometry second;
    second.line_bytes = coherent ? 256 : first.line_bytes;
    second.ways = 16;
    second.size_bytes = power(20, 22);
    second.replacement = replacement(16);
    shape.caches = {first, second};
    if (shape.synonyms == kUtag)
      for (std::uint64_t rows = among(1, 12); rows > 0; --rows) {
        Mask row = 0;
        for (std::uint64_t bits = among(1, 4); bits > 0; --bits)
          row |= bit(static_cast<unsigned>(among(12, 43)));
        shape.utag_bits.push_back(row);
      }
    if (shape.synonyms == kExclusive && among(0, 2) > 0) {
      const auto low = static_cast<unsigned>(among(12, 15));
      shape.synonym_bits = {low, static_cast<unsigned>(among(std::max(15U, low), 24))};
    }
    if (coherent) shape.coherency_bits = {12, static_cast<unsigned>(among(12, 16))};
    if (among(0, 1) == 1) {
      model::TlbGeometry tlb;
      tlb.ways = static_cast<std::uint32_t>(among(0, 1) == 1 ? 4 : 64);
      tlb.entries = 64;
      tlb.page_sizes_bytes = {4096};
      shape.tlbs.push_back(tlb);
      tlb.entries = 1024;
      tlb.ways = 8;
      shape.tlbs.push_back(tlb);
    }
    const auto price = [](double cycles) { return model::Range{cycles, cycles}; };
    if (among(0, 1) == 1) {
      cpu.latencies.caches[0] = price(static_cast<double>(among(2, 5)));
      cpu.latencies.caches[1] = price(static_cast<double>(among(9, 25)));
    }
    if (among(0, 2) == 0) cpu.latencies.synonym = price(static_cast<double>(among(15, 60)));
    return cpu;
  }

  std::mt19937_64 random_;
};

// The same times, and a look at what is timed.
class Watched final : public Timer {
 public:
  explicit Watched(std::unique_ptr<Timer> timer) : timer_(std::move(timer)) {}
  [[nodiscard]] const Reach& reach() const override { return timer_->reach(); }
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    for (const Read& one : loop.reads)
      for (const Read& other : loop.reads)
        if (one.frame == other.frame && one.address == other.address &&
            one.offset_bytes / 64 < other.offset_bytes / 64)
          least_bytes = std::min(least_bytes, other.offset_bytes - one.offset_bytes);
    const Read& first = loop.reads.front();
    if (std::all_of(loop.reads.begin(), loop.reads.end(), [&](const Read& read) {
          return read.frame == first.frame && read.offset_bytes / 64 == first.offset_bytes / 64;
        }))
      most_addresses = std::max(most_addresses, loop.reads.size());
    return timer_->prepare(slot, loop);
  }
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    return timer_->sample_ns(slot, reads);
  }
  double cycle_ns() override { return timer_->cycle_ns(); }
  [[nodiscard]] double seconds() const override { return timer_->seconds(); }

  std::uint32_t least_bytes = 4096;  // between two lines of a page
  std::size_t most_addresses = 0;    // of one line

 private:
  std::unique_ptr<Timer> timer_;
};

TEST(ProbePrices, LinesOfAPageLieTooFarApartForAPrefetcher) {
  const auto cpu = model::find_cpu("zen5");
  ASSERT_TRUE(cpu);
  Watched timer(std::move(simulated_timer(*cpu, {}).value()));
  HashFindings hash;
  hash.rows = truth_of(*cpu).rows;
  for (const Mask row : hash.rows) hash.counting |= row;
  SetFindings sets;
  sets.lines_that_fit = 12;
  sets.evict_each_other = Answer::kYes;
  const auto prices = find_prices(timer, {}, hash, sets);
  ASSERT_TRUE(prices) << prices.error().message;
  EXPECT_TRUE(prices->l2_hit);
  EXPECT_GE(timer.least_bytes, 512U);
}

// A neighbour on the core: in bursts, one slot's windows take four times as long.
class Disturbed final : public Timer {
 public:
  Disturbed(std::unique_ptr<Timer> timer, unsigned slot) : timer_(std::move(timer)), slot_(slot) {
    reach_ = timer_->reach();
    reach_.frames = 512;
    reach_.free_below = 24;
  }
  [[nodiscard]] const Reach& reach() const override { return reach_; }
  Outcome<void> prepare(unsigned slot, const Loop& loop) override {
    return timer_->prepare(slot, loop);
  }
  double sample_ns(unsigned slot, std::uint64_t reads) override {
    const bool burst = samples_++ % 130 >= 70;
    return timer_->sample_ns(slot, reads) * (burst && slot == slot_ ? 4 : 1);
  }
  double cycle_ns() override { return timer_->cycle_ns(); }
  [[nodiscard]] double seconds() const override { return timer_->seconds(); }

 private:
  std::unique_ptr<Timer> timer_;
  Reach reach_;
  unsigned slot_, samples_ = 0;
};

TEST(ProbeTlb, ANeighboursBurstIsNoStepAndNothingCostsLessThanNothing) {
  for (const unsigned slot : {0U, 1U}) {
    Disturbed timer(std::move(simulated_timer(*model::find_cpu("zen5"), {}).value()), slot);
    const auto found = find_tlb(timer, {}, 1);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->steps.size(), 1U) << "slot " << slot;
    EXPECT_EQ(found->steps[0].fit, 96U);
    EXPECT_NEAR(found->steps[0].extra_ns, 7, 0.5);
  }
}

TEST(ProbeSets, ANeighboursBurstTakesNoRoom) {
  Disturbed timer(std::move(simulated_timer(*model::find_cpu("zen5"), {}).value()), 1);
  const auto found = find_sets(timer, {}, truth_of(*model::find_cpu("zen5")).rows);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->lines_that_fit, 12U);
}

// A line's price is that of a loop over many pages of one frame. Chains over few addresses found
// each other's fills, and half of it.
TEST(ProbePrices, OneLineIsReadThroughMoreAddressesThanACoreHasReadsInFlight) {
  const auto cpu = model::find_cpu("zen5");
  Watched timer(std::move(simulated_timer(*cpu, {}).value()));
  HashFindings hash;
  hash.rows = truth_of(*cpu).rows;
  for (const Mask row : hash.rows) hash.counting |= row;
  const auto prices = find_prices(timer, {}, hash, {});
  ASSERT_TRUE(prices) << prices.error().message;
  EXPECT_GE(timer.most_addresses, 128U);
  EXPECT_NEAR(prices->same_line->middle, 12.85, 0.01);  // of 12.1 to 13.6
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

class ProbeBuiltIn : public testing::TestWithParam<std::string_view> {};

TEST_P(ProbeBuiltIn, RecoversRuleAndBits) {
  const auto cpu = model::find_cpu(std::string(GetParam()));
  ASSERT_TRUE(cpu);
  const auto found = probe_simulated(*cpu, {});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(difference(truth_of(*cpu), *found), "");
}

TEST_P(ProbeBuiltIn, IsNeverWrongForNoise) {
  const auto cpu = model::find_cpu(std::string(GetParam()));
  ASSERT_TRUE(cpu);
  const auto found = probe_simulated(*cpu, {0.2, 0.05, 7});
  ASSERT_TRUE(found) << found.error().message;
  if (found->rule != Rule::kUnclear) {
    EXPECT_EQ(difference(truth_of(*cpu), *found), "");
  }
}

INSTANTIATE_TEST_SUITE_P(, ProbeBuiltIn, testing::ValuesIn(model::built_in_cpus()),
                         [](const auto& cpu) {
                           std::string name(cpu.param);
                           std::erase_if(name, [](char c) {
                             return std::isalnum(static_cast<unsigned char>(c)) == 0;
                           });
                           return name;
                         });

TEST(ProbeDirectMapped, RulesOfOneCopyAreNotToldApart) {
  for (const auto rule : {model::SynonymRule::kUtag, model::SynonymRule::kExclusive}) {
    model::Description cpu;
    cpu.name = "direct";
    cpu.geometry.synonyms = rule;
    if (rule == model::SynonymRule::kUtag) cpu.geometry.utag_bits = {bit(14), bit(15)};
    if (rule == model::SynonymRule::kExclusive) cpu.geometry.synonym_bits = {14, 15};
    model::CacheGeometry first, second;
    first.size_bytes = 4096;
    first.ways = 1;
    second.size_bytes = 1 << 20;
    second.ways = 16;
    first.line_bytes = second.line_bytes = 64;
    cpu.geometry.caches = {first, second};
    const auto found = probe_simulated(cpu, {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->rule, Rule::kUnclear) << name_of(found->rule);
  }
}

void probe_invented(std::uint64_t first_seed, unsigned count, double share, double outliers,
                    unsigned most_unclear) {
  unsigned unclear = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    const auto cpu = Invented(seed).cpu();
    const auto found = probe_simulated(cpu, {share, outliers, seed});
    ASSERT_TRUE(found) << found.error().message;
    if (found->rule == Rule::kUnclear) {
      ++unclear;
      testing::Test::RecordProperty("unclear", found->why_unclear);
      continue;
    }
    EXPECT_EQ(difference(truth_of(cpu), *found), "") << "seed " << seed;
  }
  EXPECT_LE(unclear, most_unclear);
}

TEST(ProbeRandom, InventedCpusWithoutNoise) {
  probe_invented(1, 20, 0, 0, 0);
}

TEST(ProbeRandom, MoreInventedCpusWithoutNoise) {
  probe_invented(21, 20, 0, 0, 0);
}

TEST(ProbeRandom, InventedCpusWithNoise) {
  probe_invented(1000, 15, 0.1, 0.02, 2);
}

TEST(ProbeRandom, InventedCpusWithMuchNoise) {
  probe_invented(2000, 15, 0.2, 0.05, 8);
}

}  // namespace
}  // namespace zp::probe
