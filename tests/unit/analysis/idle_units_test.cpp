// SPDX-License-Identifier: MIT
// Files that hold nothing of what is looked at change nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "analysis/atlas/atlas.hpp"
#include "analysis/compare/boots.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/units.hpp"
#include "analysis/plan/plan.hpp"
#include "analysis/stats/moderated.hpp"
#include "analysis/views/knob_table.hpp"
#include "analysis/views/paired.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "tests/unit/analysis/compare_fixture.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

class IdleUnits : public CompareTest {
 protected:
  // The same and a run of the matrix programs, of that boot and host.
  static ResultSet with_programs(const ResultSet& set, const std::string& boot,
                                 const std::string& host = "") {
    auto runs = set.runs();
    auto file = value_of(parse_result_text(
        test::file_of(test::repetitions("kernels/loop:sum", 5, 3, R"(,"ns_per_element":7)")),
        boot));
    file.context = set.context();
    file.context["boot.id"] = boot;
    if (!host.empty()) file.context["host.id"] = host;
    runs.push_back({boot, std::nullopt, {std::move(file)}});
    return ResultSet(std::move(runs));
  }
};

TEST(IdleUnit, IsNoneOfTheModeratedTable) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const std::vector<UnitValues> cells{{1.0, 1.2, 1.1, 1.4},
                                      {2.0, 2.3, 2.1, 2.2},
                                      {3.0, 3.1, 3.2, 3.4},
                                      {4.1, 4.4, 4.0, 4.3},
                                      {5.0, none, 5.2, 5.4}};
  auto wider = cells;
  for (auto& cell : wider) cell.insert(cell.begin() + 1, none);
  const auto own = moderate(cells), same = moderate(wider);
  EXPECT_GT(own.common.value, 0);
  EXPECT_EQ(same.common.value, own.common.value);
  EXPECT_EQ(same.prior.df, own.prior.df);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    EXPECT_EQ(same.cells[c].n, own.cells[c].n);
    EXPECT_EQ(same.cells[c].own.value, own.cells[c].own.value);
  }
  // A cell that only that unit has is a cell without a variance.
  auto more = wider;
  more.push_back({none, 7.0, none, none, none});
  const auto with_one = moderate(more);
  EXPECT_EQ(with_one.common.value, own.common.value);
  EXPECT_EQ(with_one.cells[0].own.value, own.cells[0].own.value);
  EXPECT_EQ(with_one.cells[5].n, 1U);
  EXPECT_EQ(with_one.cells[5].mean, 7);
  const std::vector<UnitValues> nothing{{none, none}, {none, none}};
  EXPECT_EQ(moderate(nothing).cells.front().n, 0U);
}

TEST_F(IdleUnits, ABootWithoutTheRowsIsNoBootOfAComparison) {
  std::vector<ResultSet> sides = load({add_boots({.seed = 10, .boot_noise = 0.03}, "a", 4),
                                       add_boots({.seed = 20, .boot_noise = 0.03}, "b", 4)});
  const auto own = value_of(compare(sides, {}));
  std::vector<ResultSet> more;
  more.push_back(with_programs(sides[0], "a-programs", "another"));
  more.push_back(with_programs(sides[1], "b-programs", "another"));
  const auto same = value_of(compare(more, {}));
  EXPECT_EQ(same.units.unit, Unit::kBoot);
  EXPECT_EQ(same.units.boots, own.units.boots);
  ASSERT_EQ(same.blocks[0].rows.size(), own.blocks[0].rows.size());
  for (std::size_t i = 0; i < own.blocks[0].rows.size(); ++i) {
    const auto &is = same.blocks[0].rows[i].changes[0], &was = own.blocks[0].rows[i].changes[0];
    EXPECT_EQ(is.p_holm, was.p_holm);
    EXPECT_EQ(is.ratio->interval.low, was.ratio->interval.low);
  }
  const auto boots = value_of(measure_boots(more[0], "ns_per_read"));
  EXPECT_EQ(boots.boots, 4U);
  EXPECT_EQ(to_json(boots), to_json(value_of(measure_boots(sides[0], "ns_per_read"))));
}

TEST_F(IdleUnits, PassesOfOneBootStayTheUnitsOfTheKnobTable) {
  const auto own =
      std::move(load({{"results/reference/vm/6.18.44-fc-v657/2026-11-26T201018Z"}}).front());
  const auto more = with_programs(own, "b2");
  EXPECT_EQ(units_within(own, "ns_per_read").unit, Unit::kPass);
  EXPECT_EQ(units_within(more, "ns_per_read").unit, Unit::kPass);
  EXPECT_EQ(units_within(more, "ns_per_read").groups.front().units, own.file_count());
  const auto text = render_knob_table(knob_table(own), 75);
  EXPECT_THAT(text, testing::HasSubstr("beyond doubt"));
  EXPECT_EQ(render_knob_table(knob_table(more), 75), text);
}

