// SPDX-License-Identifier: MIT
// One run as the tests of a CI: which rows pass, and golden texts. Names and reasons that try to be
// more: tests/cli/ci.bats.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <filesystem>
#include <set>
#include <sstream>

#include "analysis/ci/formats.hpp"
#include "harness/names/row_text.hpp"
#include "tests/generator/sample_run.hpp"
#include "tests/temporary.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using test::file_of;
using testing::HasSubstr;
using testing::Not;
using zp::test::TemporaryDirectory;

std::string row(const std::string& name, const std::string& fields) {
  return R"({"name":")" + name + R"(","run_type":"iteration","time_unit":"ns","iterations":1,)" +
         R"("real_time":7,"cpu_time":7,)" + fields + "}";
}
std::string read(const std::string& placement, double ns, const std::string& census = "strong") {
  return row("read/placement:" + placement + "/table:4096/stride:64/walk:random/threads:1",
             fmt::format(R"("ns_per_read":{},"frames":1,"label":"census: {}")", ns, census));
}
std::string bad(const std::string& name, const std::string& reason) {
  return row(name, R"("error_occurred":true,"error_message":")" + reason + "\"");
}

// One row of every kind.
const std::string kEveryKind =
    read("private", 1.5) + "," + read("private", 1.7) + "," + read("private", 1.6) + "," +
    read("ksm_coloured:8", 0.5) + "," + read("read_fault", 0.4, "weak") + "," +
    bad("read/placement:ksm_zero_page/table:4096/stride:64/walk:random/threads:1",
        "census after: ksm_zero_page must be all zero page, 1 frame(s) by colour; found 2 frames") +
    "," +
    bad("scan/contents:unique/use_zero_pages:0/mode:smart_scan/table:4096",
        "skipped: this kernel has no smart_scan (Linux 6.7)") +
    "," +
    bad("safety/use_zero_pages:1/mode:racing",
        "after 302 lives, 38656 pages: ksm_zero_pages: 170 too few") +
    "," + row("metadata/placement:ksm_single/table:4096", R"("bytes_per_page":64,"merge_s":2.5)");

const std::string kOurs = R"("schema":"zpbench-1")";

class CiTest : public ::testing::Test {
 protected:
  void load(const std::string& rows, const std::string& more = "") {
    const std::string context =
        R"("date":"2026-11-23T02:01:00+00:00","host_name":"secret-host","schema":"zpbench-1",)"
        R"("host":"secret-host","arch":"s390x","census":"weak: frame numbers are hidden",)"
        R"("cpu.model":"IBM z16","kernel.release":"6.18.0")";
    loaded_ = value_of(test::load_texts({file_of(rows, context + more)}, directory_));
    run_ = test_run(loaded_.sides.front());
  }
  std::string write(const char* format) {
    const auto text = find_test_format(format)->write(run_, kKcidb);
    EXPECT_TRUE(text) << text.error().message;
    return text.value_or("");
  }
  TestStatus status_of(std::string_view part) const {
    for (const auto& row : run_.rows)
      if (row.name.find(part) != std::string::npos) return row.status;
    ADD_FAILURE() << "no row " << part;
    return TestStatus::kPassed;
  }

  inline static const KcidbOptions kKcidb{
      .origin = "mylab",
      .build_id = "",
      .commit = "0123456789012345678901234567890123456789",
      .tree = "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git"};
  test::TemporaryDirectory directory_;
  LoadedSides loaded_;
  TestRun run_;
};

TEST(TestRun, TheReasonOfAWeakCensusIsSaidOnce) {
  const auto set = test::set_of_texts({file_of(read("private", 1, "weak (hidden)"), kOurs)});
  EXPECT_EQ(test_run(set).rows.front().reason, "not proven: census weak (hidden)");
}

