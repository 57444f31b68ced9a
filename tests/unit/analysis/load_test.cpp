// SPDX-License-Identifier: MIT
#include "analysis/load/load.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "analysis/load/sha256.hpp"
#include "analysis/load/units.hpp"
#include "analysis/rows/host.hpp"
#include "harness/names/benchmark_name.hpp"
#include "tests/generator/sample_run.hpp"
#include "tests/outcome.hpp"
#include "tests/temporary.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;

ResultFile file_with(const std::string& rows) {
  return value_of(parse_result_text(file_of(rows), "x"));
}

std::vector<double> values_of(const ResultFile& file, std::initializer_list<const char*> keys) {
  std::vector<double> values;
  for (const char* key : keys) file.append_values(0, key, values);
  return values;
}

TEST(Name, ForeignArgumentsAreCounted) {
  const auto name = parse_name("BM_x/1024/threads:4/real_time");
  EXPECT_EQ(name.find("arg1"), "1024");
  EXPECT_EQ(name.find("threads"), "4");
  EXPECT_TRUE(is_clock_part(name.parts.back()));
}

TEST(Name, TextComesBack) {
  for (const char* text :
       {"", "/", "a", "a/", "a//b", "a/b:c", "a/:b", "a/b:", "BM_x/1/2:3/real_time",
        "read/placement:ksm_coloured:8/threads:1", "a/arg1:5", "a/arg2:5/7"})
    EXPECT_EQ(to_text(parse_name(text)), text);
}

TEST(Name, HowItRanIsNoPartOfTheCell) {
  EXPECT_EQ(cell_name("BM_x/8/repeats:3/real_time"), "BM_x/8/real_time");
  EXPECT_EQ(cell_name("BM_x/iterations:5/min_time:0.1/min_warmup_time:1/threads:2"),
            "BM_x/threads:2");
  EXPECT_EQ(cell_name("repeats:3"), "repeats:3");  // a family
}

TEST(Name, NaturalOrder) {
  EXPECT_TRUE(natural_less("64", "256"));
  EXPECT_TRUE(natural_less("ksm_coloured:8", "ksm_coloured:64"));
  EXPECT_FALSE(natural_less("a10", "a9"));
  EXPECT_TRUE(natural_less("01", "1") != natural_less("1", "01"));
}

TEST(Reader, KeepsRepetitionsAndConvertsUnits) {
  const auto file = file_with(
      R"({"name":"a","run_type":"iteration","real_time":2,"cpu_time":1,"time_unit":"us","x":7},
              {"name":"a","run_type":"iteration","real_time":3,"cpu_time":1,"time_unit":"us"})");
  EXPECT_EQ(values_of(file, {"real_time"}), (std::vector<double>{2000, 3000}));
  EXPECT_EQ(values_of(file, {"x"}), std::vector<double>{7});
  EXPECT_EQ(file.context.at("num_cpus"), "2");
}

TEST(Reader, DropsWhatNoClockOrCounterShows) {
  for (const char* none : {"NaN", "Infinity", "-Infinity", "1e308", "-1e101", "1e-308"}) {
    const auto file = file_with(
        fmt::format(R"({{"name":"a","real_time":{},"cpu_time":5,"y":1e100,"z":0}})", none));
    EXPECT_EQ(file.non_finite.count, 1U) << none;
    EXPECT_EQ(file.non_finite.first, "real_time of a");
    EXPECT_EQ(values_of(file, {"real_time", "y", "z"}), (std::vector<double>{1e100, 0}));
  }
}

TEST(Reader, IgnoresAggregatesOfEveryVersion) {
  const auto file =
      file_with(R"({"name":"a_mean","run_name":"a","run_type":"aggregate","aggregate_name":"mean",
               "real_time":1},
              {"name":"a_stddev","real_time":1},
              {"name":"a","run_name":"a","run_type":"iteration","real_time":1},
              {"name":"b_mean","run_name":"b_mean","run_type":"iteration","real_time":1})");
  EXPECT_EQ(file.aggregates.count, 1U);
  EXPECT_EQ(file.aggregates_by_name.count, 1U);
  EXPECT_EQ(file.row_count(), 2U);  // a benchmark may be called something_mean
}

TEST(Reader, ListsErrorRowsAndSkippedRows) {
  const auto file = file_with(
      R"({"name":"a","run_type":"iteration","error_occurred":true,"error_message":"no KSM",
               "real_time":0.0},
              {"name":"b","run_type":"iteration","skipped":true,"skip_message":"later"},
              {"name":"c","run_type":"iteration","error_occurred":false,"real_time":1})");
  ASSERT_EQ(file.errors.size(), 2U);
  EXPECT_EQ(file.errors[0].reason, "no KSM");
  EXPECT_EQ(file.errors[1].reason, "skipped: later");
  EXPECT_EQ(file.row_count(), 1U);
}

