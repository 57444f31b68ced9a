// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "analysis/compare/by_machine.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/load/load.hpp"
#include "tests/analysis/sample_run.hpp"
#include "tests/analysis/temporary.hpp"

namespace zp::analysis {
namespace {

using test::SampleRun;
using test::TemporaryDirectory;
using test::write_file;

Change change(std::vector<double> base, std::vector<double> other, Better better = Better::kLower) {
  const VerdictRules rules{.min_n = kLeastRepetitions};
  auto result = measure_change(base, other, rules);
  result.p_holm = result.p;
  decide(result, better, rules);
  return result;
}

std::vector<double> around(double level, std::size_t n = 10, double step = 0.001) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(level * (1 + step * static_cast<double>(i)));
  return values;
}

TEST(Verdict, FollowsTheDirectionOfTheFigure) {
  EXPECT_EQ(change(around(1), around(1.5)).verdict, Verdict::kSlower);
  EXPECT_EQ(change(around(1), around(0.5)).verdict, Verdict::kFaster);
  EXPECT_EQ(change(around(1), around(1.5), Better::kHigher).verdict, Verdict::kFaster);
  EXPECT_EQ(change(around(1), around(0.5), Better::kHigher).verdict, Verdict::kSlower);
}

TEST(Verdict, SmallButSureChangesAreTheSame) {
  const auto small = change(around(1, 20, 1e-5), around(1.005, 20, 1e-5));
  EXPECT_LT(small.p, 1e-6);
  EXPECT_EQ(small.verdict, Verdict::kSame);
}

TEST(Verdict, WhatCannotBeShownIsUndecided) {
  EXPECT_EQ(change(around(1, 3), around(2, 3)).doubt, Doubt::kFewValues);
  EXPECT_EQ(change(around(1, 10, 0.05), around(1.01, 10, 0.05)).doubt, Doubt::kWideInterval);
  EXPECT_EQ(change({0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1}).doubt, Doubt::kNoRatio);
  EXPECT_EQ(change({0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}).verdict, Verdict::kSame);
}

TEST(Verdict, CountsDifferOrDoNot) {
  const VerdictRules rules{.counts = true};
  const auto measured = [&](std::vector<double> base, std::vector<double> other, Better better) {
    auto result = measure_change(base, other, rules);
    decide(result, better, rules);
    return result;
  };
  const auto verdict = [&](std::vector<double> base, std::vector<double> other) {
    return measured(std::move(base), std::move(other), Better::kLower).verdict;
  };
  EXPECT_EQ(verdict({0.5}, {0.5}), Verdict::kSame);
  EXPECT_EQ(verdict({0.5}, {0.505}), Verdict::kSame);
  EXPECT_EQ(verdict({0}, {0}), Verdict::kSame);
  EXPECT_EQ(verdict({0}, {0.5}), Verdict::kSlower);
  EXPECT_EQ(verdict({0.5}, {0}), Verdict::kFaster);
  EXPECT_EQ(verdict({0, 1}, {1}), Verdict::kUndecided);  // boots of one kernel disagree
  EXPECT_EQ(verdict({0, 0.5}, {1}), Verdict::kSlower);
  EXPECT_EQ(measured({1}, {2}, Better::kHigher).verdict, Verdict::kFaster);
  const auto answer = [&](double base, double other, Better better) {
    return bisect_answer(measured({base}, {other}, better), better, rules);
  };
  EXPECT_EQ(answer(0, 0, Better::kLower), BisectAnswer::kGood);
  EXPECT_EQ(answer(1, 0, Better::kLower), BisectAnswer::kGood);
  EXPECT_EQ(answer(0, 1, Better::kLower), BisectAnswer::kBad);
  EXPECT_EQ(answer(8, 8, Better::kNeither), BisectAnswer::kGood);
  EXPECT_EQ(answer(8, 1, Better::kNeither), BisectAnswer::kBad);
  EXPECT_EQ(answer(1, 8, Better::kNeither), BisectAnswer::kBad);
  EXPECT_EQ(bisect_answer(measured({0, 1}, {1}, Better::kLower), Better::kLower, rules),
            BisectAnswer::kSkip);
}

TEST(Verdict, BisectOnlyAnswersBeyondDoubt) {
  const VerdictRules rules{.min_n = kLeastRepetitions};
  const auto answer = [&](std::vector<double> other) {
    return bisect_answer(change(around(1), std::move(other)), Better::kLower, rules);
  };
  EXPECT_EQ(answer(around(1)), BisectAnswer::kGood);
  EXPECT_EQ(answer(around(0.5)), BisectAnswer::kGood);
  EXPECT_EQ(answer(around(1.5)), BisectAnswer::kBad);
  EXPECT_EQ(answer(around(1.02)), BisectAnswer::kSkip);    // straddles the threshold
  EXPECT_EQ(answer(around(1.5, 3)), BisectAnswer::kSkip);  // too few
}

class CompareTest : public ::testing::Test {
 protected:
  std::string add(SampleRun run, const std::string& name) {
    run.directory = directory_ / name;
    test::write_sample_run(run);
    return run.directory;
  }
  std::vector<ResultSet> load(const std::vector<std::vector<std::string>>& sides) {
    auto loaded = load_sides(sides, {});
    EXPECT_TRUE(loaded) << loaded.error().message;
    return std::move(loaded->sides);
  }
  TemporaryDirectory directory_;
};

TEST_F(CompareTest, FindsTheOneChangedPlacement) {
  const auto sides =
      load({{add({}, "a")}, {add({.kernel = "6.2", .seed = 2, .single_frame_ns = 0.6}, "b")}});
  const auto comparison = compare(sides, {.one_boot = true});
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_EQ(comparison->row_count(), 48U);
  EXPECT_EQ(comparison->count(Verdict::kFaster), 4U);
  EXPECT_EQ(comparison->count(Verdict::kSlower), 0U);
  EXPECT_EQ(comparison->sides[0].label, "6.1.0-test");
  EXPECT_EQ(comparison->sides[1].label, "6.2");
  for (const auto& row : comparison->blocks[0].rows) {
    if (row.changes[0].verdict != Verdict::kFaster) continue;
    EXPECT_EQ(row.labels[0], "ksm_single");
    EXPECT_NEAR(row.changes[0].ratio->ratio, 0.6, 0.02);
  }
  EXPECT_EQ(comparison->errors.size(), 8U);
  // No mean over different placements and strides.
  EXPECT_EQ(comparison->sides[1].geomean_ratio, 0);
}

TEST_F(CompareTest, RefusesOtherMachinesUnlessForced) {
  const auto sides = load({{add({}, "a")}, {add({.cpu = "Other CPU"}, "b")}});
  const auto refused = compare(sides, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ExitCode::kNotComparable);
  EXPECT_NE(refused.error().message.find("cpu.model is 'Sample CPU 9000' and 'Other CPU'"),
            std::string::npos);
  const auto forced = compare(sides, {.force = true});
  ASSERT_TRUE(forced);
  ASSERT_EQ(forced->differences.refused.size(), 1U);
  EXPECT_EQ(forced->differences.refused[0].field, "cpu.model");
}

TEST(Comparability, ManyDifferencesOfOneFieldAreOneClause) {
  std::vector<Difference> many{{"num_cpus", "2", "4"}};
  for (int kernel = 1; kernel < 20; ++kernel)
    many.push_back({"kernel.release of one side", "6.0", fmt::format("6.{}", kernel)});
  EXPECT_EQ(describe(many),
            " num_cpus is '2' and '4'; kernel.release of one side is '6.0' and '6.1', '6.2', '6.3' "
            "and 16 more");
}

TEST_F(CompareTest, RefusesEmulatedAgainstHardwareAndEmulatedTimes) {
  const auto real = add({}, "a");
  const auto guest = add({.emulated = true}, "b");
  const auto mixed = compare(load({{real}, {guest}}), {});
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code, ExitCode::kNotComparable);
  const auto both = load({{guest}, {add({.seed = 3, .emulated = true}, "c")}});
  const auto times = compare(both, {});
  ASSERT_FALSE(times);
  EXPECT_EQ(times.error().code, ExitCode::kNotComparable);
  CompareOptions frames;
  frames.metric = "frames";
  EXPECT_TRUE(compare(both, frames));
}

