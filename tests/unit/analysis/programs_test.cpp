// SPDX-License-Identifier: MIT
// What programs feel, and what a placement costs beside what it gives.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/plot/plots.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/cost_table.hpp"
#include "analysis/views/family_table.hpp"
#include "analysis/views/loop_table.hpp"
#include "analysis/views/render_placement_table.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/judged_rows.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class InventedRun {
 public:
  InventedRun& add(const std::string& name, const RowFigures& figures) {
    rows_.push_back({name, figures});
    return *this;
  }
  // Three samples, of which the last is `percent` above the first.
  InventedRun& loop(const std::string& placement, const std::string& loop, double gb_per_s,
                    double percent = 1, const RowFigures& more = {}) {
    for (int i = 0; i < 3; ++i) {
      add(fmt::format("kernels/placement:{}/table:67108864/loop:{}", placement, loop), more);
      rows_.back().figures.emplace_back("bytes_per_second",
                                        gb_per_s * 1e9 * (1 + percent * (i - 1) / 200));
    }
    return *this;
  }
  InventedRun& error(const std::string& name, const std::string& reason) {
    rows_.push_back({name, {}, reason});
    return *this;
  }
  ResultSet set(std::size_t passes = 1) const { return run_of(std::vector(passes, rows_)); }

 private:
  std::vector<Row> rows_;
};

TEST(LoopTable, ProgramsByPlacement) {
  const auto set = InventedRun()
                       .add("kernels/level:L1", {{"bytes_per_second", 200e9}})
                       .loop("ksm_zero_page", "sum", 150, 1, {{"roof_share", 0.9}})
                       .loop("private", "sum", 20)
                       .loop("private", "column", 2)
                       .loop("ksm_zero_page", "column", 3)
                       .error("kernels/placement:private/table:67108864/loop:dot",
                              "skipped: zpbench was built without OpenBLAS")
                       .error("kernels/placement:ksm_zero_page/table:67108864/loop:dot",
                              "skipped: zpbench was built without OpenBLAS")
                       .set(3);
  const auto table = value_of(loop_table(set));
  EXPECT_EQ(table.placements, (std::vector<std::string>{"private", "ksm_zero_page"}));
  EXPECT_EQ(table.rows, (std::vector<std::string>{"sum", "column"}));
  EXPECT_DOUBLE_EQ(table.find("column", "ksm_zero_page")->median, 3e9);
  EXPECT_EQ(table.fewest, 9U);
  const auto text = render_loop_table(table, 75);
  EXPECT_THAT(text, HasSubstr("GB/s of a table of 64 MiB"));
  EXPECT_THAT(text, HasSubstr("sum (1 of 2 placements)"));
  EXPECT_THAT(text, HasSubstr("dot: skipped: zpbench was built without OpenBLAS"));
  EXPECT_LE(widest_line(text), 75U) << text;
  EXPECT_TRUE(family_tables(set, true).empty()) << "one table is enough";
}

// Passes of other rows say nothing of these.
TEST(LoopTable, PassesAreThoseThatHaveIt) {
  const std::string table = "/placement:private/table:67108864";
  const std::vector<Row> loops{{"kernels" + table + "/loop:sum", {{"bytes_per_second", 1e9}}}},
      reads(3, {"read" + table + "/stride:64/walk:random", {{"ns_per_read", 2}}});
  const auto set = run_of({loops, reads, reads, reads, loops});
  const auto found = value_of(loop_table(set));
  EXPECT_EQ(found.find("sum", "private")->units, 2U);
  EXPECT_THAT(render_loop_table(found, 75), HasSubstr("Fewer than 3 passes: too few to say more"));
  EXPECT_THAT(render_placement_table(placement_table(set, "ns_per_read"), set, {}),
              HasSubstr("9 repetitions in 3 passes:"));
}

