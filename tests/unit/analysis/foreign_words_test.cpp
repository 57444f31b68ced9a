// SPDX-License-Identifier: MIT
// Words and figures of files that nobody here wrote: nothing is called what it is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/ci/formats.hpp"
#include "analysis/ci/test_run.hpp"
#include "analysis/compare/comparability.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/compare/footnotes.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "analysis/plan/plan.hpp"
#include "analysis/plot/plots.hpp"
#include "analysis/report/page.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/views/placement_table.hpp"
#include "analysis/views/render_placement_table.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

TEST(Statements, WhatDiffersBetweenRunsTakenTogetherIsNoted) {
  const TemporaryDirectory directory;
  const auto loaded = value_of(load_texts({file_of(repetitions("BM", 10, 5), R"("host_name":"a")"),
                                           file_of(repetitions("BM", 30, 5), R"("host_name":"b")")},
                                          directory, true));
  const std::string note = "runs are taken together that differ: host_name is 'a' and 'b'";
  EXPECT_EQ(check_pooled(loaded.sides.front()), note);
  const auto report = value_of(make_report(loaded, {}));
  EXPECT_EQ(report.warnings.front(), note);
}

// Two programs' benchmarks of one name are never one figure; the same program built in two folders,
// and rows that the other has not, are no such thing.
TEST(Statements, TwoProgramsOfOneNameAreToldApart) {
  const auto file = [](const char* program, const char* name, double time, const char* more = "") {
    return file_of(repetitions(name, time, 5),
                   fmt::format(R"("executable":"{}"{})", program, more));
  };
  const auto list = file("./bench_list", "BM", 1000), vector = file("./bench_vector", "BM", 100);
  const auto loaded = value_of(load_texts({list, vector}, {}, true));
  const auto& both = loaded.sides.front();
  ASSERT_EQ(both.cell_count(), 2U);
  EXPECT_EQ(both.cell_name(0), "BM/executable:bench_list");
  EXPECT_EQ(both.cell_name(1), "BM/executable:bench_vector");
  EXPECT_EQ(both.values(1, "real_time").size(), 5U);
  EXPECT_THAT(loaded.notes,
              testing::ElementsAre("names of benchmarks of several programs, told apart as "
                                   "executable:NAME: 1 (first: BM)"));
  EXPECT_EQ(check_pooled(both), "");
  const auto by = value_of(compare(loaded.sides, {.by = "executable", .by_base = "bench_list"}));
  EXPECT_NEAR(by.blocks.front().rows.front().changes.front().ratio->ratio, 0.1, 0.001);
  // One that failed has no other's name either; each finds its partner on a side without the other.
  const TemporaryDirectory directory;
  const auto place = [&](const std::string& name, const std::string& text) {
    write_file(directory / name, text);
    return directory / name;
  };
  const auto failed = file_of(test::error_row("BM", "no memory"), R"("executable":"bench_map")");
  const auto sides = value_of(load_sides({{place("list", list), place("map", failed)},
                                          {place("built", file("/tmp/bench_list", "BM", 1300))}},
                                         {}))
                         .sides;
  EXPECT_EQ(sides[0].errors().front().name, "BM/executable:bench_map");
  EXPECT_EQ(value_of(compare(sides, {})).row_count(), 1U);
  // Of two sides it is the reader's question what they have in common.
  EXPECT_THAT(footnotes(value_of(compared({list, vector})), 75),
              HasSubstr("[#] executable is 'bench_list' and 'bench_vector'"));
  const auto built_anew = file("/tmp/new/bench_list", "BM", 1300),
             of_suite = file("bench_vector", "BM_other", 100);
  EXPECT_EQ(check_pooled(set_of_texts({list, built_anew, of_suite})), "");
  const auto ours = R"(,"schema":"zpbench-1")";
  EXPECT_EQ(check_pooled(set_of_texts(
                {file("zpbench", "BM", 1, ours), file("zpbench-static", "BM", 2, ours)})),
            "");
}