TEST_F(CompareTest, RefusesOtherCensusAndLibraryWithThreads) {
  const auto row = [](const char* version, const char* label, int threads) {
    std::string rows;
    for (int i = 0; i < 6; ++i)
      rows += fmt::format("{}{{\"name\":\"a/threads:{}\",\"real_time\":{},\"label\":\"{}\"}}",
                          i == 0 ? "" : ",", threads, 1 + 0.01 * i, label);
    return fmt::format(R"({{"context":{{"library_version":"{}"}},"benchmarks":[{}]}})", version,
                       rows);
  };
  const auto both = [&](const std::string& a, const std::string& b) {
    write_file(directory_ / "1.json", a);
    write_file(directory_ / "2.json", b);
    return compare(load({{directory_ / "1.json"}, {directory_ / "2.json"}}), {});
  };
  EXPECT_TRUE(both(row("v1.8.0", "", 1), row("v1.9.0", "", 1)));
  const auto threads = both(row("v1.8.0", "", 4), row("v1.9.0", "", 4));
  ASSERT_FALSE(threads);
  EXPECT_NE(threads.error().message.find("library_version"), std::string::npos);
  const auto census = both(row("v1", "census: strong", 1), row("v1", "census: weak", 1));
  ASSERT_FALSE(census);
  EXPECT_NE(census.error().message.find("census of a/threads:1 is 'strong' and 'weak'"),
            std::string::npos);
}

