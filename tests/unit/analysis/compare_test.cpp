// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "analysis/compare/comparison.hpp"
#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/verdict.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/compare_fixture.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;

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

TEST(Comparability, ManyDifferencesOfOneFieldAreOneClause) {
  std::vector<Difference> many{{"num_cpus", "2", "4"}};
  for (int kernel = 1; kernel < 20; ++kernel)
    many.push_back({"kernel.release of one side", "6.0", fmt::format("6.{}", kernel)});
  EXPECT_EQ(difference_words(many),
            " num_cpus is '2' and '4'; kernel.release of one side is '6.0' and '6.1', '6.2', '6.3' "
            "and 16 more");
}

TEST(Comparability, TwoBuildsOfOneReleaseAreNotPooled) {
  const auto pooled = [](const std::string& other) {
    const auto built = [](const std::string& version) {
      return R"("kernel.release":"6.18.0")" +
             (version.empty() ? "" : R"(,"kernel.version":")" + version + '"');
    };
    return check_pooled(set_of_texts({file_of(repetitions("a", 1, 6), built("#1 SMP")),
                                      file_of(repetitions("a", 2, 6), built(other))}));
  };
  EXPECT_THAT(error_of(pooled("#2 SMP")).message,
              HasSubstr("kernel.version of one side is '#1 SMP' and '#2 SMP'"));
  EXPECT_TRUE(pooled("#1 SMP"));
  EXPECT_TRUE(pooled(""));  // of an older zpbench
}