// Repetitions of a pass share its frames: they are one value.
TEST(TestRun, AValueIsThatOfAPass) {
  const auto pass = [](int count, int ns) {
    const auto one = row("read/placement:ksm_single/table:4096/stride:64",
                         fmt::format(R"("ns_per_read":{})", ns));
    return file_of(
        fmt::format("{}", fmt::join(std::vector(static_cast<std::size_t>(count), one), ",")),
        kOurs);
  };
  const auto run = test_run(test::set_of_texts({pass(2, 1), pass(6, 3)}));
  const auto summary = run.rows.front().main_figure()->summary;
  EXPECT_EQ(summary.n, 2U);
  EXPECT_EQ(summary.median, 2);
}

TEST_F(CiTest, EveryFormatIsAsItWas) {
  load(kEveryKind);
  for (const auto& format : test_formats())
    test::expect_golden(write(format.name), std::string("export.") + format.name);
}

TEST_F(CiTest, ARowPassesWhenItsPlacementWasProven) {
  load(kEveryKind);
  EXPECT_EQ(status_of("private"), TestStatus::kPassed);
  EXPECT_EQ(status_of("read_fault"), TestStatus::kUnproven);
  EXPECT_EQ(status_of("ksm_zero_page"), TestStatus::kError);
  EXPECT_EQ(status_of("smart_scan"), TestStatus::kSkipped);
  EXPECT_EQ(status_of("racing"), TestStatus::kFailed);
  EXPECT_EQ(status_of("metadata"), TestStatus::kPassed);  // claims no frames
  EXPECT_EQ(run_.bad(), 2U);
  EXPECT_EQ(run_.skipped(), 2U);
  EXPECT_FALSE(run_.nothing_ran());
}

TEST_F(CiTest, TheWorstOfPassesCountsButASkipDoesNot) {
  const std::string name = "read/placement:private/table:4096/stride:64/walk:random/threads:1";
  load(read("private", 1) + "," + bad(name, "skipped: no memory"));
  EXPECT_EQ(status_of("private"), TestStatus::kPassed);
  load(read("private", 1) + "," +
       bad(name, "census after: private must be one small frame per page"));
  EXPECT_EQ(status_of("private"), TestStatus::kError);
  EXPECT_TRUE(run_.rows.front().figures.empty());
  load(bad(name, "skipped: no memory") + "," + bad(name, std::string(kWrongWords) + " that were"));
  EXPECT_EQ(status_of("private"), TestStatus::kFailed);
  load(read("private", 1) + "," + read("private", 1, "weak"), R"(,"census":"strong")");
  EXPECT_EQ(status_of("private"), TestStatus::kUnproven);
  EXPECT_EQ(run_.rows.front().reason, "not proven: census weak");
}

// As where the kernel died of the next pass.
TEST(TestRun, PassesThatAreMissingAreAnError) {
  const TemporaryDirectory directory;
  const auto verdict = [&](std::vector<std::string> paths) {
    const auto loaded = value_of(load_sides({std::move(paths)}, {.keep_going = true}));
    const TestRun run = test_run(loaded.sides.front());
    return run.bad() == 0 ? "" : run.rows.front().name + ": " + run.rows.front().reason;
  };
  const auto found = [&](const char* state) {
    test::write_sample_run({.directory = directory / state, .error_rows = false, .state = state});
    return verdict({directory / state});
  };
  EXPECT_EQ(found("complete"), "");
  EXPECT_EQ(found("interrupted"), "passes: run is interrupted: 3 of 4 passes");
  // Damaged, without rows, gone.
  const auto run = directory / "complete", pass = run + "/pass-02.json";
  const std::string kBad = "passes: without rows that anybody can read: 1 file(s)";
  for (const char* text : {"{bad", R"({"context":{},"benchmarks":[]})"}) {
    zp::test::write_file(pass, text);
    EXPECT_EQ(verdict({run}), kBad) << text;
  }
  EXPECT_EQ(verdict({run + "/pass-01.json", run}), kBad);
  std::filesystem::remove(pass);
  EXPECT_EQ(verdict({run}), kBad);
  EXPECT_EQ(verdict({run + "/pass-01.json", pass}), kBad);
  // A manifest that says complete of fewer than were planned.
  auto manifest = zp::test::read_file(run + "/manifest.json");
  manifest.replace(manifest.find("\"passes_planned\": 3"), 19, "\"passes_planned\": 5");
  zp::test::write_file(run + "/manifest.json", manifest);
  EXPECT_FALSE(unfinished(read_manifest(run + "/manifest.json").value()).empty());
}

