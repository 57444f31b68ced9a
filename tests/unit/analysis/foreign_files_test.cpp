// SPDX-License-Identifier: MIT
// Files that nobody here wrote: nothing of them is pooled or lost without a word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "analysis/load/inputs.hpp"
#include "analysis/load/load.hpp"
#include "analysis/load/workers.hpp"
#include "analysis/report/page.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;

ResultFile parsed(const std::string& rows) {
  return value_of(parse_result_text(file_of(rows), "x.json"));
}

std::vector<std::string> cells_of(const ResultFile& file) {
  std::vector<std::string> names;
  for (std::size_t cell = 0; cell < file.cell_count(); ++cell)
    names.push_back(file.cell_name(cell));
  return names;
}

using Names = std::vector<std::string>;

TEST(Pooling, IterationsOfTheUsersStayApart) {
  const auto own = parsed(repetitions("BM/iterations:10", 1, 2, R"(,"iterations":700)") + "," +
                          repetitions("BM/iterations:20", 2, 2, R"(,"iterations":700)"));
  EXPECT_EQ(cells_of(own), (Names{"BM/iterations:10", "BM/iterations:20"}));
  // Set for both: they would be one cell.
  const auto both = parsed(repetitions("BM/iterations:10", 1, 2, R"(,"iterations":10)") + "," +
                           repetitions("BM/iterations:20", 2, 2, R"(,"iterations":20)"));
  EXPECT_EQ(cells_of(both), (Names{"BM/iterations:10", "BM/iterations:20"}));
  EXPECT_EQ(both.kept_settings.count, 2U);
  const auto one =
      parsed(repetitions("BM/8/iterations:10/threads:4", 1, 2, R"(,"iterations":40,"threads":4)"));
  EXPECT_EQ(cells_of(one), (Names{"BM/8/threads:4"}));
  EXPECT_EQ(cells_of(parsed(repetitions("BM/repeats:3", 1, 2, R"(,"repetitions":9)"))),
            (Names{"BM/repeats:3"}));
}

TEST(Pooling, BenchmarksOfOneNameStayApart) {
  const auto family = [](int index) { return fmt::format(R"(,"family_index":{})", index); };
  const auto two =
      parsed(repetitions("BM/8", 5, 3, family(4)) + "," + repetitions("BM/8", 1, 3, family(0)));
  EXPECT_EQ(cells_of(two), (Names{"BM/8/same_name:2", "BM/8/same_name:1"}));
  EXPECT_EQ(two.same_names.count, 1U);
  EXPECT_EQ(two.same_names.first, "BM/8");
  // Before 1.6 there is no family_index; a repetition that comes twice shows it.
  EXPECT_EQ(cells_of(parsed(repetitions("BM/8", 5, 3) + "," + repetitions("BM/8", 1, 3))),
            (Names{"BM/8/same_name:1", "BM/8/same_name:2"}));
  // Nothing tells: taken together, with a word.
  const std::string bare = R"({"name":"BM","real_time":1},{"name":"x","real_time":1},
                              {"name":"BM","real_time":9})";
  const auto scattered = parsed(bare);
  EXPECT_EQ(cells_of(scattered), (Names{"BM", "x"}));
  EXPECT_EQ(scattered.scattered_names.count, 1U);
  // A name that is written as the number of another.
  const auto trap =
      parsed(repetitions("B", 5, 1, family(0)) + "," + repetitions("B", 1, 1, family(1)) + "," +
             repetitions("B/same_name:2", 9, 1, family(2)));
  EXPECT_EQ(trap.cell_count(), 3U);
}

// As "jq -s" makes them of several runs: their indexes are the same.
TEST(Pooling, FilesPutTogetherAreNamed) {
  const std::string index = R"(,"family_index":0,"per_family_instance_index":0)";
  const auto once = parsed(repetitions("BM", 5, 3, index));
  EXPECT_EQ(once.renumbered.count, 0U);
  const auto both = parsed(repetitions("BM", 5, 3, index) + "," + repetitions("BM", 9, 3, index));
  EXPECT_EQ(both.renumbered.count, 1U);
  EXPECT_EQ(both.renumbered.first, "BM");
  EXPECT_EQ(cells_of(both), Names{"BM"});
  const auto twice = error_of(parse_result_text(
      R"({"context":{"num_cpus":2},"context":{"num_cpus":64},"benchmarks":[]})", "x.json"));
  EXPECT_THAT(twice.message, HasSubstr("a second 'context'"));
}

