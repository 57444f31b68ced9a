// SPDX-License-Identifier: MIT
#include "bench/options.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "harness/host/facts.hpp"
#include "harness/host/page_size.hpp"
#include "harness/support/text.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Outcome<Options> parse(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"zpbench"};
  for (const auto& argument : arguments) argv.push_back(argument.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto options = parse(arguments);
  EXPECT_FALSE(options) << testing::PrintToString(arguments);
  if (options) return "";
  EXPECT_EQ(options.error().code, ExitCode::kUsage);
  EXPECT_EQ(options.error().message.find('\n'), std::string::npos) << options.error().message;
  return options.error().message;
}

TEST(Options, TheQuickMatrixIsTheDefault) {
  const auto options = value_of(parse({}));
  EXPECT_EQ(options.action, Action::kMeasure);
  EXPECT_EQ(options.matrix.name, "quick");
  EXPECT_THAT(options.matrix.strides_bytes, ElementsAre(1024, 4096));
  EXPECT_EQ(options.matrix.placements.size(), 4U);
  EXPECT_EQ(options.matrix.more.size(), 4U);
}

TEST(Options, EveryBuiltInMatrixCanBeRead) {
  for (const char* name : {"quick", "full", "guest", "claims", "debates", "ancestor"}) {
    const auto options = value_of(parse({"--matrix", name}));
    const auto cells = expand(options.matrix, 4096, 1, [&](const std::string& cell) {
      return !options.exclude || !options.exclude->fits(cell);
    });
    EXPECT_TRUE(cells) << cells.error().message;
  }
}

TEST(Options, TablesMayBeNamedByTheCacheTheyFit) {
  const auto options = value_of(parse({"--tables", "l1,64m"}));
  const auto l1 = data_cache(Roots{}, 1);
  if (!l1) GTEST_SKIP() << "this machine does not say how large its caches are";
  EXPECT_THAT(options.matrix.tables_bytes,
              ElementsAre(std::max(system_page_bytes(), l1->size_bytes / 2), 64U << 20));
}

TEST(Options, TheCommandLineGoesBeforeTheMatrix) {
  FakeTree tree;
  tree.write(
      "m",
      "# a comment\n\n strides = 64,128 \ntables=2m\r\nplacements = private\nmin-time = 0.5\n");
  const auto options =
      value_of(parse({"--matrix", tree.path("m"), "--tables=1m,4m", "--repetitions", "5"}));
  EXPECT_THAT(options.matrix.strides_bytes, ElementsAre(64, 128));
  EXPECT_THAT(options.matrix.tables_bytes, ElementsAre(1 << 20, 4 << 20));
  EXPECT_EQ(options.matrix.placements.size(), 1U);
  EXPECT_EQ(options.min_time_s, 0.5);
  EXPECT_EQ(options.repetitions, 5);
  EXPECT_EQ(options.matrix.name, tree.path("m"));
}

TEST(Options, OtherFamiliesNeedNoPlacements) {
  FakeTree tree;
  tree.write("m", "families = cow\n");
  EXPECT_TRUE(parse({"--matrix", tree.path("m")}));
  tree.write("m", "families = read,cow\n");
  EXPECT_FALSE(parse({"--matrix", tree.path("m")}));
}

TEST(Options, WhatNothingSelectedUsesIsRefused) {
  for (const char* list : {"--tables=1m", "--strides=64", "--walks=random", "--threads=2",
                           "--register=prctl", "--offsets=fixed", "--shares=split"}) {
    EXPECT_THAT(refusal({"--families", "scan", list}),
                AllOf(HasSubstr(split(list, '=').front()), HasSubstr("family read")));
    EXPECT_TRUE(parse({"--families", "read,scan", list})) << list;
  }
  for (const char* list : {"--placements=private", "--colours=8", "--sharers=16"})
    EXPECT_THAT(refusal({"--families", "scan", list}),
                HasSubstr(" only the families read, kernels, readers use it, "));
  EXPECT_TRUE(parse({"--families", "scan", "--family-table", "1m"}));
  EXPECT_THAT(refusal({"--drop-caches"}), HasSubstr("family fault"));
  EXPECT_TRUE(parse({"--families", "fault", "--drop-caches"}));
  EXPECT_THAT(refusal({"--guest-kernel", "/nonexistent"}), HasSubstr("family guest"));
  EXPECT_TRUE(parse({"--families", "guest", "--guest-kernel", "k"}));
  // A matrix says it for all that it is run with.
  FakeTree tree;
  tree.write("m", "families = cow\ntables = 1m\n");
  EXPECT_TRUE(parse({"--matrix", tree.path("m")}));
}

