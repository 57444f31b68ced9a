// SPDX-License-Identifier: MIT
// What is said of files that nobody here wrote is so, and nothing of them acts upon a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/compare/comparison.hpp"
#include "analysis/compare/footnotes.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/placement_table.hpp"
#include "analysis/views/render_placement_table.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

using Names = std::vector<std::string>;

// Nothing could be measured: a report says why, and no figure is missed.
TEST(Reports, OfErrorsAloneSayWhatFailed) {
  const TemporaryDirectory directory;
  const auto loaded = value_of(load_texts({file_of(error_row("BM", "boom"))}, directory));
  const auto report = value_of(make_report(loaded, {}));
  for (const auto& text :
       {render_cover(report, 75), render_markdown_report(report, 75), render_html(report, {})})
    EXPECT_THAT(text, HasSubstr("boom"));
}

Outcome<Comparison> compared_rows(const std::string& base, const std::string& other) {
  return compared({file_of(base), file_of(other)});
}

// The name is on both sides: that it isn't there would be a wrong reason.
TEST(Reasons, WhatFailedOnOneSideIsSaidToHaveFailed) {
  const auto comparison =
      error_of(compared_rows(repetitions("BM_a", 10, 5), error_row("BM_a", "boom")));
  EXPECT_THAT(comparison.message, HasSubstr("; not measured: BM_a: boom"));
  std::string many =
      error_row("BM_a", "boom") + "," + error_row("BM_b", "late") + "," + error_row("BM_c", "boom");
  EXPECT_THAT(error_of(compared_rows(many, error_row("BM_a", "boom"))).message,
              HasSubstr("; not measured: BM_a (and 1 more): boom; BM_b: late"));
  for (const char* why : {"x", "y", "z"}) many += "," + error_row("BM_d", why);
  EXPECT_THAT(error_of(compared_rows(repetitions("BM", 10, 5), many)).message,
              HasSubstr("BM_b: late; BM_d: x; 2 more reasons"));
}

TEST(Reasons, WhatFailedInSomeRepetitionsIsNotSaidToBeUnmeasured) {
  const auto comparison =
      value_of(compared_rows(repetitions("BM_a", 10, 5) + "," + error_row("BM_b", "never"),
                             repetitions("BM_a", 10, 4) + "," + error_row("BM_a", "late")));
  ASSERT_EQ(comparison.errors.size(), 2U);
  const auto text = footnotes(comparison, 75);
  EXPECT_THAT(text, HasSubstr("BM_b: never"));
  EXPECT_THAT(text, HasSubstr("BM_a: some repetitions: late"));
}