TEST(Pooling, WhatIsNoNumberIsCounted) {
  const auto file = parsed(
      R"({"name":"a","run_type":"iteration","real_time":"12.5","cpu_time":null,"x":true,"y":[1,2],
          "z":{"q":1},"ok":1},
         {"name":"a","run_type":"iteration","real_time":NaN,"ok":2,"ok":3},
         {"name":"a","run_type":"iteration","real_time":1e305,"time_unit":"s"})");
  EXPECT_EQ(file.not_numbers.count, 5U);
  EXPECT_EQ(file.not_numbers.first, "real_time of a");
  EXPECT_EQ(file.non_finite.count, 2U);
  EXPECT_EQ(file.repeated_keys.count, 1U);
  EXPECT_EQ(file.repeated_keys.first, "ok of a");
}

// As SQLite and scripts write truth values.
TEST(Pooling, AnErrorIsOneHoweverItIsWritten) {
  for (const char* truth : {"true", "1", "\"true\""}) {
    const auto file = parsed(
        repetitions("BM", 5, 3, fmt::format(R"(,"error_occurred":{},"error_message":"x")", truth)));
    EXPECT_EQ(file.errors.size(), 3U) << truth;
    EXPECT_EQ(file.row_count(), 0U) << truth;
  }
  for (const char* truth : {"false", "0", "0.0e0", "NaN", "\"false\"", "null"}) {
    const auto file = parsed(repetitions(
        "BM", 5, 3, fmt::format(R"(,"skipped":{0},"error_occurred":{0},"label":"x")", truth)));
    EXPECT_EQ(file.errors.size(), 0U) << truth;
    EXPECT_EQ(file.row_count(), 3U) << truth;
  }
}

// As Google Benchmark writes them: behind its own fields.
TEST(Pooling, ACounterCalledAsAFieldIsACounter) {
  constexpr const char* kValue = "1.0000000000000000e+00";
  for (const std::string name :
       {"name", "run_name", "run_type", "time_unit", "label", "error_message", "skip_message",
        "error_occurred", "skipped", "aggregate_name", "aggregate_unit", "big_o", "threads",
        "iterations", "repetitions", "family_index"}) {
    const auto file = parsed(repetitions(
        "BM", 5, 3,
        fmt::format(R"(,"threads":1,"iterations":9,"repetitions":3,"family_index":0,"{}":{})", name,
                    kValue)));
    EXPECT_EQ(file.errors.size(), 0U) << name;
    EXPECT_EQ(cells_of(file), Names{"BM"}) << name;
    std::vector<double> values;
    file.append_values(0, name, values);
    EXPECT_EQ(values, (std::vector<double>{1, 1, 1})) << name;
  }
  // Before 1.5 there were no such fields.
  const auto old = parsed(fmt::format(R"({{"name":"BM","iterations":9,"real_time":1,"cpu_time":1,
      "time_unit":"ns","threads":{0},"run_name":{0}}})",
                                      kValue));
  EXPECT_EQ(cells_of(old), Names{"BM"});
  EXPECT_EQ(old.metrics(), (Names{"threads", "run_name", "real_time", "cpu_time"}));
  // Of tables, whose columns are numbers where they can be.
  const auto table = parsed(R"({"name":"BM","label":7,"threads":2.0,"real_time":1})");
  EXPECT_EQ(table.label_of(0), "7");
  EXPECT_EQ(table.metrics(), Names{"real_time"});
}

TEST(Pooling, NullIsNoText) {
  const auto file = value_of(parse_result_text(
      file_of(repetitions("BM", 5, 3,
                          R"(,"aggregate_name":null,"run_name":null,"label":null,"big_o":null)"),
              R"("library_version":null)"),
      "x.json"));
  EXPECT_EQ(cells_of(file), Names{"BM"});
  EXPECT_EQ(file.row_count(), 3U);
  EXPECT_EQ(file.label_of(0), "");
  EXPECT_EQ(context_value(file.context, "library_version"), "");
}