TEST(Comparability, OtherCensusAndOtherLibraryWithThreadsAreRefused) {
  const auto row = [](const char* version, const char* label, int threads,
                      const char* schema = "") {
    return file_of(repetitions(fmt::format("a/threads:{}", threads), 1, 6,
                               fmt::format(R"(,"label":"{}")", label)),
                   fmt::format(R"("library_version":"{}"{})", version, schema));
  };
  const auto both = [&](const std::string& a, const std::string& b) {
    return compare(value_of(load_texts({a, b})).sides, {});
  };
  EXPECT_TRUE(both(row("v1.8.0", "", 1), row("v1.9.0", "", 1)));
  EXPECT_THAT(error_of(both(row("v1.8.0", "", 4), row("v1.9.0", "", 4))).message,
              HasSubstr("library_version"));
  constexpr const char* kSchema = R"(,"schema":"zpbench-1")";
  EXPECT_THAT(
      error_of(both(row("v1", "census: strong", 1, kSchema), row("v1", "census: weak", 1, kSchema)))
          .message,
      HasSubstr("census of a/threads:1 is 'strong' and 'weak'"));
  // What another program calls a census only that program can say.
  EXPECT_TRUE(both(row("v1", "census: strong", 1), row("v1", "census: weak", 1)));
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

TEST_F(CompareTest, CopiesCountOnceAndAreNamed) {
  const auto run = add({.boot = "b1"}, "a");
  const auto copy = add({.boot = "b1"}, "copy");
  const auto loaded = value_of(load_sides({{run, copy}}, {}));
  EXPECT_EQ(loaded.sides[0].runs().size(), 1U);
  ASSERT_EQ(loaded.dropped.size(), 3U);
  EXPECT_THAT(loaded.dropped[0], HasSubstr("copy/pass-01.json: the same rows as in"));
}

TEST(Comparability, CellsWithoutAPartnerAreListed) {
  const auto comparison =
      value_of(compared({file_of(repetitions("a", 1, 1) + "," + repetitions("b", 1, 1)),
                         file_of(repetitions("c", 1, 1) + "," + repetitions("a", 100, 1))}));
  ASSERT_EQ(comparison.unmatched.size(), 2U);
  EXPECT_EQ(comparison.unmatched[0].name, "b");
  EXPECT_EQ(comparison.unmatched[1].name, "c");
  EXPECT_EQ(comparison.row_count(), 1U);
  EXPECT_EQ(comparison.sides[1].geomean_rows, 0U);  // of one value each
}

// Of three sides one may lack cells: the others are compared all the same.
TEST(Comparability, ACellThatOneOfThreeSidesLacksIsComparedOnTheOthers) {
  const auto old = repetitions("a", 100, 6), slow = repetitions("a", 150, 6),
             own = repetitions("own", 1, 6), both = repetitions("both", 100, 6);
  const auto found = value_of(
      compared({file_of(old + "," + both), file_of(both + "," + slow), file_of(own + "," + both)},
               {.labels = {"one", "two", "three"}}));
  EXPECT_EQ(found.row_count(), 2U);
  EXPECT_EQ(found.change_count(), 3U);
  EXPECT_EQ(found.count(Verdict::kSlower), 1U);
  const auto& row = found.blocks[0].rows[0];
  EXPECT_EQ(row.changes[0].verdict, Verdict::kSlower);
  // Holm over three tests, not four.
  EXPECT_DOUBLE_EQ(row.changes[0].p_holm, 3 * row.changes[0].p);
  EXPECT_TRUE(row.lacks(2));
  EXPECT_EQ(row.changes[1].doubt, Doubt::kNoFigure);
  EXPECT_EQ(bisect_answer(row.changes[1], Better::kLower, found.rules), BisectAnswer::kSkip);
  const auto text = find_format("commit")->render(found, 75);
  EXPECT_THAT(text, HasSubstr("Cells that three lacks, compared without it (1):\n    a\n"));
  EXPECT_THAT(text, HasSubstr("not compared (1):\n  in three, not in one: 1\n    own\n"));
  EXPECT_THAT(left_out(found, true),
              testing::ElementsAre("cells without a partner, not compared: 1 (first: own, in "
                                   "three, not in one)",
                                   "cells that three lacks, compared without it: 1 (first: a)"));
  EXPECT_THAT(find_format("ktap")->render(found, 75), HasSubstr("pass:2 fail:1 xfail:0 xpass:0"));
  EXPECT_THAT(find_format("mmtests")->render(found, 75), HasSubstr("- (     n/a)"));
  EXPECT_THAT(find_format("json")->render(found, 75), HasSubstr("null"));
  for (const auto& format : formats())
    EXPECT_THAT(format.render(found, 75), testing::Not(HasSubstr("0.000"))) << format.name;
}

TEST(Comparability, BootParametersThatDifferAreSaidHoweverManyAreNotShown) {
  const auto noted = [](const std::string& a, const std::string& b) {
    const auto file = [](const std::string& parameters) {
      return file_of(repetitions("a", 1, 6), R"("kernel.cmdline":")" + parameters + '"');
    };
    const auto loaded = value_of(load_texts({file(a), file(b)}));
    return difference_words(value_of(compare(loaded.sides, {})).differences.noted);
  };
  EXPECT_EQ(noted("mitigations=auto (30 others not shown)", "mitigations=off (2 others not shown)"),
            " kernel.cmdline is 'mitigations=auto' and 'mitigations=off'");
  EXPECT_EQ(noted("mitigations=auto (30 others not shown)", "mitigations=auto"), "");
  EXPECT_EQ(noted("(5 others not shown)", "(3 others not shown)"), "");
  EXPECT_EQ(noted("(5 others not shown)", "mitigations=off"),
            " kernel.cmdline is '(5 others not shown)' and 'mitigations=off'");
}

// As `history` shows them beside each other, whose kernels differ.
TEST(Comparability, WhatElseDiffersBetweenKernelsOfOneMachineIsKnown) {
  const auto file = [](const char* kernel, const char* governor, const char* version) {
    return file_of(
        repetitions("a", 1, 6),
        fmt::format(R"("kernel.release":"{}","cpu.governor":"{}","zpbench.version":"{}")", kernel,
                    governor, version));
  };
  const auto set =
      set_of_texts({file("6.1", "powersave", "0.2.0"), file("6.2", "performance", "0.3.0")});
  EXPECT_EQ(difference_words(value_of(check_one_machine(set)).known_notes()),
            " cpu.governor is 'powersave' and 'performance'; zpbench.version is '0.2.0' and "
            "'0.3.0'");
}

TEST(Comparability, LibrariesOfProgramsAreSaidWhereBothRanAny) {
  const auto noted = [](const std::string& a, const std::string& b) {
    const auto loaded = value_of(
        load_texts({file_of(repetitions("a", 1, 6), a), file_of(repetitions("a", 1, 6), b)}));
    return difference_words(value_of(compare(loaded.sides, {})).differences.noted);
  };
  const std::string old = R"("program.libc":"glibc 2.36")";
  EXPECT_EQ(noted(old, R"("program.libc":"glibc 2.41")"),
            " program.libc is 'glibc 2.36' and 'glibc 2.41'");
  EXPECT_EQ(noted(old, R"("matrix":"quick")"), "");
}

TEST(Comparability, PartsAreIgnoredInsideOneRunToo) {
  const auto one = repetitions("a/kind:x/threads:1", 1, 6);
  const auto two = repetitions("a/kind:x/share:split/threads:2", 2, 6);
  const auto loaded = value_of(load_texts({file_of(one + "," + two)}));
  CompareOptions options;
  options.by = "threads";
  options.by_base = "1";
  EXPECT_EQ(compare(loaded.sides, options).error().code, ExitCode::kUsage);
  options.ignore = {"share"};
  EXPECT_EQ(value_of(compare(loaded.sides, options)).row_count(), 1U);
  options.ignore = {"sahre"};
  EXPECT_EQ(compare(loaded.sides, options).error().message,
            "--ignore sahre: no name has a part 'sahre:'");
}

TEST(Comparability, ADirectionThatIsKnownIsNotTurnedRound) {
  const auto loaded =
      value_of(load_texts({file_of(repetitions("a", 1, 2)), file_of(repetitions("a", 9, 2))}));
  EXPECT_THAT(error_of(compare(loaded.sides, {.better = Better::kHigher})).message,
              HasSubstr("real_time lower is better"));
  const auto same = value_of(compare(loaded.sides, {.better = Better::kLower}));
  // Two values a side: the widest interval covers 67 %, and is not called one of 95 %.
  const auto& change = same.blocks[0].rows[0].changes[0];
  EXPECT_GT(change.ratio->confidence, 0);
  EXPECT_FALSE(change.has_interval());
}

// Inside one run, by --ignore.
Comparison one_frame_against_eight(const std::string& path) {
  const auto loaded = value_of(
      load_sides({{path}, {path}}, {}, {"placement:ksm_single/", "placement:ksm_coloured:8/"}));
  return value_of(compare(loaded.sides, {.ignore = {"placement"}}));
}

TEST_F(CompareTest, IgnoredPartsMatchAcrossPlacementsAndRefuseAmbiguity) {
  const auto path = add({}, "a");
  const auto comparison = one_frame_against_eight(path);
  EXPECT_EQ(comparison.row_count(), 4U);
  EXPECT_TRUE(comparison.units.paired);  // the same passes on both sides
  EXPECT_TRUE(comparison.units.one_boot.empty());
  EXPECT_EQ(compare(load({{path}, {path}}), {.ignore = {"placement"}}).error().code,
            ExitCode::kUsage);
}

TEST_F(CompareTest, MediansAreOfThePassesThatMakeTheChange) {
  const auto path = add({.passes = 4}, "a");
  const auto pass = path + "/pass-04.json";
  auto text = test::read_file(pass);
  for (auto at = text.find("ksm_single/"); at != std::string::npos; at = text.find("ksm_single/"))
    text.replace(at, 10, "ksm_sungle");
  test::write_file(pass, text);
  const auto comparison = one_frame_against_eight(path);
  const auto& row = comparison.blocks[0].rows[0];
  EXPECT_EQ(row.changes[0].new_n, 3U);
  EXPECT_EQ(row.sides[0].n, 3U);
  EXPECT_EQ(row.sides[1].n, 3U);  // not the fourth pass, which the base lacks
}

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

}  // namespace
}  // namespace zp::analysis
