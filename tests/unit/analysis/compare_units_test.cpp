// SPDX-License-Identifier: MIT
// What a comparison takes as its unit: passes, runs, boots, hosts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <initializer_list>

#include "analysis/compare/boots.hpp"
#include "analysis/compare/comparability.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/stats/moderated.hpp"
#include "analysis/submission/check.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/compare_fixture.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using test::write_file;
using testing::EndsWith;
using testing::HasSubstr;

TEST_F(CompareTest, OneBootPerSideShowsChangesAndConcludesNothing) {
  const auto base = add({.boot = "b1"}, "a");
  const auto other = add({.kernel = "6.2", .boot = "b2", .seed = 2, .single_frame_ns = 1.3}, "b");
  const auto sides = load({{base}, {other}});
  const auto held = value_of(compare(sides, {}));
  EXPECT_EQ(held.units.unit, Unit::kPass);
  EXPECT_EQ(held.units.one_boot, "one boot per side");
  EXPECT_EQ(held.count(Verdict::kUndecided), held.change_count());
  std::size_t shown = 0;
  for (const auto& row : held.blocks[0].rows) {
    shown += row.changes[0].shown == Verdict::kSlower ? 1U : 0U;
    EXPECT_EQ(bisect_answer(row.changes[0], Better::kLower, held.rules), BisectAnswer::kSkip);
  }
  EXPECT_EQ(shown, 4U);
  CompareOptions all_the_same;
  all_the_same.one_boot = true;
  EXPECT_EQ(compare(sides, all_the_same)->count(Verdict::kSlower), 4U);
}

TEST_F(CompareTest, InOneBootRunsAreTheUnits) {
  const auto base = add_runs({.boot = "b1", .seed = 10}, "a", 3);
  const auto other = add_runs({.boot = "b1", .seed = 20, .single_frame_ns = 1.3}, "b", 3);
  const auto several = value_of(compare(load({base, other}), {}));
  EXPECT_EQ(several.units.unit, Unit::kRun);
  EXPECT_TRUE(several.units.within_one_boot);
  EXPECT_EQ(several.count(Verdict::kSlower), 4U);
  // Passes of a run are not independent of each other.
  const auto one = compare(load({{base.front()}, {other.front()}}), {});
  EXPECT_EQ(one->units.unit, Unit::kPass);
  EXPECT_EQ(one->units.one_boot, "fewer than 3 runs per side in one boot");
  EXPECT_EQ(one->count(Verdict::kSlower), 0U);
  EXPECT_EQ(one->blocks[0].rows[0].changes[0].doubt, Doubt::kOneBoot);
}

// A suite has a file per program: of each cell there are as many runs as it was started.
TEST(ForeignUnits, RunsCountWhereTheyHaveTheCell) {
  const auto suite = [](double time, int runs) {
    std::vector<std::string> texts;
    for (int program = 0; program < 6; ++program)
      for (int run = 0; run < runs; ++run)
        texts.push_back(
            test::file_of(test::repetitions(fmt::format("BM_{}", program), time + 0.1 * run, 10),
                          fmt::format(R"("run":"{} {}")", program, run)));
    return test::set_of_texts(texts);
  };
  const auto compared = [&](int runs) {
    std::vector<ResultSet> sides;
    sides.push_back(suite(100, runs));
    sides.push_back(suite(110, runs));
    return value_of(compare(sides, {}));
  };
  EXPECT_EQ(compared(1).units.unit, Unit::kRepetition);
  EXPECT_EQ(compared(1).count(Verdict::kSlower), 6U);
  EXPECT_EQ(compared(5).units.unit, Unit::kRun);
  EXPECT_EQ(compared(5).count(Verdict::kSlower), 6U);
}

TEST_F(CompareTest, SeveralBootsPerSideAreTheUnits) {
  const auto base = add_boots({.seed = 10}, "a", 5);
  auto other = add_boots({.seed = 20, .single_frame_ns = 1.3}, "b", 5);
  const auto comparison = value_of(compare(load({base, other}), {}));
  EXPECT_EQ(comparison.units.unit, Unit::kBoot);
  EXPECT_TRUE(comparison.units.one_boot.empty());
  EXPECT_EQ(comparison.blocks[0].rows[0].sides[0].n, 5U);
  EXPECT_EQ(comparison.count(Verdict::kSlower), 4U);
  other.resize(1);
  const auto one = compare(load({base, other}), {});
  EXPECT_EQ(one->units.unit, Unit::kPass);
  EXPECT_EQ(one->units.one_boot, "one boot on one side");
  EXPECT_EQ(one->count(Verdict::kSlower), 0U);
}

