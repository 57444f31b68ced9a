// SPDX-License-Identifier: MIT
// The loop closed: what the probe finds in the times of a described CPU is what the description
// says.
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "harness/model/catalogue.hpp"
#include "harness/probe/probe.hpp"
#include "harness/probe/report.hpp"
#include "harness/probe/simulated_timer.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/probe/truth.hpp"

namespace zp::probe {
namespace {

Outcome<Findings> probe_simulated(const model::Description& cpu, const Noise& noise) {
  auto timer = simulated_timer(cpu, noise);
  if (!timer) return fail(timer);
  return probe(**timer, {.seconds = 60, .rule_only = true, .seed = noise.seed});
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

class ProbeBuiltIn : public testing::TestWithParam<std::string_view> {};

TEST_P(ProbeBuiltIn, RecoversRuleAndBits) {
  const auto cpu = value_of(model::find_cpu(std::string(GetParam())));
  const auto found = value_of(probe_simulated(cpu, {}));
  EXPECT_EQ(difference(truth_of(cpu), found), "");
}

TEST_P(ProbeBuiltIn, IsNeverWrongForNoise) {
  const auto cpu = value_of(model::find_cpu(std::string(GetParam())));
  const auto found = value_of(probe_simulated(cpu, {0.2, 0.05, 7}));
  if (found.rule != Rule::kUnclear) {
    EXPECT_EQ(difference(truth_of(cpu), found), "");
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

// Addresses that agree hit, whatever the TLB's sets hold: under exclusive 16 of them share one.
TEST(ProbeControl, AddressesThatAgreeAreCheaper) {
  for (const char* name : {"zen3", "z13", "zEC12"}) {
    const auto cpu = value_of(model::find_cpu(name));
    const auto timer = value_of(simulated_timer(cpu, {}));
    const auto prices = value_of(probe(*timer, {.seconds = 60})).prices;
    ASSERT_TRUE(prices.hashes_agree && prices.hashes_differ) << name << prices.why_no_control;
    EXPECT_LT(prices.hashes_agree->middle, prices.hashes_differ->middle / 1.5) << name;
    EXPECT_EQ(prices.control_addresses == 16, std::string(name) == "zen3") << name;
    EXPECT_EQ(prices.why_no_control, "") << name;
  }
}

// A direct-mapped TLB: of two addresses that agree each throws the other out.
TEST(ProbeControl, IsAbsentWhereATlbDecides) {
  auto cpu = value_of(model::find_cpu("z13"));
  for (auto& tlb : cpu.geometry.tlbs) tlb.entries = 64, tlb.ways = 1;
  const auto timer = value_of(simulated_timer(cpu, {}));
  const auto found = value_of(probe(*timer, {.seconds = 60}));
  EXPECT_FALSE(found.prices.hashes_agree || found.prices.hashes_differ);
  EXPECT_NE(found.prices.why_no_control, "");
}

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
    const auto found = value_of(probe_simulated(cpu, {}));
    EXPECT_EQ(found.rule, Rule::kUnclear) << name_of(found.rule);
  }
}

// Its TLB keeps four of the pages whose lines compete: each further one walks, which hides the
// miss.
TEST(ProbeHidden, ACacheThatNoNumberOfLinesLeavesHasNoRule) {
  const auto cpu = value_of(model::parse_description(R"(zp-cpu-1
name hidden
about a virtually indexed cache behind a small TLB
source s s
zero_page_colours 1 s
l1d.size_bytes 32768 s
l1d.ways 4 s
l1d.line_bytes 64 s
l1d.replacement lru s
l1d.synonyms duplicate s
l1d.latency_cycles 4 s
l2.size_bytes 1048576 s
l2.ways 8 s
l2.line_bytes 64 s
l2.replacement lru s
l2.latency_cycles 10 s
dtlb1.entries 64 s
dtlb1.ways 4 s
dtlb1.page_sizes_bytes 4096 s
dtlb1.replacement lru s
walk.latency_cycles 60 s
)",
                                                     "hidden.cpu"));
  const auto found = value_of(probe_simulated(cpu, {}));
  EXPECT_EQ(found.rule, Rule::kUnclear) << name_of(found.rule);
  EXPECT_EQ(found.why_unclear, "how lines share sets: no number of them left the first level");
}

void probe_invented(std::uint64_t first_seed, unsigned count, double share, double outliers,
                    unsigned most_unclear) {
  unsigned unclear = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    const auto cpu = Invented(seed).cpu();
    const auto found = value_of(probe_simulated(cpu, {share, outliers, seed}));
    if (found.rule == Rule::kUnclear) {
      ++unclear;
      testing::Test::RecordProperty("unclear", found.why_unclear);
      continue;
    }
    EXPECT_EQ(difference(truth_of(cpu), found), "") << "seed " << seed;
  }
  EXPECT_LE(unclear, most_unclear);
}

TEST(ProbeRandom, InventedCpusWithoutNoise) {
  probe_invented(1, 20, 0, 0, 0);
}

// One walks for each of its lines, which hides whether they left the first level.
TEST(ProbeRandom, MoreInventedCpusWithoutNoise) {
  probe_invented(21, 20, 0, 0, 1);
}

TEST(ProbeRandom, InventedCpusWithNoise) {
  probe_invented(1000, 15, 0.1, 0.02, 2);
}

TEST(ProbeRandom, InventedCpusWithMuchNoise) {
  probe_invented(2000, 15, 0.2, 0.05, 8);
}

TEST(Simulation, ACancelledProbeEndsAndFindsNothing) {
  const auto cpu = value_of(model::find_cpu("zen5"));
  // 10: it looks for a hash; 2000: it looks for more.
  for (const int calls : {0, 10, 2000}) {
    auto timer = value_of(simulated_timer(cpu, {}));
    int asked = 0;
    Request request{.seconds = 60};
    request.cancelled = [&] { return ++asked > calls; };
    EXPECT_EQ(error_of(probe(*timer, request)).code, ExitCode::kInterrupted);
    EXPECT_LT(asked, calls + 100) << "each step is tried once, the checks of a hash all";
  }
}

}  // namespace
}  // namespace zp::probe