TEST(LoopTable, SaysInWordsWhichProgramsCare) {
  InventedRun run;
  for (int i = 0; i < 6; ++i) {
    const auto loop = fmt::format("loop{}", i);
    run.loop("private", loop, 10).loop("read_fault", loop, 20 + i);
  }
  run.loop("private", "crc", 2).loop("read_fault", "crc", 2);
  const auto text = render_loop_table(*loop_table(run.set(3)), 300);
  EXPECT_THAT(text, HasSubstr("6 of 7 faster, 2.00 to 2.50 times (loop5 2.50, loop4 2.40, loop3"));
  EXPECT_THAT(text, HasSubstr("no difference seen: crc."));
}

std::string mixed_name(const std::string& placement, int share, const std::string& order) {
  return fmt::format("mixed/placement:{}/table:67108864/zero_share:{}/order:{}", placement, share,
                     order);
}

TEST(MixedTable, SharesByPlacementAndHowTheEffectFades) {
  InventedRun run;
  const auto figures = [](double sparse) {
    return RowFigures{{"ns_per_read_sparse", sparse}, {"ns_per_read_stream", sparse / 10}};
  };
  run.add(mixed_name("read_fault", 0, "random"), figures(40))
      .add(mixed_name("read_fault", 100, "random"), figures(4))
      .add(mixed_name("read_fault", 50, "random"), figures(30))
      .add(mixed_name("read_fault", 50, "clustered"), figures(22))
      .error(mixed_name("ksm_single", 50, "random"), "skipped: this kernel has no KSM")
      .error(mixed_name("ksm_single", 100, "random"), "skipped: this kernel has no KSM");
  const auto set = run.set(3);
  const auto table = mixed_table(set);
  EXPECT_EQ(table.rows,
            (std::vector<std::string>{"0 %", "50 % clustered", "50 % random", "100 %"}));
  const auto text = render_mixed_table(table, 300);
  EXPECT_THAT(text, HasSubstr("0.750 with 50 % of them, 0.100"));
  EXPECT_THAT(text, HasSubstr("50 % random, 100 % on ksm_single: skipped: this kernel has no KSM"));
  EXPECT_THAT(render_mixed_table(mixed_table(run.set(2)), 75), Not(HasSubstr("How does it fade")));
  EXPECT_TRUE(loop_table(set)) << "shown on the same screen";
  EXPECT_TRUE(family_tables(set, true).empty()) << "and not a second time";
}

TEST(ReadersTable, NamesTheCpusAndGathersWhatIsMissing) {
  InventedRun run;
  for (const char* placement : {"private", "ksm_single"}) {
    const auto name = fmt::format("readers/placement:{}/table:67108864/readers:", placement);
    run.add(name + "2/cpus:siblings",
            {{"slowdown", 1.5}, {"ns_per_read_cpu0", 1}, {"ns_per_read_cpu64", 1}})
        .add(name + "2/cpus:cores",
             {{"slowdown", 1.25}, {"ns_per_read_cpu0", 1}, {"ns_per_read_cpu1", 1}})
        .error(name + "4/cpus:cores", "skipped: the table's node has 2 core(s) for readers")
        .error(name + "16/cpus:cores", "skipped: the table's node has 2 core(s) for readers");
  }
  const auto text = render_readers_table(readers_table(run.set(3)), 300);
  EXPECT_THAT(text, HasSubstr("siblings (0,64)"));
  EXPECT_THAT(text, HasSubstr("4 cores, 16 cores: skipped: the table's node has 2"));
  EXPECT_THAT(text, HasSubstr("hot spot? While 2 cores (0,1) read it (ksm_single)"));
  EXPECT_EQ(render_readers_table({}, 75), "");
}

TEST(PlotPrograms, ABarForEachPlacementButPrivate) {
  const auto set = InventedRun()
                       .loop("private", "sum", 10)
                       .loop("ksm_single", "sum", 25)
                       .loop("ksm_single", "dot", 25)
                       .set();
  const auto plots = plot_programs(*loop_table(set), set);
  ASSERT_EQ(plots.size(), 1U);
  EXPECT_THAT(plots[0].setup, HasSubstr("$bars0 << EOD\n2.5 0 "));
  EXPECT_THAT(plots[0].setup, Not(HasSubstr("$bars1")));
  EXPECT_THAT(plots[0].setup, Not(HasSubstr("dot"))) << "nothing to hold it against";
  const auto none = InventedRun().loop("ksm_single", "sum", 25).set();
  EXPECT_TRUE(plot_programs(*loop_table(none), none).empty());
}

