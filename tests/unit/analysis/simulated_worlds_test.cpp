// SPDX-License-Identifier: MIT
// What comparisons of whole runs promise, tried on invented worlds with known truth: draws of
// frames, boots, hosts. Seeds are fixed: a failure is a change of the code, never bad luck.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "analysis/compare/verdict.hpp"
#include "analysis/stats/holm.hpp"
#include "analysis/stats/moderated.hpp"
#include "analysis/views/paired.hpp"
#include "tests/generator/sample_run.hpp"

namespace zp::analysis {
namespace {

using test::Noise;

// A run as it is: frames are drawn per pass, a boot places memory anew, repetitions follow one
// another, and cells differ in noise.
struct World {
  const char* name;
  std::size_t units = 3;
  double draw = 0;    // of half of the cells, per pass
  double boot = 0;    // per cell and boot
  double common = 0;  // per boot, of all cells alike
  double follow = 0;  // AR(1) of repetitions
  double noise = 0.01;
  double noise_of_new = 0.01;
  bool skewed = false;
  bool boots = false;  // the unit is a boot of three passes, else a pass
};

constexpr std::size_t kCells = 68;

double repetitions_median(Noise& random, const World& world, double noise) {
  std::vector<double> values;
  double state = random.normal();
  for (int r = 0; r < 3; ++r) {
    values.push_back(noise * (world.skewed ? -std::log(random.uniform()) - 1 : state));
    state = world.follow * state + std::sqrt(1 - world.follow * world.follow) * random.normal();
  }
  return median(std::move(values));
}

std::vector<UnitValues> side_of(Noise& random, const World& world, double noise) {
  std::vector<UnitValues> cells(kCells);
  for (std::size_t unit = 0; unit < world.units; ++unit) {
    const double common = world.common * random.normal();
    for (std::size_t c = 0; c < kCells; ++c) {
      const double boot = world.boot * random.normal();
      std::vector<double> passes;
      for (int pass = 0; pass < (world.boots ? 3 : 1); ++pass) {
        const double draw = c % 2 == 1 ? world.draw * random.normal() : 0;
        const double of_cell = noise * (0.5 + 0.25 * static_cast<double>(c % 4));
        passes.push_back(draw + repetitions_median(random, world, of_cell));
      }
      cells[c].push_back(common + boot + median(std::move(passes)));
    }
  }
  return cells;
}

// A table of the two sides with `shift` on the new one: its changes.
std::vector<Change> table_of(const ModeratedSide& base, const ModeratedSide& other, double shift) {
  const VerdictRules rules{.min_n = kLeastUnits};
  std::vector<Change> changes(kCells);
  std::vector<double> p;
  for (std::size_t c = 0; c < kCells; ++c) {
    std::vector<Variance> terms;
    append_terms(base, c, terms);
    append_terms(other, c, terms);
    const auto test = t_test(other.cells[c].mean - base.cells[c].mean + std::log(shift), terms);
    auto& change = changes[c];
    change.base_n = change.new_n = base.cells[c].n;
    change.ratio =
        RatioEstimate{1, {std::exp(test.interval.low), std::exp(test.interval.high)}, 0.95};
    p.push_back(change.p = test.p);
  }
  const auto adjusted = holm(p);
  for (std::size_t c = 0; c < kCells; ++c) {
    changes[c].p_holm = adjusted[c];
    decide(changes[c], Better::kLower, rules);
  }
  return changes;
}

struct Seen {
  int tables = 0, false_tables = 0;
  double covered = 0, found = 0, wrong_same = 0;  // shares of cells