TEST_F(CiTest, WhatARowIsAboutComesFirst) {
  load(row("cow/placement:private/table:4096",
           R"("a_share":1,"faults_per_second":9,"merge_s":3,"ns_per_write":5)"));
  EXPECT_EQ(run_.rows.front().main_figure()->metric.key, "ns_per_write");
  run_ = test_run(loaded_.sides.front(), "a_share");
  EXPECT_EQ(run_.rows.front().main_figure()->metric.key, "a_share");
}

TEST_F(CiTest, NoRowIsAboutWhatDisturbedIt) {
  const std::string waits = R"("cpu_share":0.9,"run_delay_share":0.1,"steal_share":0.0161)";
  const std::string name = "metadata/placement:private/table:4096";
  load(row(name, waits + R"(,"stable_nodes":64)"));
  EXPECT_THAT(write("ktap"), HasSubstr("# stable_nodes 64.0\n"));
  EXPECT_THAT(write("lkp"), HasSubstr("steal_share: 0.0161"));
  load(row(name, waits));
  EXPECT_EQ(run_.rows.front().main_figure(), nullptr);
  EXPECT_THAT(write("kcidb"), Not(HasSubstr("\"number\"")));
  run_ = test_run(loaded_.sides.front(), "steal_share");
  EXPECT_THAT(write("ktap"), HasSubstr("# steal_share 0.0161\n"));
}

// Absent, it was below 0.0005: the one that was above it is no median.
TEST_F(CiTest, AShareThatMostPassesLackIsNone) {
  const std::string share = R"(,"steal_share":0.35)";
  const auto shown = [](const std::vector<std::string>& passes) {
    std::vector<std::string> files;
    for (const auto& extra : passes)
      files.push_back(file_of(row("read/placement:private/table:4096",
                                  fmt::format(R"("ns_per_read":{}{})", files.size() + 1, extra)),
                              kOurs));
    const auto set = test::set_of_texts(files);
    const auto run = test_run(set);
    for (const auto& figure : run.rows.front().figures)
      if (figure.metric.key == "steal_share") return figure.summary.median;
    return 0.0;
  };
  EXPECT_EQ(shown({share, "", ""}), 0);
  EXPECT_EQ(shown({share, ""}), 0);
  EXPECT_EQ(shown({R"(,"steal_share":0.1)", "", R"(,"steal_share":0.3)"}), 0.1);
  // Within a pass, and of another program's counter, of which nobody says why it is absent.
  const std::string name = "read/placement:private/table:4096";
  const auto rows =
      row(name, R"("x":1)" + share) + "," + row(name, R"("x":1)") + "," + row(name, R"("x":1)");
  load(rows);
  EXPECT_THAT(write("lkp"), Not(HasSubstr("steal_share")));
  EXPECT_TRUE(loaded_.sides.front().has_metric("steal_share"));
  const auto foreign = test::set_of_texts({file_of(rows)});
  EXPECT_THAT(foreign.values(0, "steal_share"), testing::ElementsAre(0.35));
}

TEST_F(CiTest, KeysOfLkpAreOnlyOnce) {
  load(row("BM", R"("pass":3,"fail":4,"8.pass":5,"a b":6,"a_b":7)") + "," +
       row("BM/8", R"("x":1)"));
  const auto text = write("lkp");
  std::set<std::string> keys;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(keys.insert(line.substr(0, line.find(':'))).second) << line;
  EXPECT_THAT(text, HasSubstr("BM.pass: 1\n"));
  EXPECT_THAT(text, HasSubstr("BM.pass-2: 3\n"));
  EXPECT_THAT(text, HasSubstr("BM.8.pass: 1\n"));
}

