// SPDX-License-Identifier: MIT
// Kinds of machine are taken apart, and each is compared by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/compare/by_machine.hpp"
#include "analysis/compare/emulated.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/compare_fixture.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using test::write_file;
using testing::ContainsRegex;
using testing::HasSubstr;

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

TEST_F(CompareTest, KindsOfOneCpuAreToldApartAndShowTheirOwnRows) {
  const auto write = [&](const std::string& name, const std::string& rows, int cpus) {
    write_file(directory_ / name, test::file_of(rows, fmt::format(R"("num_cpus":{})", cpus)));
    return directory_ / name;
  };
  const auto small = test::repetitions("small", 1, 7);
  auto loaded =
      value_of(load_sides({{write("a.json", small, 4),
                            write("b.json", small + "," + test::repetitions("big", 1, 7), 8)},
                           {write("c.json", small, 4),
                            write("d.json", small + "," + test::repetitions("big", 2, 7), 8)}},
                          {}));
  const auto apart = split_by_machine(std::move(loaded.sides));
  std::vector<ComparedMachine> machines;
  for (const auto& group : apart.groups)
    machines.push_back({group.machine, value_of(compare(group.sides, {}))});
  const auto text = render_side_by_side(machines, apart.others, 75);
  EXPECT_THAT(text, HasSubstr("A  unknown CPU, num_cpus 4, 7/7 repetitions\n"
                              "B  unknown CPU, num_cpus 8, 7/7 repetitions\n"));
  EXPECT_THAT(text, ContainsRegex("big +- +\\+9[0-9.]+%"));
}

// Each kind lacks its own passes; one that is of no machine may be of any.
TEST_F(CompareTest, EachKindOfMachineSaysWhichPassesItLacks) {
  const auto old_a = add({.host = 1}, "old-a"), old_b = add({.cpu = "Other", .host = 2}, "old-b");
  const auto new_a = add({.kernel = "6.2", .host = 1, .seed = 2}, "new-a");
  const auto new_b = add({.kernel = "6.2", .cpu = "Other", .host = 2, .seed = 3}, "new-b");
  write_file(new_a + "/pass-02.json", "{");
  auto loaded = value_of(load_sides({{old_a, old_b}, {new_a, new_b}}, {.keep_going = true}));
  auto apart = split_by_machine(std::move(loaded.sides));
  EXPECT_TRUE(apart.groups[1].sides[1].missing_passes().empty());
  ASSERT_EQ(apart.groups[0].sides[1].missing_passes().size(), 1U);
  EXPECT_EQ(apart.groups[0].sides[1].missing_passes().front().reason,
            "without rows that anybody can read: 1 file(s)");
  for (const auto* pass : {"/pass-01.json", "/pass-03.json"}) write_file(new_b + pass, "");
  const auto gone = directory_ / "gone.json";
  write_file(gone, "{");
  loaded = value_of(load_sides({{old_a, old_b}, {new_a, new_b, gone}}, {.keep_going = true}));
  apart = split_by_machine(std::move(loaded.sides));
  for (const std::size_t kind : {0U, 1U})
    EXPECT_EQ(apart.groups[kind].sides[1].missing_passes().front().reason,
              fmt::format("without rows that anybody can read: {} file(s)", kind == 0 ? 2 : 3));
}

// Emulated runs have no test of their own for it.
TEST_F(CompareTest, EmulatedRunsSayWhichPassesTheyLack) {
  const auto old_run = add({.emulated = true, .state = "interrupted"}, "old");
  const auto new_run = add({.kernel = "6.2", .seed = 2, .emulated = true}, "new");
  EXPECT_THAT(value_of(compare_emulated(load({{old_run}, {new_run}}), false, 75)),
              HasSubstr("A: run is interrupted: 3 of 4 passes"));
}

// What kept one from being measured says nothing of the others.
TEST(Machines, OneThatCannotBeComparedDoesNotSilenceTheOthers) {
  const auto file = [](const std::string& rows, int cpus) {
    return test::file_of(rows, fmt::format(R"("num_cpus":{})", cpus));
  };
  const auto failed = test::error_row("a", "no memory");
  const test::TemporaryDirectory directory;
  const auto apart = [&](const std::string& other_of_small) {
    std::vector<std::vector<std::string>> sides(2);
    const auto add = [&](std::size_t side, const std::string& text) {
      const auto path = directory / fmt::format("{}-{}.json", side, sides[side].size());
      write_file(path, text);
      sides[side].push_back(path);
    };
    add(0, file(test::repetitions("a", 100, 7), 4));
    add(0, file(test::repetitions("a", 200, 7), 8));
    add(1, file(other_of_small, 4));
    add(1, file(failed, 8));
    return split_by_machine(std::move(value_of(load_sides(sides, {})).sides));
  };
  auto machines = apart(test::repetitions("a", 150, 7));
  const auto compared = value_of(compare_machines(machines, {}));
  ASSERT_EQ(compared.size(), 1U);
  EXPECT_EQ(compared.front().comparison.count(Verdict::kSlower), 1U);
  constexpr const char* kWhy =
      "no cell of one side is in the other with the figure 'real_time'; not measured: a: no memory";
  EXPECT_THAT(machines.others,
              testing::ElementsAre(fmt::format("unknown CPU, num_cpus 8: not compared: {}", kWhy)));
  const auto text = render_side_by_side(compared, machines.others, 200);
  EXPECT_THAT(text, HasSubstr("2 kinds of machine"));
  EXPECT_THAT(text, HasSubstr("\n-  unknown CPU, num_cpus 8: not compared: no cell"));
  auto none = apart(failed);
  const auto error = error_of(compare_machines(none, {}));
  EXPECT_EQ(error.code, ExitCode::kUsage);
  EXPECT_EQ(error.message, fmt::format("unknown CPU, num_cpus 4: {}", kWhy));
}

}  // namespace
}  // namespace zp::analysis