TEST_F(CompareTest, RunsWithoutARecordedBootAreUnitsAndNoBoots) {
  const auto comparison =
      value_of(compare(load({add_runs({.seed = 10}, "a", 3), add_runs({.seed = 20}, "b", 3)}), {}));
  EXPECT_EQ(comparison.units.unit, Unit::kRun);
  EXPECT_EQ(comparison.units.one_boot, "the files don't record their boot");
  EXPECT_EQ(comparison.blocks[0].rows[0].sides[0].n, 3U);
}

TEST_F(CompareTest, AMeasuredBootDeviationStandsForTheBoots) {
  const auto boots = [&](double noise) {
    const auto runs = add_boots({.seed = 30, .boot_noise = noise}, fmt::format("n{}-", noise), 6);
    return value_of(measure_boots(load({runs}).front(), "ns_per_read"));
  };
  const auto sides = load(
      {{add({.boot = "b1"}, "a")}, {add({.boot = "b2", .seed = 2, .single_frame_ns = 1.3}, "b")}});
  CompareOptions options;
  options.boots = boots(0.005);
  const auto found = value_of(compare(sides, options));
  EXPECT_TRUE(found.boots_from_file);
  EXPECT_EQ(found.count(Verdict::kSlower), 4U);
  EXPECT_EQ(found.count(Verdict::kFaster), 0U);
  options.boots = boots(0.10);
  EXPECT_EQ(compare(sides, options)->count(Verdict::kSlower), 0U);
  // Through the file and back.
  const auto path = directory_ / "boots.json";
  write_file(path, to_json(*options.boots));
  const auto read = value_of(read_boots(path));
  EXPECT_EQ(boot_limits(read, {}), boot_limits(*options.boots, {}));
  EXPECT_EQ(read.machine, options.boots->machine);
  EXPECT_EQ(context_value(read.machine, "machine.virtualisation"), "kvm");
  // What is no text would be a fact that is not known, and agree with any.
  auto number = to_json(*options.boots);
  const auto kvm = number.find(R"("kvm")");
  ASSERT_NE(kvm, number.npos);
  write_file(path, number.replace(kvm, 5, "4"));
  EXPECT_THAT(error_of(read_boots(path)).message,
              HasSubstr("'machine.virtualisation' of its machine is not a text"));
  write_file(path, R"({"schema":"zpanalyze-boot-deviation-1"})");
  EXPECT_THAT(error_of(read_boots(path)).message,
              HasSubstr("without the machine: measure it again"));
  write_file(path, "{}");
  EXPECT_FALSE(read_boots(path));
  const auto one = load({{add({.boot = "b1"}, "single")}});
  EXPECT_FALSE(measure_boots(one.front(), "ns_per_read"));
}

TEST_F(CompareTest, MoreBootsBringTheirLimitDown) {
  double before = 1e9;
  for (const std::uint64_t count : {3U, 6U, 12U}) {
    const auto runs =
        add_boots({.seed = 60, .boot_noise = 0.02}, fmt::format("m{}-", count), count);
    const auto limits = boot_limits(*measure_boots(load({runs}).front(), "ns_per_read"),
                                    {.threshold = 0, .alpha = 0.005});
    const double middle = limits[limits.size() / 2];
    EXPECT_LT(middle, before) << count;
    before = middle;
  }
}

// What --boots prints is where a comparison begins to show a change.
TEST(BootLimits, AreThoseOfTheVerdict) {
  for (const double variance : {1e-8, 1e-6, 1e-4, 1e-2}) {
    BootDeviation boots;
    boots.cells = {{"a", {variance, 4}}, {"b", {variance, 4}}};
    std::vector<Variance> terms;
    append_boot_terms(boots, "a", terms);
    for (const VerdictRules rules : {VerdictRules{}, VerdictRules{.threshold = 0.001},
                                     VerdictRules{.threshold = 0, .alpha = 0.2}}) {
      const double limit = std::log(boot_limits(boots, rules).front());
      for (const bool above : {false, true}) {
        const double difference = limit * (above ? 1.001 : 0.999);
        const auto test = t_test(difference, terms);
        Change change;
        change.ratio = RatioEstimate{std::exp(difference),
                                     {std::exp(test.interval.low), std::exp(test.interval.high)},
                                     0.95};
        change.p_holm = 2 * test.p;
        change.base_n = change.new_n = 3;
        decide(change, Better::kLower, rules);
        EXPECT_EQ(change.verdict == Verdict::kSlower, above) << variance << ' ' << rules.threshold;
      }
    }
  }
}

