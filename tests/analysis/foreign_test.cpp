// SPDX-License-Identifier: MIT
// Files that nobody here wrote: nothing of them is pooled or lost without a word, nothing of them
// acts upon a terminal, and what is said of them is so.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>

#include "analysis/claims/judges.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/export/export.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/inputs.hpp"
#include "analysis/load/load.hpp"
#include "analysis/load/workers.hpp"
#include "analysis/plot/gnuplot.hpp"
#include "analysis/report/page.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/plain_names.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/placement_table.hpp"
#include "tests/analysis/temporary.hpp"

namespace zp::analysis {
namespace {

using test::TemporaryDirectory;
using test::write_file;

std::string file_of(const std::string& rows, const std::string& context = R"("num_cpus":2)") {
  return "{\"context\":{" + context + "},\"benchmarks\":[" + rows + "]}";
}

// `count` repetitions, from `time` on.
std::string repetitions(const std::string& name, double time, int count,
                        const std::string& fields = "") {
  std::string rows;
  for (int i = 0; i < count; ++i)
    rows += fmt::format(
        R"({}{{"name":"{}","run_type":"iteration","repetition_index":{},"real_time":{},)"
        R"("cpu_time":1,"time_unit":"ns"{}}})",
        i == 0 ? "" : ",", name, i, time + 0.01 * i, fields);
  return rows;
}

ResultFile parsed(const std::string& rows) {
  auto file = parse_result_text(file_of(rows), "x.json");
  EXPECT_TRUE(file) << (file ? "" : file.error().message);
  return file ? std::move(*file) : ResultFile{};
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
  const auto twice = parse_result_text(
      R"({"context":{"num_cpus":2},"context":{"num_cpus":64},"benchmarks":[]})", "x.json");
  ASSERT_FALSE(twice);
  EXPECT_NE(twice.error().message.find("a second 'context'"), std::string::npos);
}

// SkipWithMessage, since Google Benchmark 1.8.
TEST(Pooling, WhatIsSkippedIsNotAnError) {
  const auto file = parsed(R"({"name":"a","skipped":true,"skip_message":"no KSM"},
                              {"name":"b","error_occurred":true,"error_message":"broken"})");
  ASSERT_EQ(file.errors.size(), 2U);
  EXPECT_EQ(file.errors[0].reason, "skipped: no KSM");
  EXPECT_EQ(file.errors[1].reason, "broken");
}

// Nothing could be measured: a report says why, and no figure is missed.
TEST(Reports, OfErrorsAloneSayWhatFailed) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json",
             file_of(R"({"name":"BM","error_occurred":true,"error_message":"boom"})"));
  const auto loaded = load_sides({{directory / "a.json"}}, {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto report = make_report(*loaded, {});
  ASSERT_TRUE(report) << report.error().message;
  for (const auto& text :
       {render_cover(*report, 75), render_markdown_report(*report, 75), render_html(*report, {})})
    EXPECT_NE(text.find("boom"), text.npos) << text;
}

Outcome<Comparison> compared(const std::string& base, const std::string& other) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json", file_of(base));
  write_file(directory / "b.json", file_of(other));
  const auto loaded = load_sides({{directory / "a.json"}, {directory / "b.json"}}, {});
  EXPECT_TRUE(loaded) << loaded.error().message;
  return compare(loaded->sides, {});
}

// The name is on both sides: that it isn't there would be a wrong reason.
TEST(Reasons, WhatFailedOnOneSideIsSaidToHaveFailed) {
  const auto comparison =
      compared(repetitions("BM_a", 10, 5),
               R"({"name":"BM_a","error_occurred":true,"error_message":"boom"})");
  ASSERT_FALSE(comparison);
  EXPECT_NE(comparison.error().message.find("; not measured: BM_a: boom"), std::string::npos)
      << comparison.error().message;
}

TEST(Reasons, WhatFailedInSomeRepetitionsIsNotSaidToBeUnmeasured) {
  const auto comparison =
      compared(repetitions("BM_a", 10, 5) + R"(,{"name":"BM_b","error_occurred":true,
                   "error_message":"never"})",
               repetitions("BM_a", 10, 4) + R"(,{"name":"BM_a","error_occurred":true,
                   "error_message":"late"})");
  ASSERT_TRUE(comparison) << comparison.error().message;
  ASSERT_EQ(comparison->errors.size(), 2U);
  const auto text = footnotes(*comparison, 75);
  EXPECT_NE(text.find("BM_b: never"), std::string::npos) << text;
  EXPECT_NE(text.find("BM_a: some repetitions: late"), std::string::npos) << text;
}