TEST(Reader, NamesFileByteAndReason) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "x.json: byte 0: The document is empty."},
      {R"({"benchmarks":[{"name":"a")", "x.json: byte 26: "},
      {"{}", "no 'benchmarks' array"},
      {"[1]", "the top is an array"},
      {"17", "the top is not an object"},
      {R"({"benchmarks":{}})", "'benchmarks' is not an array"},
      {R"({"benchmarks":7})", "'benchmarks' is not an array"},
      {file_of("3"), "not a row"},
      {file_of("{}"), "a row without a name"},
      {file_of(R"({"name":"a","real_time":1,"time_unit":"h"})"), "time_unit 'h'"},
      {file_of(R"({"name":"a","real_time":1})") + "x", "byte"},
      // Deep nesting is refused, not recursed.
      {std::string(1000000, '['), "x.json: byte"},
      {R"({"context":)" + std::string(500000, '['), "nested deeper than 64"},
      {R"({"x":)" + std::string(500000, '{'), "x.json: byte"},
  };
  for (const auto& [text, part] : cases)
    EXPECT_THAT(error_of(parse_result_text(text, "x.json")).message, HasSubstr(part));
}

TEST(Reader, MemoryGrowsWithRowsNotWithText) {
  const TemporaryDirectory directory;
  // 64 MiB of text, one row: the rest is white space and a long list that nobody asked for.
  {
    std::ofstream out(directory / "big.json");
    out << R"({"context":{"load_avg":[)";
    for (int i = 0; i < 4000000; ++i) out << "1.25,           ";
    out << R"(0]},"benchmarks":[{"name":"a","real_time":1}]})";
  }
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  ASSERT_TRUE(read_result_file(directory / "big.json"));
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 16 << 10);  // KiB
}

TEST(Load, WhatNoMachineHasIsNotTakenFromTheContext) {
  const auto read = [](const std::string& context) {
    return value_of(
        parse_result_text("{\"context\":{" + context + "},\"benchmarks\":[]}", "x.json"));
  };
  std::string context = R"("cache.l2.size_bytes":"1048576","mhz_per_cpu":9223372036854774)";
  for (const char* key : {"page_size_bytes", "memory_bytes", "cache.l2.ways",
                          "cache.l1d.line_bytes", "numa.nodes", "zero_page.colours"})
    context += fmt::format(R"(,"{}":"0")", key);
  const auto file = read(context);
  EXPECT_EQ(file.impossible.count, 6U);
  EXPECT_EQ(file.context, (Context{{"cache.l2.size_bytes", "1048576"}}));
  for (const char* odd :
       {"5e-324", "1e30", "NaN", "-4096", "4097", " 4096", "18446744073709551616"})
    EXPECT_EQ(read(fmt::format(R"("page_size_bytes":"{}")", odd)).impossible.first,
              fmt::format("page_size_bytes '{}'", odd));
}

TEST(Load, RunDirectoriesDirectoriesOfRunsAndGlobs) {
  const TemporaryDirectory directory;
  std::uint64_t seed = 0;  // two of the same would be copies
  for (const char* name : {"6.1/run1", "6.1/run2", "6.2/run1"})
    test::write_sample_run(
        {.directory = directory / name, .kernel = std::string(name).substr(0, 3), .seed = ++seed});
  const auto loaded = value_of(load_sides(
      {{directory / "6.1"}, {directory / "6.2/run*"}, {directory / "6.1/run1/pass-02.json"}}, {}));
  EXPECT_EQ(loaded.sides[0].runs().size(), 2U);
  EXPECT_EQ(loaded.sides[0].runs()[0].files.size(), 3U);
  EXPECT_EQ(loaded.sides[1].context_value("kernel.release"), "6.2");
  EXPECT_EQ(loaded.sides[2].values(0, "ns_per_read").size(), 3U);
  EXPECT_EQ(loaded.sides[0].values(0, "ns_per_read").size(), 18U);
}