// Names and counters that are ours by chance: without our schema they are another program's.
TEST(Statements, PlacementsOfOtherProgramsAreNotOurs) {
  const auto text_of = [](const std::string& context) {
    std::string rows;
    for (const char* placement : {"ksm_default", "ksm_zero_page", "ksm_single", "ksm_coloured:8"})
      for (const char* family : {"read", "kernels", "cow"})
        rows += (rows.empty() ? "" : ",") +
                repetitions(fmt::format("{}/placement:{}/table:67108864{}", family, placement,
                                        family[0] == 'r'   ? "/stride:64/walk:random"
                                        : family[0] == 'k' ? "/loop:sum"
                                                           : ""),
                            10, 9, R"(,"ns_per_read":1.5,"bytes_per_second":1e9,"ns_per_page":9)");
    const TemporaryDirectory directory;
    const auto loaded = value_of(load_texts({file_of(rows, context)}, directory));
    const auto report = value_of(make_report(loaded, {}));
    return render_cover(report, 75) + render_markdown_report(report, 75) +
           figure_text(value_of(
               compare(loaded.sides,
                       {.metric = "ns_per_read", .by = "placement", .by_base = "ksm_default"})));
  };
  const auto foreign = text_of(R"("num_cpus":2)");
  for (const char* word : {"zero page", "zpbench", "KSM", "frames", "per read"})
    EXPECT_EQ(foreign.find(word), std::string::npos) << word << "\n" << foreign;
  EXPECT_NE(foreign.find("read/placement:ksm_default/"), std::string::npos) << foreign;
  EXPECT_NE(text_of(R"("schema":"zpbench-1")").find("ns per read"), std::string::npos);
}

// One of two passes failed.
TEST(Statements, WhatFailedInSomePassesIsNotUnmeasured) {
  const std::string name = "read/placement:ksm_single/table:4096/stride:64/walk:random/threads:1";
  const std::string schema = R"("schema":"zpbench-1")", figure = R"(,"ns_per_read":1)";
  const auto other = "read/placement:private/table:4096/stride:64/walk:random/threads:1";
  const auto loaded = value_of(load_texts(
      {file_of(repetitions(name, 1, 1, figure) + "," + repetitions(other, 1, 1, figure), schema),
       file_of(test::error_row(name, "census after") + "," + repetitions(other, 2, 1, figure),
               schema)},
      {}, true));
  const auto& set = loaded.sides.front();
  EXPECT_THAT(render_placement_table(placement_table(set, "ns_per_read"), set, {}),
              HasSubstr("ksm_single: some repetitions: census after"));
  const auto by = value_of(compare(loaded.sides, {.by = "placement", .by_base = "private"}));
  EXPECT_THAT(render_commit(by, 75), HasSubstr("Not measured:\n"));
}

TEST(Statements, AFailureIsOneMessageWhateverARowSays) {
  const auto loaded = value_of(
      load_texts({file_of(repetitions("a", 1, 5) + "," + test::error_row("b", "one\\ntwo")),
                  file_of(repetitions("c", 1, 5))}));
  EXPECT_EQ(error_of(compare(loaded.sides, {})).message,
            "no cell of one side is in the other with the figure 'real_time'; not measured: b: "
            "one\\x0atwo");
}

TEST(Statements, OneBootIsSaidOfFilesThatSayIt) {
  const auto limits = [](const std::string& boot, const std::string& other) {
    const TemporaryDirectory directory;
    const auto loaded = value_of(load_texts(
        {file_of(repetitions("BM", 10, 5), boot), file_of(repetitions("BM", 30, 5), other)},
        directory, true));
    return fmt::format("{}", fmt::join(value_of(make_report(loaded, {})).limits, "|"));
  };
  EXPECT_THAT(limits(R"("boot.id":"a")", R"("boot.id":"a")"), HasSubstr("One boot"));
  EXPECT_THAT(limits(R"("boot.id":"a")", R"("boot.id":"b")"), Not(HasSubstr("boot")));
  EXPECT_THAT(limits("", ""), HasSubstr("don't record their boot"));
}

