// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/compare/by_machine.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/load/load.hpp"
#include "tests/analysis/made_up_files.hpp"
#include "tests/analysis/sample_run.hpp"
#include "tests/outcome.hpp"

namespace zp::analysis {
namespace {

using test::file_of;
using test::load_texts;
using test::repetitions;
using test::SampleRun;
using test::TemporaryDirectory;
using test::write_file;
using testing::HasSubstr;

class CompareTest : public ::testing::Test {
 protected:
  std::string add(SampleRun run, const std::string& name) {
    run.directory = directory_ / name;
    test::write_sample_run(run);
    return run.directory;
  }
  // Of each run its boot is `name` and a number, its seed counts on.
  std::vector<std::string> add_boots(SampleRun run, const std::string& name, std::uint64_t count) {
    std::vector<std::string> runs;
    for (std::uint64_t i = 0; i < count; ++i, ++run.seed) {
      run.boot = fmt::format("{}{}", name, i);
      runs.push_back(add(run, run.boot));
    }
    return runs;
  }
  // All of one boot, or of none that was recorded.
  std::vector<std::string> add_runs(SampleRun run, const std::string& name, std::uint64_t count) {
    std::vector<std::string> runs;
    for (std::uint64_t i = 0; i < count; ++i, ++run.seed)
      runs.push_back(add(run, fmt::format("{}{}", name, i)));
    return runs;
  }
  // Two boots of each host; hosts differ by 20 % from each other.
  std::vector<std::string> add_fleet(const std::string& kernel, double single_frame_ns, int first,
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
  std::vector<ResultSet> load(const std::vector<std::vector<std::string>>& sides) {
    return value_of(load_sides(sides, {})).sides;
  }
  TemporaryDirectory directory_;
};

TEST_F(CompareTest, FindsTheOneChangedPlacement) {
  const auto sides =
      load({{add({}, "a")}, {add({.kernel = "6.2", .seed = 2, .single_frame_ns = 0.6}, "b")}});
  const auto comparison = value_of(compare(sides, {.one_boot = true}));
  EXPECT_EQ(comparison.row_count(), 48U);
  EXPECT_EQ(comparison.count(Verdict::kFaster), 4U);
  EXPECT_EQ(comparison.count(Verdict::kSlower), 0U);
  EXPECT_EQ(comparison.sides[0].label, "6.1.0-test");
  EXPECT_EQ(comparison.sides[1].label, "6.2");
  for (const auto& row : comparison.blocks[0].rows) {
    if (row.changes[0].verdict != Verdict::kFaster) continue;
    EXPECT_EQ(row.labels[0], "ksm_single");
    EXPECT_NEAR(row.changes[0].ratio->ratio, 0.6, 0.02);
  }
  EXPECT_EQ(comparison.errors.size(), 8U);
  // No mean over different placements and strides.
  EXPECT_EQ(comparison.sides[1].geomean_ratio, 0);
}

TEST_F(CompareTest, RefusesOtherMachinesUnlessForced) {
  const auto sides = load({{add({}, "a")}, {add({.cpu = "Other CPU"}, "b")}});
  const auto refused = compare(sides, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ExitCode::kNotComparable);
  EXPECT_THAT(refused.error().message, HasSubstr("cpu.model is 'Sample CPU 9000' and 'Other CPU'"));
  const auto forced = value_of(compare(sides, {.force = true}));
  ASSERT_EQ(forced.differences.refused.size(), 1U);
  EXPECT_EQ(forced.differences.refused[0].field, "cpu.model");
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
  EXPECT_EQ(error_of(compare(load({{real}, {guest}}), {})).code, ExitCode::kNotComparable);
  const auto both = load({{guest}, {add({.seed = 3, .emulated = true}, "c")}});
  EXPECT_EQ(error_of(compare(both, {})).code, ExitCode::kNotComparable);
  CompareOptions frames;
  frames.metric = "frames";
  EXPECT_TRUE(compare(both, frames));
}

TEST(Comparability, OtherCensusAndOtherLibraryWithThreadsAreRefused) {
  const auto row = [](const char* version, const char* label, int threads) {
    return file_of(repetitions(fmt::format("a/threads:{}", threads), 1, 6,
                               fmt::format(R"(,"label":"{}")", label)),
                   fmt::format(R"("library_version":"{}")", version));
  };
  const auto both = [&](const std::string& a, const std::string& b) {
    return compare(value_of(load_texts({a, b})).sides, {});
  };
  EXPECT_TRUE(both(row("v1.8.0", "", 1), row("v1.9.0", "", 1)));
  EXPECT_THAT(error_of(both(row("v1.8.0", "", 4), row("v1.9.0", "", 4))).message,
              HasSubstr("library_version"));
  EXPECT_THAT(error_of(both(row("v1", "census: strong", 1), row("v1", "census: weak", 1))).message,
              HasSubstr("census of a/threads:1 is 'strong' and 'weak'"));
}

TEST_F(CompareTest, PlacementsInsideOneRun) {
  CompareOptions options;
  options.by = "placement";
  options.by_base = "ksm_single";
  const auto comparison = value_of(compare(load({{add({}, "a")}}), options));
  EXPECT_TRUE(comparison.within_one_run);
  EXPECT_EQ(comparison.row_count(), 44U);
  for (const auto& row : comparison.blocks[0].rows) {
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

TEST_F(CompareTest, CopiesCountOnceAndAreNamed) {
  const auto run = add({.boot = "b1"}, "a");
  const auto copy = add({.boot = "b1"}, "copy");
  const auto loaded = value_of(load_sides({{run, copy}}, {}));
  EXPECT_EQ(loaded.sides[0].runs().size(), 1U);
  ASSERT_EQ(loaded.dropped.size(), 3U);
  EXPECT_THAT(loaded.dropped[0], HasSubstr("copy/pass-01.json: the same rows as in"));
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
  EXPECT_EQ(boot_limits(read, 0.005), boot_limits(*options.boots, 0.005));
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
    const auto limits = boot_limits(*measure_boots(load({runs}).front(), "ns_per_read"), 0.005);
    const double middle = limits[limits.size() / 2];
    EXPECT_LT(middle, before) << count;
    before = middle;
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

TEST_F(CompareTest, KindsOfMachineAreTakenApart) {
  const auto old_a = add({.host = 1}, "old-a"), old_b = add({.cpu = "Other", .host = 2}, "old-b");
  const auto new_a = add({.kernel = "6.2", .host = 1, .seed = 2}, "new-a");
  const auto new_b = add({.kernel = "6.2", .cpu = "Other", .host = 2, .seed = 3}, "new-b");
  const auto third = add({.kernel = "6.2", .cpu = "Third", .host = 3, .seed = 4}, "new-c");
  EXPECT_FALSE(has_machines_apart(load({{old_a}, {new_a}})));
  EXPECT_FALSE(has_machines_apart(load({{old_a}, {new_b}})));  // nothing to compare: refused
  auto loaded =
      value_of(load_sides({{old_a, old_b}, {new_b, new_a, third}}, {}, {"stride:64/", ""}));
  ASSERT_TRUE(has_machines_apart(loaded.sides));
  EXPECT_EQ(compare(loaded.sides, {}).error().code, ExitCode::kNotComparable);
  const auto apart = split_by_machine(std::move(loaded.sides));
  ASSERT_EQ(apart.groups.size(), 2U);
  EXPECT_EQ(apart.groups[0].machine, "Sample CPU 9000");
  EXPECT_EQ(apart.groups[1].machine, "Other");
  EXPECT_EQ(apart.groups[1].sides[1].runs()[0].path, new_b);
  EXPECT_EQ(apart.groups[0].sides[0].cell_count(), 12U);  // what the filter took
  EXPECT_EQ(apart.groups[0].sides[1].cell_count(), 48U);
  EXPECT_EQ(apart.others, (std::vector<std::string>{"Third: on side 2 alone"}));
}

TEST(Comparability, CellsWithoutAPartnerAreListed) {
  const auto loaded =
      value_of(load_texts({file_of(repetitions("a", 1, 1) + "," + repetitions("b", 1, 1)),
                           file_of(repetitions("c", 1, 1) + "," + repetitions("a", 100, 1))}));
  const auto comparison = value_of(compare(loaded.sides, {}));
  ASSERT_EQ(comparison.unmatched.size(), 2U);
  EXPECT_EQ(comparison.unmatched[0].name, "b");
  EXPECT_EQ(comparison.unmatched[1].name, "c");
  EXPECT_EQ(comparison.row_count(), 1U);
  EXPECT_NEAR(comparison.sides[1].geomean_ratio, 100, 1e-9);
}

TEST_F(CompareTest, IgnoredPartsMatchAcrossPlacementsAndRefuseAmbiguity) {
  const auto path = add({}, "a");
  CompareOptions options;
  options.ignore = {"placement"};
  auto loaded = value_of(
      load_sides({{path}, {path}}, {}, {"placement:ksm_single/", "placement:ksm_coloured:8/"}));
  const auto comparison = value_of(compare(loaded.sides, options));
  EXPECT_EQ(comparison.row_count(), 4U);
  EXPECT_TRUE(comparison.units.paired);  // the same passes on both sides
  EXPECT_TRUE(comparison.units.one_boot.empty());
  EXPECT_EQ(compare(load({{path}, {path}}), options).error().code, ExitCode::kUsage);
}

}  // namespace
}  // namespace zp::analysis