TEST_F(CompareTest, PlacementsInsideOneRun) {
  CompareOptions options;
  options.by = "placement";
  options.by_base = "ksm_single";
  const auto comparison = compare(load({{add({}, "a")}}), options);
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_TRUE(comparison->within_one_run);
  EXPECT_EQ(comparison->row_count(), 44U);
  for (const auto& row : comparison->blocks[0].rows) {
    if (row.labels[0] != "ksm_coloured:8" || row.labels[1] != "1024") continue;
    EXPECT_EQ(row.changes[0].verdict, Verdict::kFaster);
    EXPECT_NEAR(row.changes[0].ratio->ratio, 0.68 / 1.20, 0.01);
  }
  options.by_base = "nowhere";
  EXPECT_EQ(compare(load({{directory_ / "a"}}), options).error().code, ExitCode::kUsage);
}

TEST_F(CompareTest, OneBootPerSideShowsChangesAndConcludesNothing) {
  const auto base = add({.boot = "b1"}, "a");
  const auto other = add({.kernel = "6.2", .boot = "b2", .seed = 2, .single_frame_ns = 1.3}, "b");
  const auto sides = load({{base}, {other}});
  const auto held = compare(sides, {});
  ASSERT_TRUE(held);
  EXPECT_EQ(held->units.unit, Unit::kPass);
  EXPECT_EQ(held->units.one_boot, "one boot per side");
  EXPECT_EQ(held->count(Verdict::kUndecided), held->change_count());
  std::size_t shown = 0;
  for (const auto& row : held->blocks[0].rows) {
    shown += row.changes[0].shown == Verdict::kSlower ? 1U : 0U;
    EXPECT_EQ(bisect_answer(row.changes[0], Better::kLower, held->rules), BisectAnswer::kSkip);
  }
  EXPECT_EQ(shown, 4U);
  CompareOptions all_the_same;
  all_the_same.one_boot = true;
  EXPECT_EQ(compare(sides, all_the_same)->count(Verdict::kSlower), 4U);
}

TEST_F(CompareTest, InOneBootRunsAreTheUnits) {
  std::vector<std::string> base, other;
  for (std::uint64_t i = 0; i < 3; ++i) {
    base.push_back(add({.boot = "b1", .seed = 10 + i}, fmt::format("a{}", i)));
    other.push_back(
        add({.boot = "b1", .seed = 20 + i, .single_frame_ns = 1.3}, fmt::format("b{}", i)));
  }
  const auto several = compare(load({base, other}), {});
  ASSERT_TRUE(several);
  EXPECT_EQ(several->units.unit, Unit::kRun);
  EXPECT_TRUE(several->units.within_one_boot);
  EXPECT_EQ(several->count(Verdict::kSlower), 4U);
  // Passes of a run are not independent of each other.
  const auto one = compare(load({{base.front()}, {other.front()}}), {});
  EXPECT_EQ(one->units.unit, Unit::kPass);
  EXPECT_EQ(one->units.one_boot, "fewer than 3 runs per side in one boot");
  EXPECT_EQ(one->count(Verdict::kSlower), 0U);
  EXPECT_EQ(one->blocks[0].rows[0].changes[0].doubt, Doubt::kOneBoot);
}