TEST(Pooling, ACounterCalledAsATimeIsNotTheTime) {
  const auto file = parsed(repetitions("BM", 5, 3, R"(,"cpu_time":99,"real_time":99)"));
  std::vector<double> times;
  file.append_values(0, "cpu_time", times);
  EXPECT_EQ(times, (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(file.repeated_keys.count, 3U);
}

TEST(Pooling, NamesLikeAggregatesAreBenchmarksUnlessTheyHaveABase) {
  const auto lone = parsed(R"({"name":"BM_mean","real_time":1},{"name":"BM_x","real_time":1})");
  EXPECT_EQ(cells_of(lone), (Names{"BM_mean", "BM_x"}));
  const auto only = parsed(R"({"name":"a_mean","real_time":1},{"name":"a_stddev","real_time":1})");
  EXPECT_EQ(only.row_count(), 0U);
  EXPECT_EQ(only.aggregates_by_name.count, 2U);
  const auto fit = parsed(R"({"name":"a/8","real_time":1},{"name":"a_BigO","cpu_coefficient":1},
                             {"name":"a_RMS","rms":1},{"name":"b_RMS","rms":1})");
  EXPECT_EQ(cells_of(fit), (Names{"a/8", "b_RMS"}));
}

TEST(Pooling, WhatIsLeftOutIsSaid) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json",
             file_of(repetitions("a", 1, 2) + R"(,{"name":"a_mean","run_name":"a",
               "run_type":"aggregate","aggregate_name":"mean","real_time":1})" +
                     R"(,{"name":"a","run_type":"iteration","repetition_index":7,"real_time":"x",
                        "cpu_time":1})"));
  const auto loaded = value_of(load_sides({{directory / "a.json"}}, {}));
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_EQ(loaded.warnings[0],
            directory / "a.json" +
                ": not taken, as no number stands where one belongs: 1 (first: real_time of a)");
  ASSERT_EQ(loaded.notes.size(), 1U);
  EXPECT_THAT(loaded.notes[0], HasSubstr("aggregates (mean, median, ...): 1 (first: a_mean)"));
}

TEST(Reading, SaysWhatAFileIs) {
  const auto error = [](std::string_view text) {
    const auto file = parse_result_text(text, "x");
    return file ? std::string() : file.error().message;
  };
  EXPECT_THAT(error("\x1f\x8b\x08"), HasSubstr("gzip"));
  EXPECT_THAT(error("\xff\xfe{"), HasSubstr("UTF-16"));
  EXPECT_THAT(error(std::string_view("{\0\"\0", 4)), HasSubstr("UTF-16"));
  EXPECT_THAT(error("name,iterations"), HasSubstr("CSV"));
  EXPECT_EQ(error("\xef\xbb\xbf" + file_of(R"({"name":"a","real_time":1})")), "");
  EXPECT_THAT(error(R"({"benchmarks":[],"benchmarks":[]})"), HasSubstr("a second list"));
  EXPECT_THAT(error(R"({"benchmarks":[[1]]})"), HasSubstr("not a row"));
}

