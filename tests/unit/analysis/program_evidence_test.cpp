// SPDX-License-Identifier: MIT
// What the tables of programs call a difference: of passes, not of repetitions, and not of
// disturbed ones.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "analysis/views/loop_table.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/judged_rows.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kRepetitions = 3;

// A figure in each pass, 0 where it was not measured.
struct Cell {
  std::string name;
  std::string key;
  std::function<double(int pass)> value;
  std::string mark = {};
};

Cell loop(const std::string& placement, const std::string& loop,
          std::function<double(int)> gb_per_s, const std::string& mark = {}) {
  return {fmt::format("kernels/placement:{}/table:67108864/loop:{}", placement, loop),
          "bytes_per_second", std::move(gb_per_s), mark};
}

// Repetitions are steadier than passes.
ResultSet set_of_cells(const std::vector<Cell>& cells, int passes) {
  std::vector<std::vector<Row>> rows(static_cast<std::size_t>(passes));
  for (int pass = 0; pass < passes; ++pass)
    for (const auto& cell : cells)
      for (int i = 0; i < kRepetitions && cell.value(pass) > 0; ++i)
        rows[static_cast<std::size_t>(pass)].push_back(
            {cell.name, {{cell.key, cell.value(pass) * (1 + 0.001 * i)}}, {}, cell.mark});
  return run_of(rows);
}

// Steady but for a thousandth, in another order for each `seed`.
std::function<double(int)> about(double value, int seed = 7) {
  return [=](int pass) { return value * (1 + 0.001 * ((pass * seed) % 5 - 2)); };
}

std::function<double(int)> in_first_pass(double value) {
  return [=](int pass) { return pass == 0 ? value : 0; };
}

TEST(ProgramEvidence, DifferentIsBeyondDoubtOverPasses) {
  const auto noisy = [](int pass) { return pass % 2 == 0 ? 9.0 : 17.0; };
  const auto set = set_of_cells(
      {loop("ksm_default", "much", about(10)), loop("ksm_zero_page", "much", about(20, 3)),
       loop("ksm_default", "less", about(20)), loop("ksm_zero_page", "less", about(10, 3)),
       loop("ksm_default", "little", about(10)), loop("ksm_zero_page", "little", about(10.05, 3)),
       loop("ksm_default", "noisy", about(10)), loop("ksm_zero_page", "noisy", noisy)},
      5);
  const auto table = value_of(loop_table(set));
  ASSERT_EQ(table.contrasts.size(), 1U) << "nothing else was measured";
  const auto& found = table.contrasts.front();
  EXPECT_EQ(found.other, "ksm_zero_page");
  ASSERT_EQ(found.faster.size(), 1U);
  EXPECT_EQ(found.faster[0].first, "much");
  EXPECT_NEAR(found.faster[0].second, 2, 0.01);
  ASSERT_EQ(found.slower.size(), 1U);
  EXPECT_EQ(found.slower[0].first, "less");
  EXPECT_NEAR(found.slower[0].second, 2, 0.01);
  EXPECT_EQ(found.alike, (std::vector<std::string>{"little", "noisy"}));
}

// Three repetitions in each placement's only pass, whose frames were drawn once.
TEST(ProgramEvidence, RepetitionsAreNoPasses) {
  std::vector<Cell> cells;
  for (const char* name : {"sum", "gather"}) {
    cells.push_back(loop("private", name, about(10)));
    cells.push_back(loop("read_fault", name, about(20, 3)));
    cells.push_back(loop("ksm_default", name, in_first_pass(15)));
    cells.push_back(loop("ksm_zero_page", name, in_first_pass(12)));
  }
  const auto table = value_of(loop_table(set_of_cells(cells, 3)));
  const auto text = render_loop_table(table, 300);
  EXPECT_THAT(text, HasSubstr("ksm_zero_page against ksm_default: fewer than 3 passes have both."));
  EXPECT_THAT(text, HasSubstr("read_fault against private: all 2 faster, 2.00 times (sum 2.00"));
  EXPECT_THAT(program_finding(table), AllOf(HasSubstr("all 2 faster"), Not(HasSubstr("ksm_"))));
  const auto knob =
      value_of(loop_table(set_of_cells({loop("ksm_default", "sum", in_first_pass(15)),
                                        loop("ksm_zero_page", "sum", in_first_pass(12))},
                                       3)));
  EXPECT_THAT(render_loop_table(knob, 75), HasSubstr("Fewer than 3 passes: too few to say more"));
  EXPECT_EQ(program_finding(knob), "");
}

TEST(ProgramEvidence, DisturbedRepetitionsDecideNothing) {
  std::vector<Cell> cells;
  for (const char* name : {"sum", "gather"})
    cells.insert(cells.end(), {loop("ksm_default", name, about(15)),
                               loop("ksm_zero_page", name, about(12, 3), "; disturbed")});
  auto table = value_of(loop_table(set_of_cells(cells, 3)));
  const char* words = "all 2 undecided, as most repetitions of one side were disturbed.";
  EXPECT_THAT(render_loop_table(table, 300), HasSubstr(words));
  EXPECT_THAT(program_finding(table), HasSubstr(words));
  for (auto& cell : cells) cell.mark.clear();
  table = value_of(loop_table(set_of_cells(cells, 3)));
  EXPECT_THAT(program_finding(table), HasSubstr("all 2 slower, 1.25 times (")) << "one number once";
}

TEST(ProgramEvidence, MixedTablesAsWell) {
  const auto name = [](int share) {
    return fmt::format("mixed/placement:read_fault/table:67108864/zero_share:{}/order:random",
                       share);
  };
  const auto text = [&](int passes, const std::string& mark) {
    std::vector<Cell> cells;
    for (const auto& [share, ns] : {std::pair(0, 40), std::pair(50, 30), std::pair(90, 10)}) {
      cells.push_back({name(share), "ns_per_read_sparse", about(ns, share + 1), mark});
      cells.push_back({name(share), "ns_per_read_stream", about(ns / 10.0), mark});
    }
    return render_mixed_table(mixed_table(set_of_cells(cells, passes)), 300);
  };
  EXPECT_THAT(text(3, ""), HasSubstr("0.750 with 50 % of them, 0.250 with 90 % of them"));
  EXPECT_THAT(text(2, ""), Not(HasSubstr("How does it fade")));
  EXPECT_THAT(text(3, "; disturbed"), HasSubstr("with 50 % of them (undecided: disturbed)"));
}

TEST(ProgramEvidence, ReadersAsWell) {
  const auto text = [](const std::function<double(int)>& shared, const std::string& mark) {
    const char* name = "readers/placement:{}/table:67108864/readers:2/cpus:cores";
    const auto set =
        set_of_cells({{fmt::format(fmt::runtime(name), "private"), "slowdown", about(1.1)},
                      {fmt::format(fmt::runtime(name), "ksm_single"), "slowdown", shared, mark}},
                     3);
    return render_readers_table(readers_table(set), 300);
  };
  EXPECT_THAT(text(about(1.5), ""), HasSubstr("of private memory 1.10 times."));
  EXPECT_THAT(text(about(1.5), "; disturbed"),
              HasSubstr("1.10 times (most repetitions of one of them were disturbed)."));
  EXPECT_THAT(text(in_first_pass(1.5), ""), Not(HasSubstr("hot spot")));
}

}  // namespace
}  // namespace zp::analysis