TEST_F(CompareTest, SeveralBootsPerSideAreTheUnits) {
  std::vector<std::string> base, other;
  for (int i = 0; i < 5; ++i) {
    base.push_back(add({.boot = fmt::format("a{}", i), .seed = static_cast<std::uint64_t>(10 + i)},
                       fmt::format("a{}", i)));
    other.push_back(add({.boot = fmt::format("b{}", i),
                         .seed = static_cast<std::uint64_t>(20 + i),
                         .single_frame_ns = 1.3},
                        fmt::format("b{}", i)));
  }
  const auto comparison = compare(load({base, other}), {});
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->units.unit, Unit::kBoot);
  EXPECT_TRUE(comparison->units.one_boot.empty());
  EXPECT_EQ(comparison->blocks[0].rows[0].sides[0].n, 5U);
  EXPECT_EQ(comparison->count(Verdict::kSlower), 4U);
  other.resize(1);
  const auto one = compare(load({base, other}), {});
  EXPECT_EQ(one->units.unit, Unit::kPass);
  EXPECT_EQ(one->count(Verdict::kSlower), 0U);
}

TEST_F(CompareTest, RunsWithoutARecordedBootAreUnitsAndNoBoots) {
  std::vector<std::string> base, other;
  for (std::uint64_t i = 0; i < 3; ++i) {
    base.push_back(add({.seed = 10 + i}, fmt::format("a{}", i)));
    other.push_back(add({.seed = 20 + i}, fmt::format("b{}", i)));
  }
  const auto comparison = compare(load({base, other}), {});
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->units.unit, Unit::kRun);
  EXPECT_EQ(comparison->units.one_boot, "the files don't record their boot");
  EXPECT_EQ(comparison->blocks[0].rows[0].sides[0].n, 3U);
}