// A debug build, another host or clock: what makes most of a change must not go without a word.
TEST(Statements, WhatDiffersBetweenTheSidesIsNoted) {
  const auto noted = [](const std::string& base, const std::string& other) {
    const auto loaded = load_texts(
        {file_of(repetitions("BM", 10, 5), base), file_of(repetitions("BM", 30, 5), other)});
    const auto comparison = value_of(compare(loaded->sides, {.emulated_times = true}));
    std::string fields;
    for (const auto& difference : comparison.differences.known_notes())
      fields += difference.field + "=" + difference.base + "," + difference.other + " ";
    return fields;
  };
  EXPECT_EQ(noted(R"("host_name":"a","library_build_type":"release","mhz_per_cpu":3000,)"
                  R"("cpu_scaling_enabled":false)",
                  R"("host_name":"b","library_build_type":"debug","mhz_per_cpu":1000,)"
                  R"("cpu_scaling_enabled":true)"),
            "cpu_scaling_enabled=false,true host_name=a,b library_build_type=release,debug "
            "mhz_per_cpu=3000,1000 ");
  EXPECT_EQ(noted(R"("mhz_per_cpu":3000)", R"("mhz_per_cpu":2950)"), "");
  // zpbench's own have host, cpu.governor and build.type.
  EXPECT_EQ(noted(R"("schema":"zpbench-1","host":"a","host_name":"a")",
                  R"("schema":"zpbench-1","host":"b","host_name":"b")"),
            "host=a,b ");
  // What the probe measured says more than what may be the nominal clock; turbo moves it.
  const auto clocks = [](const char* mhz, const char* probe, const char* more = "") {
    return fmt::format(R"("schema":"zpbench-1","mhz_per_cpu":{}{}{})", mhz, probe, more);
  };
  EXPECT_EQ(
      noted(clocks("2596", R"(,"probe.ghz":"4.24")"), clocks("1200", R"(,"probe.ghz":"2.10")")),
      "probe.ghz=4.24,2.10 ");
  EXPECT_EQ(
      noted(clocks("2596", R"(,"probe.ghz":"2.77")"), clocks("1200", R"(,"probe.ghz":"2.52")")),
      "");
  EXPECT_EQ(noted(clocks("2596", R"(,"probe.ghz":"4.24")"), clocks("1200", "")),
            "mhz_per_cpu=2596,1200 ");
  const char* const emulated = R"(,"machine.emulated":"true")";
  EXPECT_EQ(noted(clocks("496", "", emulated), clocks("1303", "", emulated)), "");
  EXPECT_EQ(noted(clocks("1", "", R"(,"cpu_scaling_enabled":false)"),
                  clocks("1", "", R"(,"cpu_scaling_enabled":true)")),
            "cpu_scaling_enabled=false,true ");
}

// ESC, BEL, DEL, a C1 control, marks that turn text, a byte that is not UTF-8.
const std::string kHostileText = "a\x1b[31m\x07\x7f\xc2\x9b\xe2\x80\xae\xff\n b\tc";

TEST(Terminal, NothingActsUponIt) {
  EXPECT_EQ(visible_text(kHostileText, LineEnds::kEscape),
            "a\\x1b[31m\\x07\\x7f\\xc2\\x9b\\xe2\\x80\\xae\\xff\\x0a b\\x09c");
  EXPECT_EQ(visible_text("a\nb", LineEnds::kKeep), "a\nb");
  EXPECT_EQ(visible_text("\xc2\xb5s \xe4\xb8\xad", LineEnds::kEscape), "\xc2\xb5s \xe4\xb8\xad");
  EXPECT_EQ(csv_field(kHostileText).find_first_of("\x1b\x07\n\xff"), std::string::npos);
  EXPECT_EQ(csv_field(std::string_view("a\0b", 3)), "a\\x00b");
  TextTable table;
  table.add_row({kHostileText, "1"});
  EXPECT_EQ(table.text(), "  " + printable(kHostileText) + "  1\n");
}

TEST(Labels, LongNamesStayWholeWhateverTheWidth) {
  std::string base, other;
  for (int i = 0; i < 40; ++i) {
    const auto name = fmt::format(
        "ElementLoop_Measurement<std::vector<double>, {}, true>/count:{}/"
        "manual_time_of_something_with_a_long_name",
        i, 1024);
    base += (i == 0 ? "" : ",") + repetitions(name, 100, 6);
    other += (i == 0 ? "" : ",") + repetitions(name, 120, 6);
  }
  const auto comparison = value_of(compared({file_of(base), file_of(other)}));
  for (const char* format : {"commit", "pipe", "lkp", "mmtests"}) {
    const auto text = find_format(format)->render(comparison, 75);
    std::string joined;  // what folding took apart
    for (const char c : text)
      if (c != ' ' && c != '\n') joined += c;
    for (int i = 0; i < 40; ++i) {
      const auto part = fmt::format(",{},", i);
      EXPECT_TRUE(text.find(fmt::format(" {},", i)) != text.npos ||
                  joined.find(part) != joined.npos ||
                  joined.find(fmt::format("_{}_", i)) != joined.npos)  // lkp's names
          << format << ' ' << i;
    }
    EXPECT_LE(widest_line(text), 75U) << format << '\n' << text;
  }
}