TEST(Reading, AggregatesAloneAreSaid) {
  EXPECT_THAT(error_of(load_texts({file_of(R"({"name":"a_mean","run_name":"a","real_time":1,
    "run_type":"aggregate","aggregate_name":"mean"})")}))
                  .message,
              HasSubstr("holds 1 aggregate (mean"));
}

TEST(Reading, PipesAndDevicesInRunDirectoriesAreRefused) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json", file_of(repetitions("a", 1, 3)));
  ASSERT_EQ(mkfifo((directory / "b.json").c_str(), 0600), 0);
  for (const auto& argument : {directory.path(), directory / "*.json"}) {
    EXPECT_THAT(error_of(load_sides({{argument}}, {})).message,
                HasSubstr("b.json: is not a regular file"));
  }
}

TEST(Reading, FilesThatTheManifestDoesNotNameAreSaid) {
  const TemporaryDirectory directory;
  for (const char* name : {"pass-01.json", "pass-02.json"})
    write_file(directory / name, file_of(repetitions("a", 1, 3)));
  write_file(directory / "manifest.json",
             R"({"schema":"zpbench-run-1","state":"complete","passes":[{"file":"pass-01.json"}]})");
  const auto loaded = value_of(load_sides({{directory.path()}}, {}));
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_THAT(loaded.warnings[0], HasSubstr("1 file that the manifest does not name"));
}

// Passes whose manifest was lost, and a run on another disk, below a directory of runs.
TEST(Reading, WhatLiesBelowADirectoryAndIsNotTakenIsCounted) {
  const TemporaryDirectory directory, other;
  namespace fs = std::filesystem;
  const auto manifest =
      R"({"schema":"zpbench-run-1","state":"complete","passes":[{"file":"1.json"}]})";
  for (const auto& run : {directory / "top/run", other.path()}) {
    fs::create_directories(run);
    write_file(run + "/1.json", file_of(repetitions("a", 1, 3)));
    write_file(run + "/manifest.json", manifest);
  }
  fs::create_directories(directory / "top/lost/deeper");
  for (const std::string file : {"top/lost/1.json", "top/lost/2.json", "top/lost/deeper/1.json"})
    write_file(directory / file, file_of(repetitions(file, 2, 3)));
  write_file(directory / "top/lost/deeper/settings.json", R"({"colour":"blue"})");
  fs::create_directory_symlink(other.path(), directory / "top/elsewhere");
  fs::create_directory_symlink("run", directory / "top/latest");  // taken all the same
  const auto said = [&](const std::string& argument) {
    return value_of(load_sides({{argument}}, {})).warnings;
  };
  const auto top = directory / "top";
  EXPECT_THAT(said(top),
              testing::ElementsAre(
                  top + ": 3 files below it, where no manifest.json is, are not taken (first: " +
                      top + "/lost/1.json)",
                  top + ": 1 link to a directory is not followed (first: " + top + "/elsewhere)"));
  EXPECT_THAT(said(top + "/lost"),
              testing::ElementsAre(HasSubstr("lost: 1 file below it, where no manifest.json is")));
  fs::rename(directory / "top/lost", directory / "top/run/lost");
  fs::create_directory(directory / "top/run/more");
  write_file(directory / "top/run/more/1.json", file_of(repetitions("a", 3, 3)));
  write_file(directory / "top/run/more/manifest.json", manifest);
  EXPECT_THAT(said(top + "/run"),
              testing::ElementsAre(HasSubstr("run: 1 run below it is not taken"),
                                   HasSubstr("run: 3 files below it")));
  fs::rename(directory / "top/run/lost", directory / "lost");
  fs::create_directory(directory / "only");
  fs::rename(directory / "lost", directory / "only/lost");
  EXPECT_THAT(error_of(load_sides({{directory / "only"}}, {})).message,
              HasSubstr("holds no run (no manifest.json, no *.json); name the directory of "));
}

TEST(Workers, ExceptionsReachTheCaller) {
  EXPECT_THROW(with_workers(8,
                            [](std::size_t worker, std::size_t) {
                              if (worker == 0) throw std::bad_alloc();
                            }),
               std::bad_alloc);
}

TEST(Lost, DisturbedRepetitionsAreCounted) {
  const auto rows = repetitions("a", 1, 3, R"(,"label":"census: strong; disturbed")") + "," +
                    repetitions("b", 1, 3, R"(,"label":"census: strong")");
  EXPECT_TRUE(value_of(load_texts({file_of(rows)})).notes.empty());  // another program's words
  const auto loaded = value_of(load_texts({file_of(rows, R"("schema":"zpbench-1")")}));
  ASSERT_EQ(loaded.notes.size(), 1U);
  EXPECT_THAT(loaded.notes[0], HasSubstr("marked as disturbed, used anyway: 3 (first: a)"));
}

TEST(Outputs, AreNeverInputs) {
  const TemporaryDirectory directory;
  const auto input = directory / "a.json";
  write_file(input, file_of(repetitions("a", 1, 3)));
  const auto loaded = value_of(load_sides({{input}}, {}));
  const Inputs inputs(loaded.sides);
  std::filesystem::create_symlink(input, directory / "soft");
  std::filesystem::create_hard_link(input, directory / "hard");
  for (const auto& path : {input, directory / "soft", directory / "hard", directory / "./a.json"})
    EXPECT_FALSE(inputs.check_output(path)) << path;
  EXPECT_TRUE(inputs.check_output(directory / "new"));
  write_file(directory / "other", "mine");
  EXPECT_FALSE(check_replaceable(directory / "other", kPageStart, "a page"));
  write_file(directory / "page", std::string(kPageStart) + "rest");
  EXPECT_TRUE(check_replaceable(directory / "page", kPageStart, "a page"));
  EXPECT_TRUE(check_replaceable(directory / "new", kPageStart, "a page"));
}

}  // namespace
}  // namespace zp::analysis