TEST_F(CompareTest, CopiesCountOnceAndAreNamed) {
  const auto run = add({.boot = "b1"}, "a");
  const auto copy = add({.boot = "b1"}, "copy");
  const auto loaded = load_sides({{run, copy}}, {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->sides[0].runs().size(), 1U);
  ASSERT_EQ(loaded->dropped.size(), 3U);
  EXPECT_NE(loaded->dropped[0].find("copy/pass-01.json: the same rows as in"), std::string::npos);
}

TEST_F(CompareTest, AMeasuredBootDeviationStandsForTheBoots) {
  const auto boots = [&](double noise) {
    std::vector<std::string> runs;
    for (std::uint64_t i = 0; i < 6; ++i)
      runs.push_back(add({.boot = fmt::format("n{}", i), .seed = 30 + i, .boot_noise = noise},
                         fmt::format("n{}-{}", noise, i)));
    auto measured = measure_boots(load({runs}).front(), "ns_per_read");
    EXPECT_TRUE(measured) << measured.error().message;
    return *measured;
  };
  const auto sides = load(
      {{add({.boot = "b1"}, "a")}, {add({.boot = "b2", .seed = 2, .single_frame_ns = 1.3}, "b")}});
  CompareOptions options;
  options.boots = boots(0.005);
  const auto found = compare(sides, options);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->boots_from_file);
  EXPECT_EQ(found->count(Verdict::kSlower), 4U);
  EXPECT_EQ(found->count(Verdict::kFaster), 0U);
  options.boots = boots(0.10);
  EXPECT_EQ(compare(sides, options)->count(Verdict::kSlower), 0U);
  // Through the file and back.
  const auto path = directory_ / "boots.json";
  write_file(path, to_json(*options.boots));
  const auto read = read_boots(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(boot_limits(*read, 0.005), boot_limits(*options.boots, 0.005));
  write_file(path, "{}");
  EXPECT_FALSE(read_boots(path));
  const auto one = load({{add({.boot = "b1"}, "single")}});
  EXPECT_FALSE(measure_boots(one.front(), "ns_per_read"));
}

TEST_F(CompareTest, MoreBootsBringTheirLimitDown) {
  double before = 1e9;
  for (const std::uint64_t count : {3U, 6U, 12U}) {
    std::vector<std::string> runs;
    for (std::uint64_t i = 0; i < count; ++i)
      runs.push_back(add({.boot = fmt::format("m{}", i), .seed = 60 + i, .boot_noise = 0.02},
                         fmt::format("m{}-{}", count, i)));
    const auto limits = boot_limits(*measure_boots(load({runs}).front(), "ns_per_read"), 0.005);
    const double middle = limits[limits.size() / 2];
    EXPECT_LT(middle, before) << count;
    before = middle;
  }
}

// Two boots of each host on both kernels; hosts differ by 20 % from each other.
std::vector<std::string> fleet(const std::function<std::string(SampleRun, std::string)>& add,
                               const std::string& kernel, double single_frame_ns, int first,
                               int last) {
  std::vector<std::string> runs;
  for (int host = first; host <= last; ++host)
    for (const int boot : {1, 2}) {
      const auto name = fmt::format("{}-{}-{}", kernel, host, boot);
      runs.push_back(add({.kernel = kernel,
                          .boot = name,
                          .host = host,
                          .seed = std::hash<std::string>()(name) % 100000,
                          .boot_noise = 0.005,
                          .host_noise = 0.2,
                          .single_frame_ns = single_frame_ns},
                         name));
    }
  return runs;
}

TEST_F(CompareTest, HostsAreTheUnitsAboveBoots) {
  const auto make = [&](SampleRun run, const std::string& name) {
    return add(std::move(run), name);
  };
  const auto sides = load({fleet(make, "6.1", 1, 1, 4), fleet(make, "6.2", 0.9, 1, 4)});
  const auto comparison = compare(sides, {});
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_EQ(comparison->units.unit, Unit::kHost);
  EXPECT_TRUE(comparison->units.paired);
  EXPECT_EQ(comparison->units.hosts, (std::vector<std::size_t>{4, 4}));
  EXPECT_EQ(comparison->units.boots, (std::vector<std::size_t>{8, 8}));
  EXPECT_EQ(comparison->units.left_out_hosts, 0U);
  EXPECT_EQ(comparison->count(Verdict::kFaster), 4U);
  EXPECT_EQ(comparison->count(Verdict::kSlower), 0U);
  for (const auto& row : comparison->blocks[0].rows) {
    EXPECT_EQ(row.sides[0].n, 4U);
    ASSERT_TRUE(row.changes[0].between_hosts);
    EXPECT_LT(*row.changes[0].between_hosts, 0.03) << row.name;
    EXPECT_GT(*row.changes[0].between_hosts, 0) << row.name;
  }
  // Every host differs from the first: that is not worth a note each.
  EXPECT_TRUE(comparison->differences.noted.empty());
  EXPECT_NE(comparison->sides[0].host_line.find("4 hosts"), std::string::npos);
}

TEST_F(CompareTest, OtherHostsAreNoControl) {
  const auto make = [&](SampleRun run, const std::string& name) {
    return add(std::move(run), name);
  };
  const auto sides = load({fleet(make, "6.1", 1, 1, 4), fleet(make, "6.2", 0.9, 5, 8)});
  const auto comparison = compare(sides, {});
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_EQ(comparison->units.unit, Unit::kHost);
  EXPECT_FALSE(comparison->units.paired);
  EXPECT_EQ(comparison->count(Verdict::kFaster) + comparison->count(Verdict::kSlower), 0U);
  EXPECT_FALSE(comparison->blocks[0].rows[0].changes[0].between_hosts);
}

TEST_F(CompareTest, HostsThatOneSideLacksAreLeftOut) {
  const auto make = [&](SampleRun run, const std::string& name) {
    return add(std::move(run), name);
  };
  const auto three = load({fleet(make, "6.1", 1, 1, 4), fleet(make, "6.2", 0.9, 2, 5)});
  const auto comparison = compare(three, {});
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_TRUE(comparison->units.paired);
  EXPECT_EQ(comparison->units.left_out_hosts, 2U);
  for (const auto& row : comparison->blocks[0].rows) {
    EXPECT_EQ(row.sides[0].n, 3U);
    EXPECT_EQ(row.sides[1].n, 3U);
  }
  EXPECT_EQ(comparison->count(Verdict::kFaster), 4U);
  // Of two that both have too little would be left.
  const auto two = load({fleet(make, "6.1", 1, 1, 3), fleet(make, "6.2", 0.9, 2, 5)});
  const auto unpaired = compare(two, {});
  ASSERT_TRUE(unpaired);
  EXPECT_FALSE(unpaired->units.paired);
  EXPECT_EQ(unpaired->units.left_out_hosts, 0U);
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
  const auto boots = measure_boots(set.front(), "ns_per_read");
  ASSERT_FALSE(boots);
  EXPECT_NE(boots.error().message.find("of 2 hosts"), std::string::npos);
}

TEST_F(CompareTest, KindsOfMachineAreTakenApart) {
  const auto old_a = add({.host = 1}, "old-a"), old_b = add({.cpu = "Other", .host = 2}, "old-b");
  const auto new_a = add({.kernel = "6.2", .host = 1, .seed = 2}, "new-a");
  const auto new_b = add({.kernel = "6.2", .cpu = "Other", .host = 2, .seed = 3}, "new-b");
  const auto third = add({.kernel = "6.2", .cpu = "Third", .host = 3, .seed = 4}, "new-c");
  EXPECT_FALSE(has_machines_apart(load({{old_a}, {new_a}})));
  EXPECT_FALSE(has_machines_apart(load({{old_a}, {new_b}})));  // nothing to compare: refused
  auto loaded = load_sides({{old_a, old_b}, {new_b, new_a, third}}, {}, {"stride:64/", ""});
  ASSERT_TRUE(loaded);
  ASSERT_TRUE(has_machines_apart(loaded->sides));
  EXPECT_EQ(compare(loaded->sides, {}).error().code, ExitCode::kNotComparable);
  const auto apart = split_by_machine(std::move(loaded->sides));
  ASSERT_EQ(apart.groups.size(), 2U);
  EXPECT_EQ(apart.groups[0].machine, "Sample CPU 9000");
  EXPECT_EQ(apart.groups[1].machine, "Other");
  EXPECT_EQ(apart.groups[1].sides[1].runs()[0].path, new_b);
  EXPECT_EQ(apart.groups[0].sides[0].cell_count(), 12U);  // what the filter took
  EXPECT_EQ(apart.groups[0].sides[1].cell_count(), 48U);
  EXPECT_EQ(apart.others, (std::vector<std::string>{"Third: on side 2 alone"}));
}

TEST_F(CompareTest, CellsWithoutAPartnerAreListed) {
  write_file(directory_ / "1.json",
             R"({"benchmarks":[{"name":"a","real_time":1},{"name":"b","real_time":1}]})");
  write_file(directory_ / "2.json",
             R"({"benchmarks":[{"name":"c","real_time":1},{"name":"a","real_time":100}]})");
  const auto comparison = compare(load({{directory_ / "1.json"}, {directory_ / "2.json"}}), {});
  ASSERT_TRUE(comparison);
  ASSERT_EQ(comparison->unmatched.size(), 2U);
  EXPECT_EQ(comparison->unmatched[0].name, "b");
  EXPECT_EQ(comparison->unmatched[1].name, "c");
  EXPECT_EQ(comparison->row_count(), 1U);
  EXPECT_NEAR(comparison->sides[1].geomean_ratio, 100, 1e-9);
}

TEST_F(CompareTest, IgnoredPartsMatchAcrossPlacementsAndRefuseAmbiguity) {
  const auto path = add({}, "a");
  CompareOptions options;
  options.ignore = {"placement"};
  auto loaded =
      load_sides({{path}, {path}}, {}, {"placement:ksm_single/", "placement:ksm_coloured:8/"});
  ASSERT_TRUE(loaded);
  const auto comparison = compare(loaded->sides, options);
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_EQ(comparison->row_count(), 4U);
  EXPECT_TRUE(comparison->units.paired);  // the same passes on both sides
  EXPECT_TRUE(comparison->units.one_boot.empty());
  EXPECT_EQ(compare(load({{path}, {path}}), options).error().code, ExitCode::kUsage);
}

}  // namespace
}  // namespace zp::analysis