  double share(double sum) const { return sum / tables / static_cast<double>(kCells); }
};

Seen try_world(const World& world, double shift, int tables, std::uint64_t seed) {
  Noise random(seed);
  Seen seen;
  seen.tables = tables;
  for (int i = 0; i < tables; ++i) {
    const auto base = moderate(side_of(random, world, world.noise));
    const auto other = moderate(side_of(random, world, world.noise_of_new));
    const auto same = table_of(base, other, 1);
    bool alarm = false;
    for (const auto& change : same) {
      alarm = alarm || change.verdict == Verdict::kFaster || change.verdict == Verdict::kSlower;
      seen.covered += change.ratio->interval.low <= 1 && change.ratio->interval.high >= 1 ? 1 : 0;
    }
    seen.false_tables += alarm ? 1 : 0;
    if (shift == 1) continue;
    for (const auto& change : table_of(base, other, shift)) {
      seen.found += change.verdict == Verdict::kSlower ? 1 : 0;
      seen.wrong_same += change.verdict == Verdict::kSame ? 1 : 0;
    }
  }
  return seen;
}

// At most 1 % over the worlds of one kind; of each one no more than chance allows (two standard
// errors). Intervals cover 93 to 97 %.
void expect_honest(std::span<const World> worlds, int tables) {
  int all = 0, alarms = 0;
  std::uint64_t seed = 100;
  for (const auto& world : worlds) {
    const auto seen = try_world(world, 1, tables, ++seed);
    const double covered = seen.share(seen.covered);
    std::printf("%s, %zu units, draw %g boot %g: false tables %d of %d, intervals cover %.3f\n",
                world.name, world.units, world.draw, world.boot, seen.false_tables, tables,
                covered);
    EXPECT_GE(covered, 0.93) << world.name << " " << world.units;
    // What is common to a table's cells makes them err together: a standard error of 1 %.
    EXPECT_LE(covered, world.common > 0 ? 0.98 : 0.97) << world.name << " " << world.units;
    EXPECT_LE(seen.false_tables, 0.01 * tables + 2 * std::sqrt(0.01 * tables))
        << world.name << " " << world.units;
    all += tables;
    alarms += seen.false_tables;
  }
  EXPECT_LE(alarms, all / 100);
}

TEST(Simulation, DrawsOfFramesAreNoChange) {
  std::vector<World> worlds;
  for (const std::size_t units : {3U, 6U, 12U})
    for (const double draw : {0.0, 0.03, 0.2})
      worlds.push_back({.name = "draw", .units = units, .draw = draw, .follow = 0.8});
  expect_honest(worlds, 150);
}

TEST(Simulation, BootsAreNoChange) {
  std::vector<World> worlds;
  for (const std::size_t units : {3U, 5U, 12U})
    for (const double boot : {0.0, 0.01, 0.03})
      worlds.push_back(
          {.name = "boot", .units = units, .boot = boot, .follow = 0.5, .boots = true});
  worlds.push_back({.name = "common", .units = 4, .boot = 0.01, .common = 0.03, .boots = true});
  expect_honest(worlds, 150);
}

TEST(Simulation, SkewedAndUnequalNoiseAreNoChange) {
  std::vector<World> worlds;
  for (const std::size_t units : {3U, 6U, 9U}) {
    worlds.push_back(
        {.name = "skewed", .units = units, .noise = 0.02, .noise_of_new = 0.02, .skewed = true});
    worlds.push_back({.name = "unequal", .units = units, .draw = 0.03, .noise_of_new = 0.05});
  }
  expect_honest(worlds, 150);
}

// The knob table: two placements paired by pass, rows that differ in noise as theirs do (0.3 % for
// a small table, 60 % where a large one draws its frames).
TEST(Simulation, TheKnobTableShowsNoChangeWhereThereIsNone) {
  constexpr std::size_t kRows = 30;
  constexpr int kTables = 300;
  int all = 0, alarms = 0;
  for (const std::size_t passes : {3U, 5U, 9U}) {
    Noise random(40 + passes);
    int sure = 0, probable = 0;
    double covered = 0;
    for (int i = 0; i < kTables; ++i) {
      std::vector<UnitValues> rows(kRows);
      for (std::size_t row = 0; row < kRows; ++row)
        for (std::size_t pass = 0; pass < passes; ++pass)
          rows[row].push_back(0.003 * std::pow(200.0, static_cast<double>(row) / (kRows - 1)) *
                              random.normal());
      bool any = false, any_probable = false;
      for (const auto& change : paired_changes(rows)) {
        const bool changed = change.effect == Effect::kSlower || change.effect == Effect::kFaster;
        any = any || changed;
        any_probable = any_probable || changed || change.probable != Effect::kUndecided;
        covered += change.interval->low <= 1 && change.interval->high >= 1 ? 1 : 0;
      }
      sure += any ? 1 : 0;
      probable += any_probable ? 1 : 0;
    }
    covered /= kTables * static_cast<double>(kRows);
    std::printf("knob, %zu passes: beyond doubt %d, probable %d of %d, intervals cover %.3f\n",
                passes, sure, probable, kTables, covered);
    EXPECT_GE(covered, 0.93) << passes;
    EXPECT_LE(covered, 0.97) << passes;
    EXPECT_LE(sure, 0.01 * kTables + 2 * std::sqrt(0.01 * kTables)) << passes;
    EXPECT_LE(probable, kProbableAlpha * kTables + 2 * std::sqrt(kProbableAlpha * kTables))
        << passes;
    all += kTables;
    alarms += sure;
  }
  EXPECT_LE(alarms, all / 100);
}

// A fleet: hosts that differ in level and in what a kernel does to them, each its own control. The
// change is none on average over hosts.
TEST(Simulation, HostsThatDifferAreNoChange) {
  constexpr int kTables = 150;
  int all = 0, alarms = 0;
  for (const std::size_t hosts : {3U, 5U, 12U})
    for (const double common : {0.0, 0.02}) {
      Noise random(70 + hosts + static_cast<std::size_t>(1000 * common));
      int alarmed = 0;
      double covered = 0;
      for (int i = 0; i < kTables; ++i) {
        std::vector<UnitValues> differences(kCells);
        for (std::size_t host = 0; host < hosts; ++host) {
          const double in_all = common * random.normal();
          for (auto& cell : differences) {
            const double level = 0.2 * random.normal(), of_host = 0.01 * random.normal();
            const double base = level + 0.005 * random.normal();
            cell.push_back(level + in_all + of_host + 0.005 * random.normal() - base);
          }
        }
        bool any = false;
        for (const auto& change : paired_changes(differences)) {
          any = any || change.effect == Effect::kSlower || change.effect == Effect::kFaster;
          covered += change.interval->low <= 1 && change.interval->high >= 1 ? 1 : 0;
        }
        alarmed += any ? 1 : 0;
      }
      covered /= kTables * static_cast<double>(kCells);
      std::printf("%zu hosts, %g common: false tables %d of %d, intervals cover %.3f\n", hosts,
                  common, alarmed, kTables, covered);
      // What is common to a table's cells makes them err together: a standard error of 1.8 %.
      EXPECT_GE(covered, common > 0 ? 0.92 : 0.93) << hosts << " " << common;
      EXPECT_LE(covered, 0.97) << hosts << " " << common;
      all += kTables;
      alarms += alarmed;
    }
  EXPECT_LE(alarms, all / 100);
}

TEST(Simulation, ThreePassesFindTenPercentAndFiveBootsToo) {
  const World passes{.name = "passes", .units = 3, .follow = 0.5};
  const auto ten = try_world(passes, 1.1, 60, 7);
  const auto five = try_world(passes, 1.05, 60, 8);
  std::printf("3 passes: +10 %% found in %.3f, +5 %% in %.3f\n", ten.share(ten.found),
              five.share(five.found));
  EXPECT_GE(ten.share(ten.found), 0.97);
  EXPECT_GE(five.share(five.found), 0.97);
  EXPECT_EQ(five.wrong_same, 0);
  const World boots{.name = "boots",
                    .units = 5,
                    .boot = 0.03,
                    .noise = 0.005,
                    .noise_of_new = 0.005,
                    .boots = true};
  const auto found = try_world(boots, 1.1, 60, 9);
  std::printf("5 boots, deviation 3 %%: +10 %% found in %.3f\n", found.share(found.found));
  EXPECT_GE(found.share(found.found), 0.95);
  EXPECT_EQ(found.wrong_same, 0);
}

}  // namespace
}  // namespace zp::analysis
