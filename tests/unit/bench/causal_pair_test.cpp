// SPDX-License-Identifier: MIT
#include "bench/causal_pair.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "tests/outcome.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kPage = 4096, kTable = 64 << 20;

std::vector<std::uint64_t> pairs(std::initializer_list<std::pair<unsigned, unsigned>> bits) {
  std::vector<std::uint64_t> rule;
  for (const auto& [a, b] : bits) rule.push_back(probe::bit(a) ^ (b == 0 ? 0 : probe::bit(b)));
  return rule;
}

const std::vector<std::uint64_t> kZen3 =
    pairs({{12, 27}, {13, 26}, {14, 25}, {15, 20}, {16, 21}, {17, 22}, {18, 23}, {19, 24}});

std::uint64_t hash(const std::vector<std::uint64_t>& rule, std::uint64_t address) {
  std::uint64_t value = 0;
  for (const std::uint64_t row : rule)
    value = 2 * value + static_cast<std::uint64_t>(probe::parity(row & address));
  return value;
}

TEST(CausalPair, OneAgreesAndTheOtherDiffers) {
  std::vector<std::vector<std::uint64_t>> rules{kZen3, pairs({{12, 0}, {13, 0}}),
                                                pairs({{12, 30}, {13, 18}, {14, 0}, {16, 17}})};
  rules.push_back({probe::bit(12) ^ probe::bit(13) ^ probe::bit(17) ^ probe::bit(40)});
  for (const auto& rule : rules)
    for (const std::uint64_t table : {kTable, kTable + 3 * kPage, std::uint64_t{1} << 30}) {
      const auto chosen = value_of(choose_pages(rule, table, kPage));
      ASSERT_EQ(chosen.agreeing.size(), kChosenPages);
      ASSERT_EQ(chosen.differing.size(), kChosenPages);
      std::set<std::uint64_t> agreeing, differing, hashes;
      for (std::size_t i = 0; i < kChosenPages; ++i) {
        const std::uint64_t a = chosen.agreeing[i], d = chosen.differing[i];
        agreeing.insert(a);
        differing.insert(d);
        hashes.insert(hash(rule, d));
        EXPECT_EQ(hash(rule, a), 0U);
        EXPECT_EQ((a | d) % kPage, 0U);
        EXPECT_LT(a | d, table);
        EXPECT_NE(hash(rule, d), hash(rule, chosen.differing[(i + 1) % kChosenPages]));
      }
      EXPECT_EQ(agreeing.size(), kChosenPages);
      EXPECT_EQ(differing.size(), kChosenPages);
      EXPECT_EQ(hashes.size(), std::min<std::uint64_t>(kChosenPages, 1ULL << rule.size()));
    }
}

TEST(CausalPair, SaysWhyThereAreNoSuchPages) {
  std::vector<std::uint64_t> every_bit;
  for (unsigned bit = 12; bit < 48; ++bit) every_bit.push_back(probe::bit(bit));
  EXPECT_THAT(error_of(choose_pages(every_bit, kTable, kPage)).message,
              HasSubstr("no two pages of a table of 64 MiB agree"));
  EXPECT_THAT(error_of(choose_pages(pairs({{30, 31}}), kTable, kPage)).message,
              HasSubstr("all pages of a table of 64 MiB agree"));
  EXPECT_FALSE(choose_pages(kZen3, kPage, kPage));
}

TEST(CausalPair, SmallTablesHaveFewerPages) {
  const auto chosen =
      value_of(choose_pages(kZen3, 2 << 20, kPage));  // bits 12 to 20: of pairs only 15^20
  EXPECT_EQ(chosen.agreeing, (std::vector<std::uint64_t>{0, probe::bit(15) ^ probe::bit(20)}));
}

TEST(CausalPair, OnlyWhatTheProbeIsSureOfIsARule) {
  probe::Findings found;
  found.hash.measured = true;
  found.hash.rows = kZen3;
  for (const std::uint64_t row : kZen3) found.hash.counting |= row;
  ASSERT_TRUE(usable_rule(found));
  EXPECT_EQ(*usable_rule(found), kZen3);
  const std::function<void(probe::HashFindings&)> doubts[] = {
      [](auto& hash) { hash.measured = false; },
      [](auto& hash) { hash.unclear = 1 << 20; },
      [](auto& hash) { hash.structure_known = false; },
      [](auto& hash) { hash.disagreements = 1; },
      [](auto& hash) { hash.counting = 0, hash.rows.clear(); },
  };
  for (const auto& doubt : doubts) {
    probe::Findings doubtful = found;
    doubt(doubtful.hash);
    const auto rule = error_of(usable_rule(doubtful));
    EXPECT_EQ(rule.code, ExitCode::kCannotRun);
    EXPECT_THAT(rule.message, HasSubstr("no rule to choose addresses by"));
  }
}

}  // namespace
}  // namespace zp