// That no cell would be another without it.
TEST(Options, WhatChangesNothingIsRefused) {
  using Words = std::vector<std::string>;
  for (const auto& [words, used] :
       {std::pair{Words{"--placements=private", "--register=prctl"}, false},
        {{"--placements=private", "--register=madvise"}, true},
        {{"--placements=private,ksm_single", "--register=prctl"}, true},
        {{"--placements=private", "--colours=8"}, false},
        {{"--placements=ksm_coloured:4", "--colours=8"}, false},
        {{"--placements=ksm_coloured:4,memfd_coloured", "--colours=8"}, true},
        {{"--families=kernels", "--placements=ksm_coloured", "--colours=8"}, true},
        {{"--placements=ksm_coloured", "--sharers=16"}, false},
        {{"--placements=ksm_shared", "--sharers=16"}, true},
        {{"--colours=4"}, true},
        {{"--strides=64", "--offsets=rotated"}, false},
        {{"--shares=whole"}, false},
        {{"--shares=whole", "--threads=2"}, true}}) {
    const std::string option = words.back().substr(0, words.back().find('='));
    if (used)
      EXPECT_TRUE(parse(words)) << testing::PrintToString(words);
    else
      EXPECT_THAT(refusal(words),
                  testing::StartsWith(option + ": nothing that is measured uses it ("));
  }
}

TEST(Options, ColouredWithoutANumberIsAllOfThem) {
  const auto options =
      value_of(parse({"--placements", "ksm_coloured,memfd_coloured:4", "--colours", "2,16"}));
  EXPECT_THAT(options.matrix.placements,
              ElementsAre(PlacementId{PlacementKind::kKsmColoured, 2},
                          PlacementId{PlacementKind::kKsmColoured, 16},
                          PlacementId{PlacementKind::kMemfdColoured, 4}));
}

TEST(Options, PassesOfAMatrixAreForTheScript) {
  FakeTree tree;
  tree.write("m", "placements = private\npasses = 9\n");
  EXPECT_TRUE(parse({"--matrix", tree.path("m")}));
  for (const char* wrong : {"0", "09", "many", "10000", "-1", ""}) {
    tree.write("m", fmt::format("placements = private\npasses = {}\n", wrong));
    const auto options = error_of(parse({"--matrix", tree.path("m")}));
    EXPECT_THAT(options.message, HasSubstr("m:2: passes '"));
  }
}

TEST(Options, SharedL2IsATableWhoseSharedFramesAreFourTimesL2) {
  const auto options = value_of(parse({"--tables", "shared_l2,64m"}));
  const auto l2 = data_cache(Roots{}, 2);
  if (!l2) GTEST_SKIP() << "this machine does not say how large its caches are";
  const auto pages = options.matrix.tables_bytes.front() / system_page_bytes();
  EXPECT_EQ(pages / 256 * system_page_bytes(), 4 * l2->size_bytes);
  EXPECT_EQ(options.matrix.tables_bytes.back(), 64U << 20);
}

TEST(Options, SharedWithoutANumberIsAllOfThem) {
  const auto options =
      value_of(parse({"--placements", "ksm_shared,ksm_default", "--sharers", "2,1073741824"}));
  EXPECT_THAT(options.matrix.placements,
              ElementsAre(PlacementId{PlacementKind::kKsmShared, 0, 2},
                          PlacementId{PlacementKind::kKsmShared, 0, 1073741824},
                          PlacementId{PlacementKind::kKsmDefault}));
  EXPECT_FALSE(parse({"--placements", "ksm_shared", "--sharers", "1"}));
}

