// SPDX-License-Identifier: MIT
// What plan promises, and whether compare keeps it.
#include <gtest/gtest.h>

#include <cmath>

#include "analysis/plan/plan.hpp"
#include "analysis/stats/holm.hpp"
#include "analysis/stats/moderated.hpp"
#include "tests/generator/sample_run.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using test::Noise;

constexpr std::size_t kCells = 30;

// Boots of one side: what each does to all cells, and to one.
std::vector<UnitValues> boots_of(Noise& noise, std::size_t boots, double common, double own,
                                 double level) {
  std::vector<UnitValues> cells(kCells);
  for (std::size_t boot = 0; boot < boots; ++boot) {
    const double of_all = common * noise.normal();
    for (auto& cell : cells) cell.push_back(level + of_all + own * noise.normal());
  }
  return cells;
}

// In how many of the cells of invented tables compare's test shows the effect.
double shown_share(std::size_t boots, double common, double own, double effect) {
  constexpr int kTables = 100;
  Noise noise(boots);
  std::size_t shown = 0;
  for (int table = 0; table < kTables; ++table) {
    const ModeratedSide sides[] = {
        moderate(boots_of(noise, boots, common, own, 0)),
        moderate(boots_of(noise, boots, common, own, std::log1p(effect)))};
    std::vector<double> p;
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      std::vector<Variance> terms;
      for (const auto& side : sides) append_terms(side, cell, terms);
      p.push_back(t_test(sides[1].cells[cell].mean - sides[0].cells[cell].mean, terms).p);
    }
    for (const double each : holm(p)) shown += each < kAlpha ? 1U : 0U;
  }
  return static_cast<double>(shown) / kTables / kCells;
}

// Files of zpbench, or of another program: as many passes, or runs, of fifteen cells that deviate
// by 1 %, and by `common` in all of them alike.
ResultSet measured(const std::string& context, double common) {
  Noise noise(7), of_all(8);
  std::vector<std::string> files;
  for (int pass = 0; pass < 12; ++pass) {
    const double level = common * of_all.normal();
    std::string rows;
    for (int cell = 0; cell < 15; ++cell)
      rows += (cell == 0 ? "" : ",") +
              test::repetitions(fmt::format("cell/n:{}", cell),
                                100 * std::exp(level + 0.01 * noise.normal()), 1);
    files.push_back(test::file_of(rows, fmt::format(R"({},"pass":"{}")", context, pass)));
  }
  return test::set_of_texts(files);
}

TEST(Plan, BootsThatDeviateInCommonAreAsManyAsCompareNeeds) {
  const auto set = measured(R"("schema":"zpbench-1")", 0);
  const auto needed = [&](double common, double own, double effect) {
    PlanOptions options{.metric = "real_time", .effect = effect, .boots = BootDeviation{}};
    options.boots->common = {common * common, 5};
    options.boots->prior = {own * own, 1000};
    for (std::size_t cell = 0; cell < kCells; ++cell)
      options.boots->cells[fmt::format("{}", cell)] = {own * own, 1000};
    return value_of(make_plan(set, options)).boots_needed->all;
  };
  // By the degrees of freedom of all cells together it would be 3, of which 1 table in 40 shows it.
  EXPECT_EQ(needed(0.033, 0.003, 0.2), 6U);
  struct Case {
    double common, own, effect;
  };
  for (const auto [common, own, effect] :
       {Case{0.033, 0.003, 0.2}, Case{0.033, 0.003, 0.1}, Case{0.033, 0.003, 0.07},
        Case{0.0168, 0.0097, 0.07}, Case{0.01, 0.03, 0.1}, Case{0, 0.03, 0.1}}) {
    const auto boots = needed(common, own, effect);
    EXPECT_GE(shown_share(boots, common, own, effect), 0.86) << common << ' ' << effect;
    EXPECT_LT(shown_share(boots - 1, common, own, effect), 0.95) << common << ' ' << effect;
  }
}

TEST(Plan, WhatAPassDoesToAllCellsCancels) {
  const auto needed = [](const char* context, double common) {
    return value_of(make_plan(measured(context, common), {.metric = "real_time", .effect = 0.05}))
        .passes_needed.most;
  };
  const char* ours = R"("schema":"zpbench-1")";
  EXPECT_EQ(needed(ours, 0), 3U);
  EXPECT_EQ(needed(ours, 0.03), 3U);
  // Runs of other programs are two sides.
  const char* others = R"("num_cpus":2)";
  EXPECT_EQ(needed(others, 0), 5U);
  EXPECT_GT(needed(others, 0.03), 15U);
}

}  // namespace
}  // namespace zp::analysis
