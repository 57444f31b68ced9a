// SPDX-License-Identifier: MIT
// Runs among others that have nothing to read, and passes that are not what was measured.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "analysis/ci/formats.hpp"
#include "analysis/ci/test_run.hpp"
#include "analysis/claims/claims.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/load/sha256.hpp"
#include "tests/unit/analysis/compare_fixture.hpp"

namespace zp::analysis {
namespace {

using test::write_file;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class LeftOut : public CompareTest {
 protected:
  // As run-matrix.sh leaves a run that was interrupted in its first pass.
  std::string add_unfinished(const std::string& name) {
    std::filesystem::create_directories(directory_ / name);
    write_file(directory_ / name + "/manifest.json",
               R"({"schema":"zpbench-run-1","state":"interrupted","passes_planned":9,)"
               R"("kernel":"6.1.0-test","arch":"x86_64","passes":[]})");
    return directory_ / name;
  }
  std::string add_damaged(const std::string& name) {
    const auto run = add({.boot = name, .seed = 7}, name);
    write_file(run + "/manifest.json", R"({"schema":"zpbench-run-1","pas)");
    return run;
  }
  static std::vector<ErrorRow> passes_of(const LoadedSides& loaded) {
    return loaded.sides.front().missing_passes();
  }
};

TEST_F(LeftOut, ARunWithoutAFinishedPassIsNamedAndTheOthersCount) {
  add({.boot = "b1", .seed = 1, .error_rows = false}, "runs/1");
  const auto unfinished = add_unfinished("runs/2");
  add({.boot = "b3", .seed = 3, .error_rows = false}, "runs/3");
  for (const auto* named : {"runs", "runs/*"}) {
    const auto loaded = value_of(load_sides({{directory_ / named}}, {}));
    EXPECT_EQ(loaded.sides.front().runs().size(), 2U);
    EXPECT_THAT(loaded.warnings,
                ElementsAre("left out: " + unfinished + ": run is interrupted: 0 of 9 passes"));
    ASSERT_EQ(passes_of(loaded).size(), 1U);
    EXPECT_EQ(passes_of(loaded).front().reason, "run is interrupted: 0 of 9 passes");
    EXPECT_EQ(test_run(loaded.sides.front()).bad(), 1U);
  }
}

TEST_F(LeftOut, ADamagedManifestIsAnErrorUnlessOneKeepsGoing) {
  add({.boot = "b1", .seed = 1}, "runs/1");
  const auto damaged = add_damaged("runs/2");
  const auto strict = error_of(load_sides({{directory_ / "runs"}}, {}));
  EXPECT_EQ(strict.code, ExitCode::kUsage);
  EXPECT_THAT(strict.message, HasSubstr(damaged + "/manifest.json: byte"));
  const auto loaded = value_of(load_sides({{directory_ / "runs"}}, {.keep_going = true}));
  EXPECT_EQ(loaded.sides.front().runs().size(), 1U);
  EXPECT_THAT(loaded.warnings, Contains(HasSubstr("left out: " + damaged + "/manifest.json: ")));
  EXPECT_EQ(passes_of(loaded).size(), 1U);
}

TEST_F(LeftOut, NothingElseThereIsAnError) {
  const auto unfinished = add_unfinished("runs/1"), damaged = add_damaged("other/1");
  for (const bool keep_going : {false, true}) {
    const auto none = load_sides({{directory_ / "runs"}}, {.keep_going = keep_going});
    EXPECT_EQ(error_of(none).message, unfinished + ": no pass of this run is finished");
    EXPECT_THAT(error_of(load_sides({{damaged}}, {.keep_going = keep_going})).message,
                HasSubstr("manifest.json: byte"));
  }
}

TEST_F(LeftOut, JsonBesideRunsThatHoldsNoRowsIsNotInTheWay) {
  add({.boot = "b1", .seed = 1}, "runs/1");
  add({.boot = "b2", .seed = 2}, "runs/2");
  write_file(directory_ / "runs/boots.json", R"({"schema":"zpanalyze-boot-deviation-1"})");
  const auto loaded = value_of(load_sides({{directory_ / "runs"}}, {}));
  EXPECT_EQ(loaded.sides.front().runs().size(), 2U);
  EXPECT_TRUE(loaded.warnings.empty());
  write_file(directory_ / "runs/pass.json", R"({"context":{},"benchmarks":[]})");
  EXPECT_THAT(error_of(load_sides({{directory_ / "runs"}}, {})).message,
              HasSubstr("files next to them (" + directory_ / "runs/pass.json)"));
}

// A kernel that died of the first pass must not be a run without tests.
TEST_F(LeftOut, ForACiTheTestPassesIsAnError) {
  const auto unfinished = add_unfinished("1"), damaged = add_damaged("2");
  const auto gone = add({.boot = "b3"}, "3");
  for (const auto* pass : {"/pass-01.json", "/pass-02.json", "/pass-03.json"})
    write_file(gone + pass, "{");
  for (const auto& run : {unfinished, damaged, gone}) {
    const auto loaded =
        value_of(load_sides({{run}}, {.keep_going = run != unfinished, .take_empty_runs = true}));
    const auto tests = test_run(loaded.sides.front());
    ASSERT_EQ(tests.rows.size(), 1U) << run;
    EXPECT_EQ(tests.rows.front().name, "passes");
    EXPECT_EQ(tests.rows.front().status, TestStatus::kError);
    EXPECT_FALSE(tests.nothing_ran());
    for (const auto& format : test_formats())
      EXPECT_THAT(value_of(format.write(
                      tests, {.origin = "lab", .build_id = "a:1", .commit = "", .tree = ""})),
                  HasSubstr(format.name == std::string_view("bmf") ? "{" : "passes"))
          << format.name;
  }
}

// Overwritten by another pass of the run it is a copy, and by one of another run it is none.
TEST_F(LeftOut, APassThatIsNotTheOneMeasuredIsSaidAndFailsACi) {
  for (const bool other_run : {false, true}) {
    const auto run =
        add({.boot = "b1", .seed = 1, .error_rows = false}, fmt::format("run-{}", other_run));
    const auto other = add({.boot = "b2", .seed = 2, .error_rows = false}, "other");
    std::string passes;
    for (const std::string name : {"pass-01.json", "pass-02.json", "pass-03.json"})
      passes += fmt::format(R"({}{{"file":"{}","sha256":"{}"}})", passes.empty() ? "" : ",", name,
                            value_of(sha256_of_file(run + "/" + name)));
    write_file(run + "/manifest.json",
               R"({"schema":"zpbench-run-1","state":"complete","passes_planned":3,"passes":[)" +
                   passes + "]}");
    EXPECT_THAT(value_of(load_sides({{run}}, {})).warnings, ElementsAre());
    write_file(run + "/pass-03.json", test::read_file((other_run ? other : run) + "/pass-02.json"));
    const auto loaded = value_of(load_sides({{run}}, {}));
    EXPECT_THAT(loaded.warnings, Contains(run + ": pass-03.json is not the file that was measured: "
                                                "its sha256 is another"));
    ASSERT_EQ(passes_of(loaded).size(), other_run ? 1U : 2U);
    EXPECT_EQ(passes_of(loaded).front().reason, "not the file that was measured: 1 file(s)");
    EXPECT_EQ(loaded.sides.front().file_count(), other_run ? 3U : 2U);
    EXPECT_EQ(test_run(loaded.sides.front()).count(TestStatus::kError), 1U);
    const auto third = add({.boot = "b3", .seed = 3}, "third");
    const auto comparison = value_of(compare(load({{run}, {third}}), {}));
    EXPECT_EQ(std::ranges::count_if(comparison.errors,
                                    [](const auto& one) { return one.row.name == "passes"; }),
              other_run ? 1 : 2);
  }
}

TEST_F(LeftOut, APageOfClaimsSaysWhatItsRunsLack) {
  const auto sides = load({{add({.state = "interrupted"}, "run")}});
  const std::vector<FamilyRun> runs{family_run(sides.front())};
  EXPECT_THAT(render_claims(runs), HasSubstr("; run is interrupted: 3 of 4 passes"));
}

// Entered three times, or written anew, it is one pass. A run that is named twice has all of its
// own.
TEST_F(LeftOut, APassThatIsAnotherOneOfItsRunFailsACi) {
  const auto run = add({.boot = "b1", .error_rows = false}, "run");
  const auto reasons = [&](const std::vector<std::string>& named) {
    std::vector<std::string> texts;
    for (const auto& one : passes_of(value_of(load_sides({named}, {}))))
      texts.push_back(one.reason);
    return texts;
  };
  const std::string kTwice = "the same measurement as another pass of the run: ";
  const auto copy = directory_ / "copy";
  std::filesystem::copy(run, copy);
  for (const auto& twice : {run, run + "/pass-01.json", copy})
    EXPECT_THAT(reasons({run, twice}), ElementsAre()) << twice;
  EXPECT_THAT(reasons({run + "/pass-01.json", run}), ElementsAre());
  write_file(run + "/pass-02.json", test::read_file(run + "/pass-01.json") + "\n");
  EXPECT_THAT(reasons({run}), ElementsAre(kTwice + "1 file(s)"));
  auto manifest = test::read_file(copy + "/manifest.json");
  for (const char* pass : {"pass-02.json", "pass-03.json"})
    manifest.replace(manifest.find(pass), 12, "pass-01.json");
  write_file(copy + "/manifest.json", manifest);
  EXPECT_THAT(reasons({copy}), ElementsAre(kTwice + "2 file(s)"));
  EXPECT_EQ(test_run(value_of(load_sides({{copy}}, {})).sides.front()).count(TestStatus::kError),
            1U);
}

// A kcidb test that was red must turn green.
TEST_F(LeftOut, ARunThatIsGoneOnWithKeepsItsIds) {
  const auto run = add({.boot = "b1", .error_rows = false}, "run");
  const auto id_with = [&](const std::string& passes, const std::string& started) {
    write_file(run + "/manifest.json",
               R"({"schema":"zpbench-run-1","state":"interrupted","passes_planned":3,"host":"h",)"
               R"("kernel":"6.1.0-test","arch":"x86_64","command":"x --seed 7","started":")" +
                   started + R"(","passes":[)" + passes + "]}");
    const auto loaded = value_of(load_sides({{run}}, {.take_empty_runs = true}));
    const auto text = value_of(find_test_format("kcidb")->write(
        test_run(loaded.sides.front()),
        {.origin = "lab", .build_id = "a:1", .commit = "", .tree = ""}));
    return text.substr(text.find("\"lab:"), 21);
  };
  const auto id = id_with("", "2026-11-26T19:16:45Z");
  EXPECT_EQ(id_with(R"({"file":"pass-01.json"})", "2026-11-26T19:16:45Z"), id);
  EXPECT_EQ(id_with(R"({"file":"pass-02.json"})", "2026-11-26T19:16:45Z"), id);
  EXPECT_NE(id_with(R"({"file":"pass-01.json"})", "2026-11-26T19:16:46Z"), id);
}

}  // namespace
}  // namespace zp::analysis