TEST(LoopTable, SaysNothingOfFewSamplesOrADisturbedRoof) {
  const auto one =
      InventedRun()
          .add("kernels/placement:ksm_default/table:4096/loop:sum", {{"bytes_per_second", 1e9}})
          .add("kernels/placement:ksm_zero_page/table:4096/loop:sum", {{"bytes_per_second", 9e9}})
          .set();
  const auto few = render_loop_table(*loop_table(one), 75);
  EXPECT_THAT(few, Not(HasSubstr("The knob")));
  EXPECT_THAT(few, HasSubstr("too few to say more"));
  const auto fast = InventedRun()
                        .add("kernels/level:L1", {{"bytes_per_second", 200e9}})
                        .loop("private", "sum", 300, 1, {{"roof_share", 1.5}})
                        .set(3);
  EXPECT_THAT(render_loop_table(*loop_table(fast), 75),
              HasSubstr("since sum over private is 1.50"));
}

TEST(LoopTable, TheLargestOfSeveralTables) {
  const auto set =
      InventedRun()
          .loop("private", "sum", 20)
          .add("kernels/placement:private/table:4096/loop:sum", {{"bytes_per_second", 200e9}})
          .set();
  const auto table = value_of(loop_table(set));
  EXPECT_EQ(table.table_bytes, "67108864");
  EXPECT_THAT(render_loop_table(table, 75),
              HasSubstr("table of 4 KiB: measured as well; --filter 'table:4096/' shows it"));
  EXPECT_DOUBLE_EQ(table.find("sum", "private")->median, 20e9);
  EXPECT_FALSE(loop_table(InventedRun().add("cow/placement:private", {{"x", 1}}).set()));
}

TEST(CostTable, OneLinePerPlacement) {
  const std::string read = "read/placement:ksm_zero_page/table:67108864/stride:";
  InventedRun run;
  run.add("metadata/placement:ksm_zero_page/table:268435456",
          {{"free_change_bytes_per_page", 4032},
           {"rmap_items_per_page", 1},
           {"computed_rmap_bytes_per_page", 64},
           {"computed_stable_node_bytes_per_page", 0.5}})
      .add("scan/contents:zero:100/use_zero_pages:1/mode:plain/table:67108864",
           {{"first_cpu_ns_per_page", 300}, {"second_cpu_ns_per_page", 700}})
      .add("scan/contents:zero:100/use_zero_pages:0/mode:plain/table:67108864",
           {{"first_cpu_ns_per_page", 300}, {"second_cpu_ns_per_page", 900}})
      .add("cow/placement:ksm_zero_page/table:268435456", {{"ns_per_page", 800}})
      .add("cow/placement:private/table:268435456", {{"ns_per_page", 5}})
      .add(read + "4096/walk:sequential/offset:fixed/threads:1", {{"ns_per_read", 2.5}})
      .add(read + "4096/walk:sequential/offset:rotated/threads:1", {{"ns_per_read", 99}})
      .add(read + "64/walk:sequential/threads:1", {{"ns_per_read", 0.5}})
      .add(read + "64/walk:random/threads:1", {{"ns_per_read", 99}});
  const auto set = run.set();
  const auto table = cost_table(set, true, loop_table(set));
  const auto& rows = table.rows;
  ASSERT_EQ(rows.size(), 1U) << "private has one figure, and nothing beside it";
  EXPECT_EQ(rows[0].placement, "ksm_zero_page");
  EXPECT_EQ(rows[0].freed_bytes, 4032);
  EXPECT_EQ(rows[0].record_bytes, 64.5);
  EXPECT_EQ(rows[0].ksmd_cpu_ns, 1000);
  EXPECT_EQ(rows[0].first_write_ns, 800);
  EXPECT_EQ(rows[0].line_read_ns, 0.5);
  EXPECT_EQ(rows[0].page_read_ns, 2.5);
  EXPECT_THAT(render_cost_table(table, 75), HasSubstr("ksm_zero_page"));
  EXPECT_EQ(table.sizes, "") << "of each family one";
  const auto emulated = cost_table(set, false, std::nullopt).rows;
  ASSERT_EQ(emulated.size(), 1U);
  EXPECT_FALSE(emulated[0].first_write_ns || emulated[0].ksmd_cpu_ns || emulated[0].line_read_ns);
  EXPECT_EQ(emulated[0].rmap_items, 1);
  EXPECT_EQ(render_cost_table({}, 75), "");
}