TEST_F(IdleUnits, APlanNeedsNoMorePasses) {
  const auto own = std::move(load({{add({.boot = "b1", .passes = 7}, "run")}}).front());
  for (const char* boot : {"b1", "b2"}) {
    const PlanOptions options{.metric = "ns_per_read"};
    const auto plan = value_of(make_plan(own, options)),
               same = value_of(make_plan(with_programs(own, boot), options));
    EXPECT_EQ(same.passes, 7U);
    EXPECT_EQ(same.passes_needed.all, plan.passes_needed.all);
    EXPECT_EQ(same.deviations, plan.deviations);
    EXPECT_EQ(same.groups, 1U);
  }
}

// What a pass takes is more than the time until its last row starts; to measure the cells of two
// matrices takes a pass of each.
TEST_F(IdleUnits, APlanTakesItsMinutesFromTheManifest) {
  auto runs = load({{add({.boot = "b1", .passes = 4}, "quick"),
                     add({.boot = "b1", .seed = 2, .passes = 3}, "full")}})
                  .front()
                  .runs();
  const auto seconds_of = [](std::vector<analysis::Run> all) {
    return value_of(make_plan(ResultSet(std::move(all)), {.metric = "ns_per_read"})).pass_seconds;
  };
  for (auto& run : runs)
    for (auto& pass : run.manifest->passes) pass.seconds = 0;
  const double rows = seconds_of({runs[0]});
  EXPECT_GT(rows, 0);
  for (auto& pass : runs[0].manifest->passes) pass.seconds = 71;
  runs[0].manifest->passes.front().seconds = 90;
  EXPECT_EQ(seconds_of({runs[0]}), 71);
  for (auto& pass : runs[1].manifest->passes) pass.seconds = 600;
  EXPECT_EQ(seconds_of(runs), 90);  // the fourth of seven
  for (auto& pass : runs[1].manifest->passes) pass.seconds = 1e308;
  EXPECT_EQ(seconds_of({runs[1]}), 0);
  for (auto& pass : runs[1].manifest->passes) pass.seconds = 600;
  for (auto& file : runs[1].files) file.context["matrix"] = "full";
  EXPECT_EQ(seconds_of(runs), 671);
  EXPECT_EQ(seconds_of(with_programs(ResultSet(runs), "b2").runs()), 671);
}

TEST_F(IdleUnits, TwoPassesOfASweepStayTooFewForTheAtlas) {
  const auto own = std::move(load({{add({.boot = "b1", .passes = 2}, "run")}}).front());
  const auto atlas = make_atlas(with_programs(with_programs(own, "b1"), "b1"));
  EXPECT_EQ(atlas.cpus.front().kernels.front().suffices,
            std::vector<std::string>{"not known from 2 passes"});
  // Passes of another table's sweep are none of this one's.
  const auto wide = load({{add({.boot = "b1", .passes = 1}, "small"),
                           add({.boot = "b1", .seed = 2, .tables = {1U << 30}}, "large")}});
  EXPECT_EQ(make_atlas(ResultSet(wide.front().runs())).cpus.front().kernels.front().suffices,
            std::vector<std::string>{"not known from 1 pass"});
}

TEST_F(IdleUnits, ARunWhoseBootCouldNotBeReadIsAsOneThatSaysNothingOfIt) {
  const auto first = add({.boot = "b1"}, "first");
  for (const char* boot : {"", "absent: can not be read"}) {
    auto both = std::move(load({{first, add({.boot = boot, .seed = 2}, "second")}}).front());
    EXPECT_EQ(make_atlas(std::move(both)).cpus.front().kernels.front().times_of,
              "Times are those of 1 run: 1 more records no boot.")
        << boot;
  }
}

TEST_F(IdleUnits, AnotherHostWithoutTheRowsIsNoneOfTheBoots) {
  const auto own = std::move(load({add_boots({.host = 1, .seed = 10}, "a", 4)}).front());
  EXPECT_EQ(to_json(value_of(measure_boots(with_programs(own, "b", "another"), "ns_per_read"))),
            to_json(value_of(measure_boots(own, "ns_per_read"))));
}

}  // namespace
}  // namespace zp::analysis