TEST(Options, GoogleBenchmarksSpellingsAreTaken) {
  const auto options = value_of(parse({"--benchmark_filter=stride:64/", "--benchmark_out=a.json",
                                       "--benchmark_repetitions=2", "--benchmark_min_time=0.25s",
                                       "--benchmark_format=json", "--benchmark_context=lab=x"}));
  EXPECT_TRUE(options.filter.has_value());
  EXPECT_EQ(options.out, "a.json");
  EXPECT_EQ(options.repetitions, 2);
  EXPECT_EQ(options.min_time_s, 0.25);
  EXPECT_TRUE(options.json_to_stdout);
  EXPECT_THAT(options.benchmark_flags, ElementsAre("--benchmark_context=lab=x"));
  EXPECT_EQ(parse({"--benchmark_list_tests=true"})->action, Action::kList);
  for (const char* all : {"--benchmark_filter=all", "--benchmark_filter="})
    EXPECT_FALSE(parse({all})->filter) << all;
  const auto negated = value_of(parse({"--benchmark_filter=-stride:64/"}));
  EXPECT_FALSE(negated.filter);
  ASSERT_TRUE(negated.exclude);
  EXPECT_TRUE(negated.exclude->fits("read/stride:64/"));
  for (const char* flag : {"--benchmark_format=csv", "--benchmark_perf_counters=CYCLES",
                           "--benchmark_report_aggregates_only=true", "--benchmark_nonsense",
                           "--benchmark_min_warmup_time=inf", "--benchmark_min_warmup_time=8"})
    EXPECT_THAT(refusal({flag}), HasSubstr(flag));
}

TEST(Options, Actions) {
  EXPECT_EQ(parse({"--list"})->action, Action::kList);
  EXPECT_EQ(parse({"--doctor"})->action, Action::kDoctor);
  EXPECT_EQ(parse({"--doctor", "--json"})->action, Action::kDoctor);
  EXPECT_EQ(parse({"--doctor", "4711", "--json"})->action, Action::kDoctorOfProcess);
  EXPECT_EQ(parse({"--doctor", "4711"})->doctor, "4711");
  EXPECT_EQ(parse({"--dry-run"})->action, Action::kDryRun);
  EXPECT_EQ(parse({"--restore"})->action, Action::kRestore);
  EXPECT_THAT(refusal({"--list", "--restore"}), HasSubstr("exclude each other"));
}

TEST(Options, HelpAndVersionAreText) {
  for (const char* flag : {"--help", "-h", "--version"}) {
    const auto text = error_of(parse({flag}));
    EXPECT_EQ(text.code, ExitCode::kDone);
    EXPECT_THAT(text.message, HasSubstr("zpbench"));
  }
}

TEST(Options, EveryErrorNamesOptionAndValue) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--nothing"}, "--nothing"},
      {{"word"}, "word"},
      {{"--strides"}, "--strides"},
      {{"--strides", "64", "--strides", "128"}, "--strides"},
      {{"--placements", "x"}, "--placements: unknown placement 'x'"},
      {{"--placements", ","}, "--placements: the list is empty"},
      {{"--tables", "1x"}, "--tables: '1x' is not a size"},
      {{"--tables", "99999999999999999999"}, "--tables"},
      {{"--strides", "-64"}, "--strides: '-64' is not a size"},
      {{"--walks", "backwards"},
       "--walks: 'backwards' is not one of sequential, random, dependent"},
      {{"--offsets", "moved"}, "--offsets: 'moved' is not one of"},
      {{"--shares", "half"}, "--shares: 'half' is not one of"},
      {{"--register", "file"}, "--register: 'file' is not one of madvise, prctl"},
      {{"--threads", "two"}, "--threads: 'two' is not a count"},
      {{"--threads", "2x"}, "--threads: '2x'"},
      {{"--nodes", "-1"}, "--nodes: '-1'"},
      {{"--filter", "("}, "--filter '('"},
      {{"--filter", std::string(20000, '(')}, "more than 4096 characters"},
      {{"--filter", "(((a{1,200}){200}){1,200}){2}"}, "repeat something more than 100000 times"},
      {{"--exclude", "["}, "--exclude '['"},
      {{"--once", "*"}, "--once '*'"},
      {{"--repetitions", "0"}, "--repetitions"},
      {{"--repetitions", "many"}, "--repetitions"},
      {{"--pass", "0"}, "--pass"},
      {{"--seed", "-1"}, "--seed: '-1' is not a count"},
      {{"--seed", "18446744073709551616"}, "--seed"},
      {{"--min-time", "0"}, "--min-time '0'"},
      {{"--min-time", "soon"}, "--min-time 'soon'"},
      {{"--min-time", "inf"}, "--min-time"},
      {{"--min-time", "1e9"}, "--min-time"},
      {{"--matrix", "/none"}, "matrix '/none' is neither one of"},
      {{"--matrix", "/"}, "matrix '/'"},
  };
  for (const auto& [arguments, part] : cases) EXPECT_THAT(refusal(arguments), HasSubstr(part));
}