// A debug build, another host or clock: what makes most of a change must not go without a word.
TEST(Statements, WhatDiffersBetweenTheSidesIsNoted) {
  const auto noted = [](const std::string& base, const std::string& other) {
    const TemporaryDirectory directory;
    write_file(directory / "a.json", file_of(repetitions("BM", 10, 5), base));
    write_file(directory / "b.json", file_of(repetitions("BM", 30, 5), other));
    const auto loaded = load_sides({{directory / "a.json"}, {directory / "b.json"}}, {});
    const auto comparison = compare(loaded->sides, {});
    std::string fields;
    for (const auto& difference : comparison->differences.noted)
      fields += difference.field + "=" + difference.base + "," + difference.other + " ";
    return fields;
  };
  EXPECT_EQ(noted(R"("host_name":"a","library_build_type":"release","mhz_per_cpu":3000,)"
                  R"("cpu_scaling_enabled":false)",
                  R"("host_name":"b","library_build_type":"debug","mhz_per_cpu":1000,)"
                  R"("cpu_scaling_enabled":true)"),
            "host_name=a,b library_build_type=release,debug cpu_scaling_enabled=false,true "
            "mhz_per_cpu=3000,1000 ");
  EXPECT_EQ(noted(R"("mhz_per_cpu":3000)", R"("mhz_per_cpu":2950)"), "");
  // zpbench's own have host, cpu.governor and build.type.
  EXPECT_EQ(noted(R"("schema":"zpbench-1","host":"a","host_name":"a")",
                  R"("schema":"zpbench-1","host":"b","host_name":"b")"),
            "host=a,b ");
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
  const auto loaded = load_sides({{directory / "a.json"}}, {});
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_EQ(loaded->warnings[0],
            directory / "a.json" +
                ": not taken, as no number stands where one belongs: 1 (first: real_time of a)");
  ASSERT_EQ(loaded->notes.size(), 1U);
  EXPECT_NE(loaded->notes[0].find("aggregates (mean, median, ...): 1 (first: a_mean)"),
            std::string::npos);
}

TEST(Pooling, CopiesOfAFileCountOnce) {
  const TemporaryDirectory directory;
  write_file(directory / "1.json", file_of(repetitions("a", 1, 3)));
  write_file(directory / "2.json", file_of(repetitions("a", 1, 3)));
  write_file(directory / "3.json", file_of(repetitions("a", 2, 3)));
  const auto loaded = load_sides({{directory.path()}}, {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->sides[0].values(0, "real_time").size(), 6U);
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_NE(loaded->warnings[0].find("the same rows as in"), std::string::npos);
}

TEST(Reading, SaysWhatAFileIs) {
  const auto error = [](std::string_view text) {
    const auto file = parse_result_text(text, "x");
    return file ? std::string() : file.error().message;
  };
  EXPECT_NE(error("\x1f\x8b\x08").find("gzip"), std::string::npos);
  EXPECT_NE(error("\xff\xfe{").find("UTF-16"), std::string::npos);
  EXPECT_NE(error(std::string_view("{\0\"\0", 4)).find("UTF-16"), std::string::npos);
  EXPECT_NE(error("name,iterations").find("CSV"), std::string::npos);
  EXPECT_EQ(error("\xef\xbb\xbf" + file_of(R"({"name":"a","real_time":1})")), "");
  EXPECT_NE(error(R"({"benchmarks":[],"benchmarks":[]})").find("a second list"), std::string::npos);
  EXPECT_NE(error(R"({"benchmarks":[[1]]})").find("not a row"), std::string::npos);
}

TEST(Reading, AggregatesAloneAreSaid) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json", file_of(R"({"name":"a_mean","run_name":"a","real_time":1,
    "run_type":"aggregate","aggregate_name":"mean"})"));
  const auto loaded = load_sides({{directory / "a.json"}}, {});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("holds 1 aggregate (mean"), std::string::npos)
      << loaded.error().message;
}