TEST(Statements, ASideOfSeveralFilesIsNotCalledAsOneFile) {
  const TemporaryDirectory directory;
  for (const char* file : {"a.json", "b.json", "c.json"})
    write_file(directory / file, file_of(repetitions("BM", 10 + file[0], 5)));
  const auto loaded = value_of(
      load_sides({{directory / "a.json", directory / "b.json"}, {directory / "c.json"}}, {}));
  const auto comparison = value_of(compare(loaded.sides, {}));
  EXPECT_EQ(comparison.sides[0].label, "a.json +1");
  EXPECT_EQ(comparison.sides[1].label, "c.json");
}

TEST(Statements, SidesOfOneFileNameAreCalledByWhatDiffersInTheirPaths) {
  const TemporaryDirectory directory;
  const auto labels = [&](const std::vector<std::string>& files) {
    std::vector<std::vector<std::string>> sides;
    for (const auto& file : files) {
      const std::filesystem::path path = directory / file;
      std::filesystem::create_directories(path.parent_path());
      write_file(path, file_of(repetitions("BM", 10, 5)));
      sides.push_back({path});
    }
    std::vector<std::string> found;
    const auto loaded = value_of(load_sides(sides, {}));
    for (const auto& side : value_of(compare(loaded.sides, {})).sides) found.push_back(side.label);
    return found;
  };
  using Labels = std::vector<std::string>;
  EXPECT_EQ(labels({"old/x/run.json", "new/x/run.json"}), (Labels{"old", "new"}));
  EXPECT_EQ(labels({"a/run.json", "b/run.json", "b/two.json"}),
            (Labels{"a/run.json", "b/run.json", "b/two.json"}));
  EXPECT_EQ(labels({"a/run.json", "a/run.json"}), (Labels{"side 1", "side 2"}));
}

TEST(Statements, AnotherProgramsRowsAreAboutTheirTime) {
  const TemporaryDirectory directory;
  const auto loaded =
      value_of(load_texts({file_of(repetitions("BM", 10, 5, R"(,"ns_per_read":3)"))}, directory));
  const auto& set = loaded.sides.front();
  EXPECT_EQ(default_metric(set), "real_time");
  const auto run = test_run(set);
  EXPECT_EQ(run.rows.front().main_figure()->metric.key, "real_time");
  EXPECT_EQ(run.suite, "benchmarks");
  const KcidbOptions options{.origin = "lab", .build_id = "lab:1", .commit = "", .tree = ""};
  EXPECT_THAT(value_of(find_test_format("kcidb")->write(run, options)),
              Not(HasSubstr("\"zpbench")));
  EXPECT_THAT(value_of(find_test_format("junit")->write(run, {})),
              testing::AllOf(HasSubstr("classname=\"benchmarks.BM\""), Not(HasSubstr("zpbench"))));
}

TEST(Statements, DisturbedRepetitionsOfTheBaseAreCountedAsWell) {
  const TemporaryDirectory directory;
  const auto rows = repetitions("BM", 10, 5, R"(,"label":"x; disturbed")");
  const std::string ours = R"("schema":"zpbench-1")";
  const auto loaded = value_of(
      load_texts({file_of(rows, ours), file_of(repetitions("BM", 10, 5), ours)}, directory));
  const auto report = value_of(make_report(loaded, {}));
  EXPECT_THAT(report.warnings,
              testing::Contains(testing::StartsWith("Of the base, 5 of 5 repetitions were")));
}

// Fewer files of other programs decide nothing.
TEST(Statements, APlanForOthersAsksForAsManyRunsAsCompareDoes) {
  std::vector<std::string> files;
  for (int i = 0; i < 6; ++i) files.push_back(file_of(repetitions("BM", 100 + 0.1 * i, 2)));
  const auto plan = value_of(make_plan(set_of_texts(files), {.metric = "real_time"}));
  EXPECT_EQ(plan.passes_needed.all, 5U);
}