TEST(MatrixFile, BlocksAreCrossProductsOfTheirOwn) {
  FakeTree tree;
  tree.write("m",
             "placements = private,memfd_coloured:8\nstrides = 64,128\n[small]\n"
             "placements = private\ntables = 16k\n[large]\ntables = 1m\n[again]\ntables = 16k,1m\n"
             "strides = 64\n");
  const auto names = [&](std::vector<const char*> more) {
    std::vector<std::string> arguments{"--matrix", tree.path("m")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto options = value_of(parse(arguments));
    std::vector<std::string> found;
    const auto cells = *expand(options.matrix, 4096, 1);
    for (const Cell& cell : cells)
      found.push_back(
          fmt::format("{} {} {}", to_string(cell.placement), cell.table_bytes, cell.stride_bytes));
    std::ranges::sort(found);
    return found;
  };
  // Each once; none with eight colours in four pages.
  EXPECT_THAT(names({}), ElementsAre("memfd_coloured:8 1048576 128", "memfd_coloured:8 1048576 64",
                                     "private 1048576 128", "private 1048576 64",
                                     "private 16384 128", "private 16384 64"));
  // The command line goes before every block ...
  EXPECT_THAT(names({"--strides", "256"}), ElementsAre("memfd_coloured:8 1048576 256",
                                                       "private 1048576 256", "private 16384 256"));
  EXPECT_THAT(names({"--placements", "read_fault", "--tables", "2m", "--strides", "64"}),
              ElementsAre("read_fault 2097152 64"));
  // A block with placements of its own measures those of them that are asked for.
  EXPECT_THAT(
      names({"--placements", "read_fault"}),
      ElementsAre("read_fault 1048576 128", "read_fault 1048576 64", "read_fault 16384 64"));
  EXPECT_THAT(names({"--placements", "read_fault,private", "--strides", "128"}),
              ElementsAre("private 1048576 128", "private 16384 128", "read_fault 1048576 128",
                          "read_fault 16384 128"));
}

TEST(MatrixFile, WhereNoBlockHasWhatIsAskedForItReplacesTheirLists) {
  FakeTree tree;
  tree.write("m", "strides = 64\n[a]\nplacements = private\ntables = 16k\n");
  const std::string path = tree.path("m");
  const auto options = value_of(parse({"--matrix", path, "--placements", "read_fault"}));
  const auto cells = *expand(options.matrix, 4096, 1);
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(to_string(cells.front().placement), "read_fault");
  EXPECT_THAT(error_of(parse({"--matrix", path, "--placements", "private:3"})).message,
              testing::StartsWith("--placements: "));
}

TEST(MatrixFile, ErrorsNameTheLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"strides 64\n", ":1: 'strides 64' is not 'option = value'"},
      {"\n# x\nstride = 64\n", ":3: unknown option 'stride'; there are families,"},
      {"out = /etc/passwd\n", ":1: unknown option 'out'"},
      {"restore = true\n", ":1: unknown option 'restore'"},
      {"help = 1\n", ":1: unknown option 'help'"},
      {" = 3\n", ":1: unknown option ''"},
      {"tables = 1m\ntables = 2m\n", ":2: 'tables' is there twice"},
      {"placements = private\nstrides = 64,x\n", ":2: strides: 'x' is not a size"},
      {"placements = private\nstrides =\n", ":2: strides: the list is empty"},
      {"strides = 64\n", ": placements: the list is empty"},
      {"[a]\nrepetitions = 2\n", ":2: 'repetitions' must stand before the first block"},
      {"[a]\nfamilies = cow\n", ":2: 'families' must stand before the first block"},
      {"[a]\ntables = 1m\n[b]\ntables = 1m\ntables = 2m\n", ":5: 'tables' is there twice"},
      {"placements = private\n[a]\nstrides = x\n", ":3: strides: 'x' is not a size"},
      {"repetitions = 0\n", ":1: "},
      {"placements = private\nmin-time = never\n", ":2: min-time 'never'"},
      {"placements = private\nfilter = (\n", ":2: filter '('"},
  };
  for (const auto& [text, part] : cases) {
    FakeTree tree;
    tree.write("m", text);
    const std::string said = refusal({"--matrix", tree.path("m")});
    EXPECT_THAT(said, HasSubstr(part));
    EXPECT_THAT(said, HasSubstr(tree.path("m")));
  }
}

}  // namespace
}  // namespace zp