TEST(Labels, StayDifferent) {
  EXPECT_EQ(distinct_labels({"short", "other"}, 16), (Names{"short", "other"}));
  EXPECT_EQ(distinct_labels({"2026-11-23T01:02:03.015742Z", "2026-11-25T01:02:03.015742Z"}, 16),
            (Names{"2026-11-23T01:..", "2026-11-25T01:.."}));
  EXPECT_EQ(distinct_labels({"2026-11-23T01:02:03.015742Z", "2026-11-23T01:02:47.015742Z"}, 16),
            (Names{"..03..", "..47.."}));
  const auto labels = distinct_labels({std::string(40, 'x') + "1" + std::string(40, 'x'),
                                       std::string(40, 'x') + "2" + std::string(40, 'x')},
                                      12);
  EXPECT_NE(labels[0], labels[1]);
  for (const auto& label : labels) EXPECT_LE(label.size(), 12U);
  EXPECT_EQ(fold("BM_x/with:a/long:name", 12), (Names{"BM_x/with:a/", "  long:name"}));
  EXPECT_EQ(fold("ksm_coloured:128", 14), (Names{"ksm_coloured:", "  128"}));
  EXPECT_EQ(fold("12345678901234", 8), (Names{"12345678", "  901234"}));
  EXPECT_EQ(fold("", 12), Names{""});
}

TEST(Lost, WarningsOfEveryPassAreInTheReport) {
  const TemporaryDirectory directory;
  for (const char* name : {"1", "2", "3", "4", "5"})
    write_file(
        directory / (std::string(name) + ".json"),
        file_of(repetitions("a", 1, 3 + *name % 7),
                fmt::format(R"("num_cpus":2,"warning.same":"x","warning.other":"{}")", name)));
  const auto loaded = value_of(load_sides({{directory.path()}}, {}));
  const auto report = value_of(make_report(loaded, {}));
  EXPECT_EQ(report.warnings, (Names{"other: 1", "other: 2", "other: 3",
                                    "other: and 2 more of other passes", "same: x"}));
}

TEST(PlacementTable, FramesThatNoMachineHasKeepTheWidth) {
  const std::string name = "read/placement:private/table:1048576/stride:";
  const auto loaded = value_of(load_texts(
      {file_of(repetitions(name + "64", 100, 1, R"(,"ns_per_read":1,"frames":-1.7e99)") + "," +
                   repetitions(name + "4096", 100, 1, R"(,"ns_per_read":1,"frames":1.7e99)"),
               R"("schema":"zpbench-1")")}));
  const auto table = placement_table(loaded.sides.front(), "ns_per_read");
  ASSERT_EQ(table.blocks.size(), 1U);
  EXPECT_EQ(table.blocks[0].rows[0].frames, "-1.7e+99..1.7e+99");
}

TEST(PlacementTable, WalksOfFewReadsAreNamed) {
  const std::string name = "read/placement:private/table:24576/stride:";
  const auto loaded = value_of(
      load_texts({file_of(repetitions(name + "64", 1, 1, R"(,"ns_per_read":1,"frames":6)") + "," +
                              repetitions(name + "4096", 1, 1, R"(,"ns_per_read":1,"frames":6)"),
                          R"("schema":"zpbench-1")")}));
  const auto& set = loaded.sides.front();
  EXPECT_THAT(render_placement_table(placement_table(set, "ns_per_read"), set, {}),
              HasSubstr("Walks of fewer than 256 reads, by stride: 4096 (6). What"));
  EXPECT_THAT(render_placement_table(placement_table(set, "frames"), set, {}),
              Not(HasSubstr("Walks of fewer")));
}

TEST(By, SaysThatNothingElseIsThere) {
  EXPECT_EQ(error_of(compared({file_of(repetitions("BM/impl:old/8", 100, 6))},
                              {.by = "impl", .by_base = "old"}))
                .message,
            "--by impl: no cell with another impl is like one of impl:old and has the figure "
            "'real_time'");
}