// A run that was resumed after the machine went down.
TEST_F(CompareTest, OneRunCanHoldTwoBoots) {
  for (const char* boot : {"", "b1"}) {
    auto runs =
        std::move(load({{add({.boot = boot}, fmt::format("one{}", boot))}}).front()).release();
    const ResultSet one(runs);
    const ResultSet* const same[] = {&one, &one};
    EXPECT_TRUE(plan_units(same).within_one_boot) << boot;
    if (*boot == '\0') continue;
    runs.front().files.back().context["boot.id"] = "b2";
    const ResultSet two(runs);
    const ResultSet* const resumed[] = {&two, &two};
    const auto plan = plan_units(resumed);
    EXPECT_FALSE(plan.within_one_boot);
    EXPECT_TRUE(plan.paired);
    EXPECT_EQ(plan.unit, Unit::kBoot);
  }
}

TEST_F(CompareTest, HostsAreTheUnitsAboveBoots) {
  const auto sides = load({add_fleet("6.1", 1, 1, 4), add_fleet("6.2", 0.9, 1, 4)});
  const auto comparison = value_of(compare(sides, {}));
  EXPECT_EQ(comparison.units.unit, Unit::kHost);
  EXPECT_TRUE(comparison.units.paired);
  EXPECT_EQ(comparison.units.hosts, (std::vector<std::size_t>{4, 4}));
  EXPECT_EQ(comparison.units.boots, (std::vector<std::size_t>{8, 8}));
  EXPECT_EQ(comparison.units.left_out_hosts, 0U);
  EXPECT_EQ(comparison.count(Verdict::kFaster), 4U);
  EXPECT_EQ(comparison.count(Verdict::kSlower), 0U);
  for (const auto& row : comparison.blocks[0].rows) {
    EXPECT_EQ(row.sides[0].n, 4U);
    ASSERT_TRUE(row.changes[0].between_hosts);
    EXPECT_LT(*row.changes[0].between_hosts, 0.03) << row.name;
    EXPECT_GT(*row.changes[0].between_hosts, 0) << row.name;
  }
  // Every host differs from the first: that is not worth a note each.
  EXPECT_TRUE(comparison.differences.noted.empty());
  EXPECT_THAT(comparison.sides[0].host_line, HasSubstr("4 hosts"));
}

TEST_F(CompareTest, OtherHostsAreNoControl) {
  const auto sides = load({add_fleet("6.1", 1, 1, 4), add_fleet("6.2", 0.9, 5, 8)});
  const auto comparison = value_of(compare(sides, {}));
  EXPECT_EQ(comparison.units.unit, Unit::kHost);
  EXPECT_FALSE(comparison.units.paired);
  EXPECT_EQ(comparison.count(Verdict::kFaster) + comparison.count(Verdict::kSlower), 0U);
  EXPECT_FALSE(comparison.blocks[0].rows[0].changes[0].between_hosts);
}

TEST_F(CompareTest, HostsThatOneSideLacksAreLeftOut) {
  const auto three = load({add_fleet("6.1", 1, 1, 4), add_fleet("6.2", 0.9, 2, 5)});
  const auto comparison = value_of(compare(three, {}));
  EXPECT_TRUE(comparison.units.paired);
  EXPECT_EQ(comparison.units.left_out_hosts, 2U);
  for (const auto& row : comparison.blocks[0].rows) {
    EXPECT_EQ(row.sides[0].n, 3U);
    EXPECT_EQ(row.sides[1].n, 3U);
  }
  EXPECT_EQ(comparison.count(Verdict::kFaster), 4U);
  // Of two that both have too little would be left.
  const auto two = load({add_fleet("6.1", 1, 1, 3), add_fleet("6.2", 0.9, 2, 5)});
  const auto unpaired = value_of(compare(two, {}));
  EXPECT_FALSE(unpaired.units.paired);
  EXPECT_EQ(unpaired.units.left_out_hosts, 0U);
}

TEST_F(CompareTest, AHostMustBeRecordedAndOfItsOwnBoot) {
  const auto count = [&](int first, int second, const std::string& boot) {
    return hosts_of(load({{add({.boot = "b1", .host = first, .seed = 1}, "h1"),
                           add({.boot = boot, .host = second, .seed = 2}, "h2")}})
                        .front());
  };
  EXPECT_EQ(count(1, 2, "b2"), 2U);
  EXPECT_EQ(count(1, 1, "b2"), 1U);
  EXPECT_EQ(count(1, 2, "b1"), 1U);  // containers
  EXPECT_EQ(count(1, 0, "b2"), 0U);  // not recorded
  const auto set = load({{add({.boot = "b1", .host = 1, .seed = 1}, "h1"),
                          add({.boot = "b2", .host = 2, .seed = 2}, "h2"),
                          add({.boot = "b3", .host = 2, .seed = 3}, "h3")}});
  EXPECT_THAT(error_of(measure_boots(set.front(), "ns_per_read")).message, HasSubstr("of 2 hosts"));
}