// Labels of other programs differ between repetitions: they are no census.
TEST(Statements, LabelsOfOthersAreNoCensus) {
  const auto set =
      set_of_texts({file_of(R"({"name":"BM","repetition_index":0,"real_time":1,"label":"2 %"},
                         {"name":"BM","repetition_index":1,"real_time":1,"label":"3 %"})")});
  for (const auto& row : test_run(set).rows)
    EXPECT_EQ(row.status, TestStatus::kPassed) << row.reason;
}

// A counter of another program may be called as one of ours.
TEST(Statements, CountersOfOthersAreWhatTheirNamesSay) {
  const auto set = set_of_texts({file_of(repetitions("BM", 10, 5, R"(,"cycles":5,"frames":5)"))});
  for (const char* key : {"cycles", "frames", "items_per_second"})
    EXPECT_EQ(metric_in(set, key).description, key);
}

TEST(Statements, TimesThatABenchmarkGivesItselfAreNoWallTime) {
  const auto called = [](const std::string& rows) {
    const auto loaded = value_of(test::load_texts({file_of(rows)}));
    return metric_in(loaded.sides.front(), "real_time").description;
  };
  const auto wall = repetitions("BM/manual_time_of:3", 1, 2),
             manual = repetitions("BM/manual_time", 1, 2);
  EXPECT_EQ(called(wall), "wall time of one iteration");
  EXPECT_EQ(called(manual), "time of one iteration, as the benchmark says");
  EXPECT_EQ(called(wall + "," + manual),
            "time of one iteration, as the clock or the benchmark says");
}

// Neither direction is a gain or a regression of a figure that has no better one.
TEST(Statements, NothingIsBetterWhereNeitherDirectionIs) {
  const TemporaryDirectory directory;
  const auto loaded = value_of(load_texts({file_of(repetitions("BM", 1, 9, R"(,"hits":5)")),
                                           file_of(repetitions("BM", 1, 9, R"(,"hits":7)"))},
                                          directory));
  const auto comparison = value_of(compare(loaded.sides, {.metric = "hits"}));
  const auto text = [&](const char* format) { return find_format(format)->render(comparison, 75); };
  EXPECT_THAT(text("mmtests"),
              testing::AllOf(HasSubstr("change in %, positive is more"), HasSubstr("*  40.00%*")));
  EXPECT_THAT(text("fastpath"), testing::AllOf(HasSubstr(" (*) +40.00%"), Not(HasSubstr("(R)"))));
  EXPECT_EQ(plot_forest(comparison).at(0).title.conditions, "");
  const auto report = value_of(make_report(loaded, {.metric = "hits", .compare = {}}));
  EXPECT_THAT(render_html(report, {}), HasSubstr("<span class=\"changed\">more<"));
}

TEST(Digits, ChangesAreSeenInFiguresOfEverySize) {
  const auto with = [](const char* one, const char* two) {
    return file_of(repetitions("BM/1", 1, 9, fmt::format(R"(,"v":{})", one)) + "," +
                   repetitions("BM/2", 1, 9, fmt::format(R"(,"v":{})", two)));
  };
  const auto comparison =
      value_of(compared({with("1.0234e7", "1e9"), with("1.0748e7", "1")}, {.metric = "v"}));
  EXPECT_THAT(find_format("lkp")->render(comparison, 75),
              HasSubstr("1.02e+07        +5.0% 1.07e+07  BM_1"));
  EXPECT_THAT(find_format("fastpath")->render(comparison, 75), HasSubstr(" <-99.99%"));
}

TEST(PlacementTable, DeviationsThatNoMachineHasKeepTheWidth) {
  const std::string name = "read/placement:private/table:4096/stride:64/walk:sequential/threads:1";
  const auto file = [&](int frames) {
    return file_of(fmt::format(R"({{"name":"{0}","ns_per_read":1}},{{"name":"{0}",)"
                               R"("ns_per_read":1e99,"frames":{1}}})",
                               name, frames),
                   R"("schema":"zpbench-1","boot.id":"x")");
  };
  const auto set = set_of_texts({file(1), file(2)});
  EXPECT_THAT(render_placement_table(placement_table(set, "ns_per_read"), set, {}),
              testing::AllOf(HasSubstr("/>999"), Not(HasSubstr("00000000"))));
}

}  // namespace
}  // namespace zp::analysis