TEST(By, TheFirstSegmentIsAPart) {
  const auto loaded = value_of(load_texts(
      {file_of(repetitions("impl:old/8", 100, 6) + "," + repetitions("impl:new/8", 120, 6))}));
  const auto by_part = value_of(compare(loaded.sides, {.by = "impl", .by_base = "old"}));
  EXPECT_EQ(by_part.row_count(), 1U);
  EXPECT_EQ(by_part.count(Verdict::kSlower), 1U);
  const auto by_family = value_of(compare(loaded.sides, {.by = "family", .by_base = "impl:old"}));
  EXPECT_EQ(by_family.row_count(), 1U);
}

TEST(Report, SaysOfOthersOnlyWhatTheirFilesSay) {
  const TemporaryDirectory directory;
  const auto loaded = value_of(
      load_texts({file_of(repetitions("BM_x/8", 100, 6) + "," + repetitions("BM_y", 0.000001, 6),
                          R"("library_version":"v1.9.1","num_cpus":2)")},
                 directory));
  const auto report = value_of(make_report(loaded, {}));
  for (const auto& text :
       {render_cover(report, 75), render_markdown_report(report, 75), render_html(report, {})}) {
    for (const char* claim :
         {"shuffled", "counted before and after", "Reads only", "passes", "DRAM", "zpbench: "})
      EXPECT_THAT(text, Not(HasSubstr(claim))) << claim << '\n' << text;
    EXPECT_THAT(text, HasSubstr("BM_x/8"));
    EXPECT_THAT(text, HasSubstr("100"));
    EXPECT_THAT(text, HasSubstr("v1.9.1"));
  }
}

TEST(Boots, OfAnotherMachineAreRefused) {
  const Context here{{"cpu.model", "AMD EPYC"},
                     {"cpu.family", "25-17"},
                     {"host.id", "a"},
                     {"machine.virtualisation", "kvm"},
                     {"cpu.governor", "performance"}};
  std::string context;
  for (const auto& [key, value] : here)
    context += fmt::format(R"({}"{}":"{}")", context.empty() ? "" : ",", key, value);
  const auto loaded = value_of(load_texts({file_of(repetitions("BM_x", 100, 6), context)}));
  BootDeviation boots;
  boots.machine = machine_facts(here);
  EXPECT_TRUE(check_same_machine(boots, loaded.sides[0]));
  for (const auto& [key, was] : here) {
    boots.machine = machine_facts(here);
    if (boots.machine.erase(key) == 0) continue;  // the governor is no part of it
    EXPECT_TRUE(check_same_machine(boots, loaded.sides[0])) << "not known: " << key;
    boots.machine[key] = "other";
    const auto other = error_of(check_same_machine(boots, loaded.sides[0]));
    EXPECT_EQ(other.code, ExitCode::kNotComparable);
    EXPECT_EQ(other.message, fmt::format("--boot-deviation is of another machine: {} is 'other' "
                                         "and '{}'",
                                         key, was));
  }
}

TEST(Host, CpusOfOneNameAreToldApart) {
  const auto cpu = [](const char* family) {
    return cpu_text({{"cpu.model", "AMD EPYC"}, {"cpu.family", family}, {"arch", "x86_64"}});
  };
  EXPECT_EQ(cpu("25-1"), "AMD EPYC (family 25 model 1: Zen 3)");
  EXPECT_EQ(cpu("25-17"), "AMD EPYC (family 25 model 17: Zen 4)");
  EXPECT_EQ(cpu("26-2"), "AMD EPYC (family 26 model 2: Zen 5)");
  EXPECT_EQ(cpu("99-2"), "AMD EPYC (family 99 model 2)");
  EXPECT_EQ(cpu("x"), "AMD EPYC");
  EXPECT_EQ(cpu_text({{"cpu.model", "IBM/S390"}}), "IBM/S390");
}

}  // namespace
}  // namespace zp::analysis