TEST(Reading, PipesAndDevicesInRunDirectoriesAreRefused) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json", file_of(repetitions("a", 1, 3)));
  ASSERT_EQ(mkfifo((directory / "b.json").c_str(), 0600), 0);
  for (const auto& argument : {directory.path(), directory / "*.json"}) {
    const auto loaded = load_sides({{argument}}, {});
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("b.json: is not a regular file"), std::string::npos);
  }
}

TEST(Reading, FilesThatTheManifestDoesNotNameAreSaid) {
  const TemporaryDirectory directory;
  for (const char* name : {"pass-01.json", "pass-02.json"})
    write_file(directory / name, file_of(repetitions("a", 1, 3)));
  write_file(directory / "manifest.json",
             R"({"schema":"zpbench-run-1","state":"complete","passes":[{"file":"pass-01.json"}]})");
  const auto loaded = load_sides({{directory.path()}}, {});
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_NE(loaded->warnings[0].find("1 file that the manifest does not name"), std::string::npos);
}

TEST(Workers, ExceptionsReachTheCaller) {
  EXPECT_THROW(with_workers(8,
                            [](std::size_t worker, std::size_t) {
                              if (worker == 0) throw std::bad_alloc();
                            }),
               std::bad_alloc);
}

// ESC, BEL, DEL, a C1 control, marks that turn text, a byte that is not UTF-8.
const std::string kHostileText = "a\x1b[31m\x07\x7f\xc2\x9b\xe2\x80\xae\xff\n b\tc";

TEST(Terminal, NothingActsUponIt) {
  EXPECT_EQ(visible_text(kHostileText, LineEnds::kEscape),
            "a\\x1b[31m\\x07\\x7f\\xc2\\x9b\\xe2\\x80\\xae\\xff\\x0a b\\x09c");
  EXPECT_EQ(visible_text("a\nb", LineEnds::kKeep), "a\nb");
  EXPECT_EQ(visible_text("\xc2\xb5s \xe4\xb8\xad", LineEnds::kEscape), "\xc2\xb5s \xe4\xb8\xad");
  EXPECT_EQ(csv_field(kHostileText).find_first_of("\x1b\x07\n\xff"), std::string::npos);
  EXPECT_EQ(csv_field(std::string_view("a\0b", 3)), "a\\x00b");
  TextTable table;
  table.add_row({kHostileText, "1"});
  EXPECT_EQ(table.text(), "  " + printable(kHostileText) + "  1\n");
}

LoadedSides two_sides(const TemporaryDirectory& directory, const std::vector<std::string>& names,
                      double factor) {
  for (const auto& [side, time] : {std::pair{"a.json", 100.0}, {"b.json", 100 * factor}}) {
    std::string rows;
    for (const auto& name : names) rows += (rows.empty() ? "" : ",") + repetitions(name, time, 6);
    write_file(directory / side, file_of(rows));
  }
  auto loaded = load_sides({{directory / "a.json"}, {directory / "b.json"}}, {});
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
  return std::move(*loaded);
}