TEST_F(CiTest, AFigureThatARowLacksIsNotReplacedByAnother) {
  load(read("private", 1.5) + "," + row("metadata/placement:private/table:4096", R"("bytes":64)"));
  run_ = test_run(loaded_.sides.front(), "bytes");
  EXPECT_THAT(write("ktap"), HasSubstr("threads:1 # no bytes\n"));
  EXPECT_THAT(write("ktap"), HasSubstr("# bytes 64"));
  EXPECT_THAT(write("lava"), HasSubstr("threads-1 pass\n"));
  EXPECT_THAT(write("bmf"), Not(HasSubstr("latency")));
}

TEST_F(CiTest, EmulatedRunsHaveNoTimes) {
  load(read("private", 1.5), R"(,"machine.emulated":"true")");
  for (const auto& format : test_formats())
    EXPECT_THAT(write(format.name), Not(HasSubstr("1.5"))) << format.name;
  EXPECT_THAT(write("lava"), HasSubstr("pass 1 frames"));
}

TEST_F(CiTest, NoFormatNamesTheHost) {
  load(kEveryKind);
  for (const auto& format : test_formats())
    EXPECT_THAT(write(format.name), Not(HasSubstr("secret-host"))) << format.name;
}

TEST_F(CiTest, TimesGoToKcidbInSeconds) {
  load(read("private", 1.5) + "," + row("cow/placement:private/table:4096", R"("merge_ms":250)"));
  const auto text = write("kcidb");
  EXPECT_THAT(text, HasSubstr(R"("value": 1.5e-9)"));
  EXPECT_THAT(text, HasSubstr(R"("value": 0.25)"));
  EXPECT_THAT(text, HasSubstr(R"("prefix": "metric")"));
  EXPECT_THAT(text, Not(HasSubstr(R"("low")")));  // of one value there is no interval
}

TEST_F(CiTest, RatesGoToKcidbAsTheyAre) {
  for (const std::string time : {"ns", "us", "ms", "s"}) {
    load(row("cow/placement:private/table:4096", "\"faults_per_" + time + "\":250"));
    const auto text = write("kcidb");
    EXPECT_THAT(text, HasSubstr(R"("value": 250)")) << time;
    EXPECT_THAT(text, HasSubstr("\"unit\": \"/" + time + "\"")) << time;
    EXPECT_THAT(text, Not(HasSubstr(R"("unit": "s")"))) << time;
  }
}

TEST_F(CiTest, KcidbMustBeToldWhoReportsWhat) {
  load(read("private", 1));
  const auto refused = [&](KcidbOptions options) {
    return !find_test_format("kcidb")->write(run_, options);
  };
  EXPECT_FALSE(refused(kKcidb));
  EXPECT_FALSE(refused({.origin = "lab", .build_id = "maestro:1", .commit = "", .tree = ""}));
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({.origin = "My Lab", .build_id = "maestro:1", .commit = "", .tree = ""}));
  EXPECT_TRUE(refused({.origin = "lab", .build_id = "1", .commit = "", .tree = ""}));
  EXPECT_TRUE(refused({.origin = "lab", .build_id = "maestro:1", .commit = "", .tree = "x"}));
  auto options = kKcidb;
  options.commit = "deadbeef";
  EXPECT_TRUE(refused(options));
  options = kKcidb;
  options.tree = "git://x";
  EXPECT_TRUE(refused(options));
}

TEST_F(CiTest, PathsAreAsKcidbTakesThemAndARowsOwn) {
  EXPECT_EQ(dotted_path("read/placement:ksm_coloured:8/stride:64"),
            "read.placement-ksm_coloured-8.stride-64");
  EXPECT_EQ(dotted_path("//a//"), "_._.a._._");
  EXPECT_EQ(dotted_path(""), "_");
  EXPECT_EQ(dotted_path("a.b c\n"), "a_b_c_");
  load(read("a:b", 1) + "," + read("a-b", 2) + "," + read("a b", 3));
  EXPECT_NE(run_.rows[0].path, run_.rows[1].path);
  EXPECT_NE(run_.rows[1].path, run_.rows[2].path);
}

}  // namespace
}  // namespace zp::analysis
