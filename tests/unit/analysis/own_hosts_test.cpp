// SPDX-License-Identifier: MIT
// Files that do not record their host, among others that do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/compare/comparison.hpp"
#include "analysis/load/units.hpp"
#include "tests/unit/analysis/compare_fixture.hpp"

namespace zp::analysis {
namespace {

using testing::Contains;
using testing::HasSubstr;

class OwnHosts : public CompareTest {
 protected:
  // As a machine whose firmware and machine-id can't be read: pass 1, or all.
  static void forget_host(const std::string& run, bool all = false) {
    for (const auto& entry : std::filesystem::directory_iterator(run)) {
      const auto path = entry.path().string();
      if (!all && !path.ends_with("pass-01.json")) continue;
      auto text = test::read_file(path);
      const auto at = text.find(R"("host.id": ")");
      if (at == text.npos) continue;
      text.insert(at + 12, "absent: ");
      test::write_file(path, text);
    }
  }
  // Kernels are alike, hosts are not; the new kernel was booted more often on the slow one.
  std::vector<std::vector<std::string>> add_uneven_fleet() {
    std::vector<std::vector<std::string>> sides(2);
    for (int host = 1; host <= 3; ++host)
      for (std::size_t side = 0; side < 2; ++side)
        for (int boot = 0; boot < (host == (side == 0 ? 1 : 3) ? 5 : 1); ++boot) {
          const auto name = fmt::format("{}-{}-{}", side, host, boot);
          sides[side].push_back(add({.kernel = side == 0 ? "6.1" : "6.2",
                                     .boot = name,
                                     .host = host,
                                     .seed = std::hash<std::string>()(name) % 100000,
                                     .passes = 2,
                                     .host_noise = 0.2},
                                    name));
        }
    return sides;
  }
  static std::size_t verdicts(const Comparison& comparison) {
    return comparison.count(Verdict::kSlower) + comparison.count(Verdict::kFaster);
  }
};

TEST_F(OwnHosts, APassHasTheHostOfItsRun) {
  const auto sides = add_uneven_fleet();
  const auto whole = value_of(compare(load(sides), {}));
  EXPECT_EQ(whole.units.unit, Unit::kHost);
  EXPECT_EQ(verdicts(whole), 0U);
  forget_host(sides[0][5]);
  const auto loaded = value_of(load_sides(sides, {}));
  for (const auto& note : loaded.notes) EXPECT_EQ(note.find("host"), note.npos) << note;
  const auto same = value_of(compare(loaded.sides, {}));
  EXPECT_EQ(same.units.unit, Unit::kHost);
  EXPECT_TRUE(same.units.paired);
  EXPECT_EQ(same.units.hosts, whole.units.hosts);
  EXPECT_EQ(verdicts(same), 0U);
}

TEST_F(OwnHosts, ARunWithoutOneIsAHostOfItsOwnAndTheOthersStayApart) {
  const auto sides = add_uneven_fleet();
  forget_host(sides[0][5], true);
  const auto loaded = value_of(load_sides(sides, {}));
  EXPECT_THAT(loaded.notes, Contains(HasSubstr("files that record no host, taken as of a host of "
                                               "their own: 2 (first: " +
                                               sides[0][5] + "/")));
  const auto comparison = value_of(compare(loaded.sides, {}));
  EXPECT_EQ(comparison.units.unit, Unit::kHost);
  EXPECT_FALSE(comparison.units.paired);
  EXPECT_EQ(comparison.units.hosts, (std::vector<std::size_t>{3, 3}));
  EXPECT_EQ(verdicts(comparison), 0U);
}

TEST_F(OwnHosts, NothingIsToldApartByOneHostAlone) {
  const auto runs = add_boots({.host = 1, .seed = 10}, "a", 4);
  forget_host(runs[0], true);
  const auto loaded = value_of(load_sides({runs}, {}));
  EXPECT_EQ(hosts_of(loaded.sides.front()), 0U);
  EXPECT_TRUE(loaded.notes.empty());
  // Of its boot another run does.
  auto one = std::move(load({{add({.boot = "b1", .host = 1, .seed = 1}, "h1"),
                              add({.boot = "b2", .host = 2, .seed = 2}, "h2"),
                              add({.boot = "b2", .seed = 3}, "h3")}})
                           .front());
  EXPECT_EQ(hosts_of(one), 2U);
}

}  // namespace
}  // namespace zp::analysis