TEST(Labels, LongNamesStayWholeWhateverTheWidth) {
  const TemporaryDirectory directory;
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i)
    names.push_back(
        fmt::format("ElementLoop_Measurement<std::vector<double>, {}, true>/count:{}/"
                    "manual_time_of_something_with_a_long_name",
                    i, 1024));
  const auto loaded = two_sides(directory, names, 1.2);
  const auto comparison = compare(loaded.sides, {});
  ASSERT_TRUE(comparison);
  for (const char* format : {"commit", "pipe", "lkp", "mmtests"}) {
    const auto text = find_format(format)->render(*comparison, 75);
    std::string joined;  // what folding took apart
    for (const char c : text)
      if (c != ' ' && c != '\n') joined += c;
    for (int i = 0; i < 40; ++i) {
      const auto part = fmt::format(",{},", i);
      EXPECT_TRUE(text.find(fmt::format(" {},", i)) != text.npos ||
                  joined.find(part) != joined.npos ||
                  joined.find(fmt::format("_{}_", i)) != joined.npos)  // lkp's names
          << format << ' ' << i;
    }
    std::size_t column = 0;
    for (const char c : text) {
      column = c == '\n' ? 0 : column + 1;
      ASSERT_LE(column, 75U) << format << '\n' << text;
    }
  }
}

TEST(Labels, StayDifferent) {
  EXPECT_EQ(distinct_labels({"short", "other"}, 16), (Names{"short", "other"}));
  EXPECT_EQ(distinct_labels({"2026-11-23T01:02:03.015742Z", "2026-11-25T01:02:03.015742Z"}, 16),
            (Names{"2026-11-23T01:..", "2026-11-25T01:.."}));
  EXPECT_EQ(distinct_labels({"2026-11-23T01:02:03.015742Z", "2026-11-23T01:02:47.015742Z"}, 16),
            (Names{"..03..", "..47.."}));
  const auto labels = distinct_labels({std::string(40, 'x') + "1" + std::string(40, 'x'),
                                       std::string(40, 'x') + "2" + std::string(40, 'x')},
                                      12);
  EXPECT_NE(labels[0], labels[1]);
  for (const auto& label : labels) EXPECT_LE(label.size(), 12U);
  EXPECT_EQ(fold("BM_x/with:a/long:name", 12), (Names{"BM_x/with:a/", "  long:name"}));
  EXPECT_EQ(fold("", 12), Names{""});
}

TEST(Lost, DisturbedRepetitionsAreCounted) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json",
             file_of(repetitions("a", 1, 3, R"(,"label":"census: strong; disturbed")") + "," +
                     repetitions("b", 1, 3, R"(,"label":"census: strong")")));
  const auto loaded = load_sides({{directory / "a.json"}}, {});
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->notes.size(), 1U);
  EXPECT_NE(loaded->notes[0].find("marked as disturbed, taken all the same: 3 (first: a)"),
            std::string::npos)
      << loaded->notes[0];
}

TEST(Lost, WarningsOfEveryPassAreInTheReport) {
  const TemporaryDirectory directory;
  for (const char* name : {"1", "2", "3", "4", "5"})
    write_file(
        directory / (std::string(name) + ".json"),
        file_of(repetitions("a", 1, 3 + *name % 7),
                fmt::format(R"("num_cpus":2,"warning.same":"x","warning.other":"{}")", name)));
  const auto loaded = load_sides({{directory.path()}}, {});
  ASSERT_TRUE(loaded);
  const auto report = make_report(*loaded, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->warnings, (Names{"other: 1", "other: 2", "other: 3",
                                     "other: and 2 more of other passes", "same: x"}));
}

TEST(PlacementTable, FramesThatNoMachineHasKeepTheWidth) {
  const TemporaryDirectory directory;
  const std::string name = "read/placement:private/table:1048576/stride:";
  write_file(
      directory / "a.json",
      file_of(repetitions(name + "64", 100, 1, R"(,"ns_per_read":1,"frames":-1.7e308)") + "," +
              repetitions(name + "4096", 100, 1, R"(,"ns_per_read":1,"frames":1.7e308)")));
  const auto loaded = load_sides({{directory / "a.json"}}, {});
  ASSERT_TRUE(loaded);
  const auto table = placement_table(loaded->sides.front(), "ns_per_read");
  ASSERT_EQ(table.blocks.size(), 1U);
  EXPECT_EQ(table.blocks[0].rows[0].frames, "-1.7e+308..1.7e+308");
}