// The table of costs and the claims take the same, and say which.
TEST(CostTable, OfSeveralTableSizesTheLargest) {
  InventedRun run;
  for (const auto& [table, ns] : {std::pair("67108864", 500), std::pair("268435456", 800)})
    run.add(fmt::format("cow/placement:ksm_zero_page/table:{}", table), {{"ns_per_page", ns}})
        .add(fmt::format("cow/placement:ksm_default/table:{}", table), {{"ns_per_page", 200}})
        .add(fmt::format("metadata/placement:ksm_zero_page/table:{}", table),
             {{"rmap_items_per_page", 1}});
  run.add("cow/placement:ksm_single/table:67108864", {{"ns_per_page", 3}})
      .add("metadata/placement:ksm_single/table:67108864", {{"rmap_items_per_page", 1}});
  const std::string read = "/stride:4096/walk:sequential/offset:fixed/threads:1";
  run.add("read/placement:ksm_zero_page/table:1073741824" + read, {{"ns_per_read", 9}})
      .add("read/placement:ksm_zero_page/table:67108864" + read, {{"ns_per_read", 2}})
      .add("read/placement:ksm_default/table:67108864" + read, {{"ns_per_read", 2}});
  const auto set = run.set(3);
  const auto table = cost_table(set, true, std::nullopt);
  ASSERT_EQ(table.rows.size(), 1U) << "no figure of a smaller table beside one of a larger";
  EXPECT_EQ(table.rows[0].placement, "ksm_zero_page");
  EXPECT_EQ(table.rows[0].first_write_ns, 800);
  EXPECT_EQ(table.rows[0].page_read_ns, 9);
  EXPECT_EQ(table.sizes, "cow 256 MiB, metadata 256 MiB, read 1 GiB");
  EXPECT_THAT(render_cost_table(table, 300),
              HasSubstr("of tables of several sizes the largest: cow 256 MiB, metadata 256 MiB"));
  const std::vector<FamilyRun> judged{of_largest_tables(family_run(set))};
  EXPECT_THAT(claim("cow").judge(judged[0]).sentence,
              AllOf(HasSubstr("800 on the zero page"), HasSubstr("4.00 times")));
  EXPECT_THAT(render_claims(judged),
              HasSubstr("; of tables of several sizes the largest: cow 256"));
}

TEST(CostTable, SpeedsOfLoopsWhereNoReadsWereMeasured) {
  const auto set = InventedRun()
                       .add("cow/placement:ksm_single/table:67108864", {{"ns_per_page", 800}})
                       .loop("ksm_single", "sum", 90)
                       .loop("ksm_single", "gather", 2)
                       .set();
  const auto table = cost_table(set, true, loop_table(set));
  const auto& rows = table.rows;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_DOUBLE_EQ(*rows[0].sum_speed, 90e9);
  const auto text = render_cost_table(table, 75);
  EXPECT_THAT(text, HasSubstr("gather"));
  EXPECT_THAT(text, HasSubstr("90.0"));
  EXPECT_THAT(text, HasSubstr("2.00"));
}

}  // namespace
}  // namespace zp::analysis