TEST(Load, FilesWithoutAManifestAreTheSameRunsHoweverTheyAreNamed) {
  const TemporaryDirectory directory;
  const auto runs = [&](const std::vector<std::string>& named) {
    const auto loaded = value_of(load_sides({named}, {}));
    return std::pair(loaded.sides.front().runs().size(), loaded.sides.front().file_count());
  };
  const auto pass = [&](const char* name, int seed, int time) {
    write_file(directory / name,
               fmt::format(R"({{"context":{{"schema":"zpbench-1","boot.id":"b","pass.seed":"{}"}},)"
                           R"("benchmarks":[{{"name":"BM","real_time":{}}}]}})",
                           seed, time));
    return directory / name;
  };
  std::filesystem::create_directory(directory / "ours");
  const auto first = pass("ours/1.json", 7, 1), second = pass("ours/2.json", 7, 2),
             other = pass("ours/3.json", 8, 3);
  for (const auto& named :
       {std::vector{first, second, other}, {directory / "ours"}, {directory / "ours/?.json"}})
    EXPECT_EQ(runs(named), std::pair(std::size_t{2}, std::size_t{3}));
  std::filesystem::create_directory(directory / "others");
  for (const char* name : {"others/1.json", "others/2.json"})
    write_file(
        directory / name,
        fmt::format(R"({{"context":{{"file":"{}"}},"benchmarks":[{{"name":"BM","real_time":1}}]}})",
                    name));
  for (const char* named : {"others", "others/*"})
    EXPECT_EQ(runs({directory / named}), std::pair(std::size_t{2}, std::size_t{2}));
}

TEST(Load, ACopyWithoutNamesIsNoSecondMeasurement) {
  const TemporaryDirectory directory;
  const auto write = [&](const char* name, const std::string& context) {
    write_file(directory / name, "{\"context\":{\"date\":\"2026-11-27T06:00:00Z\"," + context +
                                     R"(},"benchmarks":[{"name":"BM","real_time":1.25}]})");
    return directory / name;
  };
  const auto own = write(
      "own.json",
      R"("host":"rack7","executable":"/home/me/zpbench","matrix":"/srv/x.matrix","boot.id":"b")");
  const auto copy =
      write("copy.json",
            R"("host":"anonymous","executable":"zpbench","matrix":"x.matrix","boot.id":"b")");
  const auto other = write(
      "other.json", R"("host":"rack8","executable":"zpbench","matrix":"x.matrix","boot.id":"c")");
  const auto loaded = value_of(load_sides({{own, copy, other}}, {}));
  EXPECT_EQ(loaded.sides.front().file_count(), 2U);
  EXPECT_THAT(loaded.warnings,
              testing::ElementsAre(copy + ": the same rows as in " + own + ": taken once"));
}

// As counts of emulated runs may be: what has another label, or is of another kernel, is no copy.
TEST(Load, EqualFiguresAloneMakeNoCopy) {
  const auto file = [](const char* kernel, const char* label) {
    return file_of(repetitions("BM", 1, 3, fmt::format(R"(,"label":"{}")", label)),
                   fmt::format(R"("schema":"zpbench-1","kernel.release":"{}")", kernel));
  };
  const auto old = file("6.1", "census: strong"), new_kernel = file("6.2", "census: strong"),
             weak = file("6.1", "census: weak");
  const auto loaded =
      value_of(load_texts({old, new_kernel, weak, weak, new_kernel, old}, {}, true));
  EXPECT_EQ(loaded.sides.front().file_count(), 3U);
  EXPECT_EQ(loaded.dropped.size(), 3U);
  const auto sides = value_of(load_texts({old, new_kernel, old})).sides;
  EXPECT_FALSE(sides[0].has_same_rows(sides[1]));
  EXPECT_TRUE(sides[0].has_same_rows(sides[2]));
  const ResultSet* const kernels[] = {&sides[0], &sides[1]};
  EXPECT_FALSE(plan_units(kernels).paired);
}

TEST(Load, OneBadFileOfManyIsNamedAndNothingIsLeftOutSilently) {
  const TemporaryDirectory directory;
  test::write_sample_run({.directory = directory / "run"});
  write_file(directory / "run/pass-02.json", "{\"context\": {");
  const auto strict = error_of(load_sides({{directory / "run"}}, {}));
  EXPECT_EQ(strict.code, ExitCode::kUsage);
  EXPECT_THAT(strict.message, HasSubstr("pass-02.json: byte 13"));
  const auto lenient = value_of(load_sides({{directory / "run"}}, {.keep_going = true}));
  ASSERT_EQ(lenient.warnings.size(), 1U);
  EXPECT_THAT(lenient.warnings[0], HasSubstr("left out: "));
  EXPECT_EQ(lenient.sides[0].values(0, "ns_per_read").size(), 6U);
}