TEST(By, TheFirstSegmentIsAPart) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json",
             file_of(repetitions("impl:old/8", 100, 6) + "," + repetitions("impl:new/8", 120, 6)));
  const auto loaded = load_sides({{directory / "a.json"}}, {});
  ASSERT_TRUE(loaded);
  const auto by_part = compare(loaded->sides, {.by = "impl", .by_base = "old"});
  ASSERT_TRUE(by_part) << by_part.error().message;
  EXPECT_EQ(by_part->row_count(), 1U);
  const auto by_family = compare(loaded->sides, {.by = "family", .by_base = "impl:old"});
  ASSERT_TRUE(by_family) << by_family.error().message;
  EXPECT_EQ(by_family->row_count(), 1U);
}

TEST(Report, SaysOfOthersOnlyWhatTheirFilesSay) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json",
             file_of(repetitions("BM_x/8", 100, 6) + "," + repetitions("BM_y", 0.000001, 6),
                     R"("library_version":"v1.9.1","num_cpus":2)"));
  const auto loaded = load_sides({{directory / "a.json"}}, {});
  ASSERT_TRUE(loaded);
  const auto report = make_report(*loaded, {});
  ASSERT_TRUE(report);
  for (const auto& text :
       {render_cover(*report, 75), render_markdown_report(*report, 75), render_html(*report, {})}) {
    for (const char* claim :
         {"shuffled", "counted before and after", "Reads only", "passes", "DRAM", "zpbench: "})
      EXPECT_EQ(text.find(claim), std::string::npos) << claim << '\n' << text;
    EXPECT_NE(text.find("BM_x/8"), std::string::npos);
    EXPECT_NE(text.find("100"), std::string::npos);
    EXPECT_NE(text.find("v1.9.1"), std::string::npos) << text;
  }
}

TEST(Boots, OfAnotherCpuOfTheSameNameAreRefused) {
  const TemporaryDirectory directory;
  write_file(directory / "a.json", file_of(repetitions("BM_x", 100, 6),
                                           R"("cpu.model":"AMD EPYC","cpu.family":"25-17")"));
  const auto loaded = load_sides({{directory / "a.json"}}, {});
  ASSERT_TRUE(loaded);
  BootDeviation boots;
  boots.cpu = "AMD EPYC";
  boots.cpu_family = "25-17";
  EXPECT_TRUE(check_same_cpu(boots, loaded->sides[0]));
  boots.cpu_family = "26-2";
  const auto other = check_same_cpu(boots, loaded->sides[0]);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ExitCode::kNotComparable);
  EXPECT_EQ(other.error().message, "--boot-deviation: cpu.family is '26-2' and '25-17'");
  boots.cpu_family.clear();  // stored before it was kept
  EXPECT_TRUE(check_same_cpu(boots, loaded->sides[0]));
  boots.cpu = "AMD EPYC 9965";
  EXPECT_FALSE(check_same_cpu(boots, loaded->sides[0]));
}

TEST(Host, CpusOfOneNameAreToldApart) {
  const auto cpu = [](const char* family) {
    return cpu_text({{"cpu.model", "AMD EPYC"}, {"cpu.family", family}, {"arch", "x86_64"}});
  };
  EXPECT_EQ(cpu("25-1"), "AMD EPYC (family 25 model 1: Zen 3)");
  EXPECT_EQ(cpu("25-17"), "AMD EPYC (family 25 model 17: Zen 4)");
  EXPECT_EQ(cpu("26-2"), "AMD EPYC (family 26 model 2: Zen 5)");
  EXPECT_EQ(cpu("99-2"), "AMD EPYC (family 99 model 2)");
  EXPECT_EQ(cpu("x"), "AMD EPYC");
  EXPECT_EQ(cpu_text({{"cpu.model", "IBM/S390"}}), "IBM/S390");
}

TEST(Outputs, AreNeverInputs) {
  const TemporaryDirectory directory;
  const auto input = directory / "a.json";
  write_file(input, file_of(repetitions("a", 1, 3)));
  const auto loaded = load_sides({{input}}, {});
  ASSERT_TRUE(loaded);
  const Inputs inputs(loaded->sides);
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