TEST_F(CompareTest, OtherHostsAreSaidWhateverTheirNames) {
  const auto base = add_boots({.host = 1, .seed = 10}, "a", 4);
  const auto other = add_boots({.host = 2, .seed = 20}, "b", 4);
  const auto apart = value_of(compare(load({base, other}), {}));
  EXPECT_TRUE(apart.units.other_hosts);
  EXPECT_THAT(host_line(load({{base[0], other[0]}}).front()), EndsWith(", 2 hosts"));
  ASSERT_EQ(apart.differences.noted.size(), 1U);
  EXPECT_EQ(apart.differences.noted[0].field, "host");
  const auto file = [](const char* id) {
    return test::file_of(test::repetitions("a", 1, 1),
                         fmt::format(R"("host":"vm","host.id":"{}")", id));
  };
  const auto alike =
      value_of(compare(value_of(test::load_texts({file("1"), file("2")})).sides, {}));
  ASSERT_EQ(alike.differences.noted.size(), 1U);
  EXPECT_EQ(alike.differences.noted[0].field, "host.id");
  const auto boots = value_of(measure_boots(load({base}).front(), "ns_per_read"));
  CompareOptions options;
  options.boots = boots;
  EXPECT_THAT(error_of(compare(load({{base[0]}, {other[0]}}), options)).message,
              HasSubstr("of one host"));
  EXPECT_FALSE(value_of(compare(load({{base[0]}, {base[1]}}), {})).units.other_hosts);
}

// Boots of a host are not independent of it: nine of a slow one that the base lacks show nothing.
TEST_F(CompareTest, HostsThatOnlyOneSideHasHoldTheVerdict) {
  const auto base = add_boots({.host = 1, .seed = 10}, "a", 3);
  const auto of_base = add_boots({.kernel = "6.2", .host = 1, .seed = 20}, "b", 3);
  auto both = add_boots({.kernel = "6.2", .host = 2, .seed = 30, .single_frame_ns = 1.3}, "c", 9);
  both.insert(both.end(), of_base.begin(), of_base.end());
  const auto sides = load({base, both});
  const auto held = value_of(compare(sides, {}));
  EXPECT_EQ(held.units.unit, Unit::kBoot);
  EXPECT_TRUE(held.units.other_hosts);
  EXPECT_EQ(held.count(Verdict::kUndecided), held.change_count());
  std::size_t shown = 0;
  for (const auto& row : held.blocks[0].rows) {
    shown += row.changes[0].shown == Verdict::kSlower ? 1U : 0U;
    EXPECT_EQ(bisect_answer(row.changes[0], Better::kLower, held.rules), BisectAnswer::kSkip);
  }
  EXPECT_GT(shown, 0U);
  for (const auto& [format, mark, why] : std::initializer_list<std::array<const char*, 3>>{
           {"commit", "% [h]", "[h] the sides are not of the same hosts"},
           {"fastpath", "% [h]", "[h] the sides are not of the same hosts"},
           {"mmtests", "", "The sides are not of the same hosts"},
           {"csv", ",undecided,boot,,other hosts\n", ""},
           {"json", R"("doubt": "other hosts")", R"("other_hosts": "the sides are not of)"},
           {"ktap", "% [h]", "# [h] the sides are not of the same hosts"},
           {"lava", " unknown ", "sides-of-different-hosts-nothing-is-concluded skip"}}) {
    const auto text = find_format(format)->render(held, 200);
    EXPECT_THAT(text, HasSubstr(mark)) << format;
    EXPECT_THAT(text, HasSubstr(why)) << format;
    EXPECT_THAT(text, testing::Not(HasSubstr("# slower"))) << format;
    EXPECT_THAT(text, testing::Not(HasSubstr(",slower,"))) << format;
  }
  EXPECT_GT(value_of(compare(sides, {.force = true})).count(Verdict::kSlower), 0U);
  EXPECT_EQ(value_of(compare(load({base, of_base}), {})).rules.hold_hosts, false);
}

TEST_F(CompareTest, WhatIsOnBothSidesIsRefused) {
  const auto runs = add_boots({}, "a", 3);
  EXPECT_THAT(error_of(compare(load({{runs[0], runs[1]}, {runs[1], runs[2]}}), {})).message,
              HasSubstr("a1/pass-01.json: the same measurement is on the base's side"));
  EXPECT_TRUE(compare(load({{runs[0], runs[1]}, {runs[0], runs[1]}}), {}));  // the same run twice
  const auto copy = directory_ / "nameless";
  EXPECT_TRUE(write_anonymous(load({{runs[1]}}).front().runs().front(), copy));
  EXPECT_THAT(error_of(compare(load({{runs[0], runs[1]}, {copy, runs[2]}}), {})).message,
              HasSubstr("nameless/pass-01.json: the same measurement is on the base's side"));
}

}  // namespace
}  // namespace zp::analysis