TEST(Load, UnfinishedRunsAreSaid) {
  const TemporaryDirectory directory;
  test::write_sample_run({.directory = directory / "run", .state = "interrupted"});
  const auto loaded = value_of(load_sides({{directory / "run"}}, {}));
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_THAT(loaded.warnings[0], HasSubstr("run is interrupted: 3 of 4 passes"));
}

TEST(Load, FilterAndItsInverse) {
  const TemporaryDirectory directory;
  test::write_sample_run({.directory = directory / "run"});
  const auto some = value_of(load_sides({{directory / "run"}}, {.filter = "placement:private"}));
  EXPECT_EQ(some.sides[0].cell_count(), 4U);
  EXPECT_TRUE(some.sides[0].errors().empty());
  const auto both =
      value_of(load_sides({{directory / "run"}}, {.filter = "placement:private"}, {"stride:64/"}));
  EXPECT_EQ(both.sides[0].cell_count(), 1U);
  const auto others = load_sides({{directory / "run"}}, {.filter = "-placement:private"});
  EXPECT_EQ(others->sides[0].cell_count(), 44U);
  EXPECT_EQ(load_sides({{directory / "run"}}, {.filter = "nothing"}).error().message,
            directory / "run" + ": the filter matches no row");
  EXPECT_EQ(load_sides({{directory / "run"}}, {.filter = "("}).error().code, ExitCode::kUsage);
}

TEST(Load, ManifestFromElsewhereCannotNameFilesElsewhere) {
  const TemporaryDirectory directory;
  write_file(directory / "manifest.json",
             R"({"schema":"zpbench-run-1","passes":[{"file":"../../etc/passwd"}]})");
  EXPECT_THAT(error_of(load_sides({{directory.path()}}, {})).message,
              HasSubstr("names no file of this directory"));
}

// A neighbour on the CPU in one pass makes its rows no other kind of evidence.
TEST(ResultSetTest, TheMarkOfDisturbedRowsIsNotPartOfTheLabel) {
  const auto labelled = [](const char* second) {
    auto file = value_of(parse_result_text(fmt::format(R"({{"context": {{}}, "benchmarks": [
          {{"name": "a", "run_type": "iteration", "real_time": 1, "label": "census: strong"}},
          {{"name": "a", "run_type": "iteration", "real_time": 1, "label": "{}"}}]}})",
                                                       second),
                                           "invented"));
    std::vector<analysis::Run> runs(1);
    runs.front().files.push_back(std::move(file));
    return ResultSet(std::move(runs)).label(0);
  };
  EXPECT_EQ(labelled("census: strong; disturbed"), "census: strong");
  EXPECT_EQ(labelled("something else"), "mixed");
  EXPECT_EQ(labelled("census: weak: not root"), "census: weak: not root");
}

// Only one pass of a run asks the probe, and files come in any order.
TEST(ResultSetTest, TheProbeOfOnePassIsThatOfItsRun) {
  std::vector<analysis::Run> runs(1);
  for (int pass = 0; pass < 2; ++pass)
    runs[0].files.push_back(value_of(parse_result_text(
        file_of(repetitions("a", 1, 1), R"("machine.virtualisation":"kvm")"), "invented")));
  EXPECT_FALSE(frame_numbers_are_real(ResultSet(runs)));
  runs[0].files.back().context["probe.huge_pages"] = "huge";
  EXPECT_TRUE(frame_numbers_are_real(ResultSet(runs)));
  runs.push_back(runs[0]);
  runs[1].files.back().context.erase("probe.huge_pages");
  EXPECT_FALSE(frame_numbers_are_real(ResultSet(runs)));
  EXPECT_EQ(ResultSet(runs).probe_value("probe.huge_pages"), "huge");
}

TEST(Sha256, FilesOfEveryLengthHaveTheSumOfTheirText) {
  const test::TemporaryDirectory directory;
  std::string text;
  for (std::uint32_t i = 0; text.size() < 140000; ++i)
    text.push_back(static_cast<char>(i * i * 2654435761U >> 24));
  std::vector<std::size_t> lengths;
  for (std::size_t length = 0; length < 200; ++length) lengths.push_back(length);
  for (const std::size_t length : {65535U, 65536U, 65537U, 131072U, 131135U, 140000U})
    lengths.push_back(length);
  for (const auto length : lengths) {
    const auto part = text.substr(0, length);
    test::write_file(directory / "file", part);
    EXPECT_EQ(sha256_of_file(directory / "file").value(), sha256_of_text(part)) << length;
  }
  // FIPS 180-4's first example.
  test::write_file(directory / "file", "abc");
  EXPECT_EQ(sha256_of_file(directory / "file").value(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace zp::analysis
