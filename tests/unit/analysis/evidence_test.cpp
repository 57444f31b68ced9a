// SPDX-License-Identifier: MIT
// What a figure's evidence lacks stands beside it: a census, an undisturbed repetition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/atlas/atlas.hpp"
#include "analysis/claims/claims.hpp"
#include "analysis/claims/judges.hpp"
#include "analysis/compare/comparability.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/compare/wording.hpp"
#include "analysis/formats/formats.hpp"
#include "analysis/load/load.hpp"
#include "analysis/rows/family_rows.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kMachine =
    R"("schema":"zpbench-1","cpu.model":"CPU 1","kernel.release":"6.1","arch":"x86_64")";

// Five repetitions of a read, in a file of this boot or context.
std::string read_file_of(const std::string& label, double time = 100, const std::string& more = "",
                         const std::string& placement = "ksm_single") {
  const auto field = label.empty() ? std::string() : R"(,"label":")" + label + '"';
  return file_of(repetitions("read/placement:" + placement + "/stride:64", time, 5, field),
                 kMachine + more);
}

TEST(Unproven, AWeakCensusAndNoneAreCountedAndAStrongOneIsNot) {
  const auto of = [](const std::vector<std::string>& texts) {
    return unproven_in(set_of_texts(texts));
  };
  EXPECT_EQ(of({read_file_of("census: strong")}), "");
  EXPECT_EQ(of({read_file_of("census: weak; disturbed")}),
            "census: weak: the frames themselves were not seen");
  EXPECT_EQ(of({read_file_of("")}), "no census: the placement was not proven");
  // One repetition without is one too many.
  EXPECT_EQ(of({read_file_of("census: strong"), read_file_of("", 200)}),
            "no census: the placement was not proven");
  EXPECT_EQ(of({read_file_of("census: strong"), read_file_of("census: weak", 1, "", "private"),
                read_file_of("; disturbed", 2, "", "read_fault")}),
            "census: weak in 1 of 3 cells: the frames themselves were not seen; no census in 1 of "
            "3 cells: the placement was not proven");
  // Families count pages themselves; another program's words are its own.
  EXPECT_EQ(of({file_of(repetitions("scan/way:ksm", 1, 2), kMachine)}), "");
  EXPECT_EQ(of({file_of(repetitions("read/a", 1, 2, R"(,"label":"census: weak")"))}), "");
}

TEST(Unproven, IsSaidWhereverFiguresAreKept) {
  constexpr const char* kSaid = "the frames themselves were not seen";
  const auto weak = read_file_of("census: weak"), later = read_file_of("census: weak", 130);
  const auto sides = value_of(load_texts({weak, later})).sides;
  const auto comparison = value_of(compare(sides, {}));
  const auto proven =
      value_of(load_texts({read_file_of("census: strong"), read_file_of("census: strong", 130)}));
  const auto of_proven = value_of(compare(proven.sides, {}));
  for (const auto& format : formats()) {
    const std::string_view name = format.name;
    EXPECT_THAT(format.render(of_proven, 1000), Not(HasSubstr(kSaid))) << name;
    const bool has_lines = name != "csv" && name != "lava";  // else only stderr says it
    if (has_lines) {
      EXPECT_THAT(format.render(comparison, 1000), HasSubstr(kSaid)) << name;
    }
  }
  const std::vector<FamilyRun> runs{family_run(sides.front())};
  EXPECT_THAT(render_claims(runs), HasSubstr(kSaid));
  for (const auto& page : render_atlas(make_atlas(set_of_texts({weak}))))
    EXPECT_THAT(page.html, HasSubstr(kSaid)) << page.file;
}

// Three boots of one cell.
ResultSet boots_of_cell(double time, const std::vector<const char*>& labels) {
  std::vector<std::string> texts;
  for (const char* label : labels) {
    const auto boot = fmt::format(R"(,"boot.id":"{}-{}")", time, texts.size());
    texts.push_back(read_file_of(label, time + 0.1 * static_cast<double>(texts.size()), boot));
  }
  return set_of_texts(texts);
}

TEST(Disturbed, TimesAloneGetNoVerdict) {
  constexpr const char* kFree = "census: strong";
  constexpr const char* kMarked = "census: strong; disturbed";
  const auto compared = [&](const std::vector<const char*>& base,
                            const std::vector<const char*>& other, const char* metric = "") {
    std::vector<ResultSet> sides;
    sides.push_back(boots_of_cell(100, base));
    sides.push_back(boots_of_cell(120, other));
    return value_of(compare(sides, {.metric = metric}));
  };
  const std::vector<const char*> free{kFree, kFree, kFree}, marked{kMarked, kMarked, kMarked};
  const auto change_of = [](const Comparison& comparison) {
    return comparison.blocks.front().rows.front().changes.front();
  };
  for (const auto& clear : {compared(free, free), compared(free, {kMarked, kFree, kFree})}) {
    EXPECT_EQ(change_of(clear).verdict, Verdict::kSlower);
    EXPECT_EQ(bisect_answer(change_of(clear), Better::kLower, clear.rules), BisectAnswer::kBad);
  }
  // Boots of five repetitions each.
  const auto two = compared(free, {kMarked, kMarked, kFree});
  EXPECT_THAT(disturbed_text(two), HasSubstr("repetitions (10 of 15), which"));
  EXPECT_THAT(disturbed_text(compared(marked, marked)), HasSubstr("repetitions (15 of 15), which"));
  for (const auto& doubtful : {compared(free, marked), compared(marked, free), two}) {
    const auto change = change_of(doubtful);
    EXPECT_EQ(change.verdict, Verdict::kUndecided);
    EXPECT_EQ(change.shown, Verdict::kSlower);
    EXPECT_EQ(bisect_answer(change, Better::kLower, doubtful.rules), BisectAnswer::kSkip);
    for (const auto& format : formats()) {
      const std::string_view name = format.name;
      const char* said = name == "csv"    ? "undecided,boot,,disturbed\n"
                         : name == "json" ? R"("doubt": "disturbed")"
                         : name == "lava"
                             ? " unknown "
                             : "ndecided: 1 change rests on a side of mostly disturbed ";
      EXPECT_THAT(format.render(doubtful, 1000), HasSubstr(said)) << name;
    }
    EXPECT_THAT(find_format("md")->render(doubtful, 75), HasSubstr(R"(% \[d\])"));
    for (const char* marking : {"commit", "ktap", "fastpath", "lkp", "pipe"})
      EXPECT_THAT(find_format(marking)->render(doubtful, 75), HasSubstr("% [d]")) << marking;
  }
  // Where nothing differs they don't show that either.
  std::vector<ResultSet> alike;
  alike.push_back(boots_of_cell(100, free));
  alike.push_back(boots_of_cell(100.01, marked));
  EXPECT_EQ(change_text(change_of(value_of(compare(alike, {})))), "~ [d]");
}

// Hosts a, b and c, whose labels are these, and four that only this side has.
ResultSet hosts_of_cell(double time, const char* shared, const char* own = nullptr) {
  std::vector<std::string> texts;
  for (const char host : std::string(own == nullptr ? "abc" : "abcdefg"))
    texts.push_back(read_file_of(host < 'd' ? shared : own,
                                 time + 0.1 * static_cast<double>(texts.size()),
                                 fmt::format(R"(,"host.id":"{}")", host)));
  return set_of_texts(texts);
}

// Boots of a read with the knob off and on, five repetitions each; `alone`: with it on only.
// `without_time`: six more repetitions, disturbed.
ResultSet knob_boots(const std::vector<const char*>& labels_on,
                     const std::vector<const char*>& alone = {}, bool without_time = false) {
  auto labels = labels_on;
  labels.insert(labels.end(), alone.begin(), alone.end());
  std::vector<std::string> texts;
  for (const char* label : labels) {
    const auto rows = [&](const char* placement, double ns, const char* said) {
      const auto name = fmt::format(
          "read/placement:{}/table:67108864/stride:64/walk:random/offset:fixed/threads:1",
          placement);
      return repetitions(name, 1, 5,
                         fmt::format(R"(,"ns_per_read":{},"label":"{}")",
                                     ns + 0.001 * static_cast<double>(texts.size()), said)) +
             (without_time ? "," + repetitions(name, 1, 6, R"(,"label":"; disturbed")") : "");
    };
    const auto off =
        texts.size() < labels_on.size() ? rows("ksm_default", 2, "census: strong") + "," : "";
    texts.push_back(file_of(off + rows("ksm_zero_page", 3, label),
                            kMachine + fmt::format(R"(,"boot.id":"{}")", texts.size())));
  }
  return set_of_texts(texts);
}

// The same rule where placements are compared within a pass.
TEST(Disturbed, PairedChangesGetNoVerdictEither) {
  constexpr const char* kFree = "census: strong";
  constexpr const char* kMarked = "census: strong; disturbed";
  const auto free = knob_boots({kMarked, kFree, kFree});
  EXPECT_EQ(knob_table(free).count(Effect::kSlower), 1U);
  EXPECT_EQ(read_changes(family_run(free), "ksm_default", "ksm_zero_page").slower.size(), 1U);
  const auto disturbed = knob_boots({kMarked, kMarked, kFree});
  const auto table = knob_table(disturbed);
  EXPECT_EQ(table.count(Effect::kUndecided), 1U);
  EXPECT_EQ(table.count(Effect::kSlower, &PairedChange::probable), 0U);
  EXPECT_NEAR(table.blocks[0].rows[0].change.ratio, 1.5, 0.001);
  EXPECT_EQ(table.blocks[0].rows[0].change.disturbed.count, 10U);
  EXPECT_THAT(
      render_knob_table(table, 1000),
      AllOf(HasSubstr("1 undecided (1 of mostly disturbed repetitions)."), HasSubstr("% d "),
            HasSubstr("d: most repetitions of one side were disturbed"), Not(HasSubstr("!"))));
  EXPECT_THAT(render_knob_markdown(table), HasSubstr("undecided (disturbed)"));
  const auto changes = read_changes(family_run(disturbed), "ksm_default", "ksm_zero_page");
  EXPECT_EQ(changes.undecided, 1U);
  // What costs are held against.
  const PairedChange cost{.ratio = 3, .interval = Interval{2, 4}, .disturbed = {8, 15}};
  EXPECT_FALSE(is_above(cost, 1));
  EXPECT_FALSE(is_below(cost, 5));
  EXPECT_THAT(times(family_run(disturbed), cost), HasSubstr("mostly disturbed repetitions"));
}

TEST(Disturbed, OnlyRowsThatTheChangeIsMadeOfCount) {
  constexpr const char* kFree = "census: strong";
  constexpr const char* kMarked = "census: strong; disturbed";
  const std::vector<const char*> free(3, kFree), marked(3, kMarked), more_free(4, kFree),
      more_marked(4, kMarked);
  const auto change_of = [](std::vector<ResultSet> sides, const char* by = "") {
    const auto comparison = value_of(compare(sides, {.by = by, .by_base = "ksm_default"}));
    return comparison.blocks.front().rows.front().changes.front();
  };
  const auto hosts = [&](const char* shared, const char* own) {
    std::vector<ResultSet> sides;
    sides.push_back(hosts_of_cell(100, kFree));
    sides.push_back(hosts_of_cell(120, shared, own));
    return change_of(std::move(sides));
  };
  EXPECT_EQ(hosts(kFree, kMarked).verdict, Verdict::kSlower);
  EXPECT_EQ(hosts(kMarked, kFree).verdict, Verdict::kUndecided);
  EXPECT_EQ(hosts(kMarked, kFree).disturbed.of, 15U);
  const auto knob = [&](const std::vector<const char*>& on, const std::vector<const char*>& alone,
                        bool without_time = false) {
    std::vector<ResultSet> sides;
    sides.push_back(knob_boots(on, alone, without_time));
    const bool slower = knob_table(sides[0]).count(Effect::kSlower) == 1;
    EXPECT_EQ(read_changes(family_run(sides[0]), "ksm_default", "ksm_zero_page").slower.size(),
              slower ? 1U : 0U);
    EXPECT_EQ(change_of(std::move(sides), "placement").verdict,
              slower ? Verdict::kSlower : Verdict::kUndecided);
    return slower;
  };
  EXPECT_TRUE(knob(free, more_marked));
  EXPECT_FALSE(knob(marked, more_free));
  EXPECT_TRUE(knob(free, {}, true));
  // Two boots have no interval, and so no mark that had to be explained.
  EXPECT_THAT(render_knob_table(knob_table(knob_boots({kMarked, kMarked})), 1000),
              Not(HasSubstr("disturbed")));
}

// A run that does not say which build it is of joins no two others.
TEST(Atlas, BuildsOfOneReleaseAreRowsThatSayWhich) {
  const auto run_of = [](const char* version) {
    static int boot = 0;
    return read_file_of("census: strong", 100 + ++boot,
                        fmt::format(R"(,"boot.id":"{}"{})", boot, version));
  };
  constexpr const char *kFirst = R"(,"kernel.version":"#1 SMP")",
                       *kSecond = R"(,"kernel.version":"#2 SMP")";
  const auto rows_of = [&](const std::vector<const char*>& versions) {
    std::vector<std::string> texts, kernels;
    for (const char* version : versions) texts.push_back(run_of(version));
    const auto atlas = make_atlas(set_of_texts(texts));
    for (const auto& entry : atlas.cpus.front().kernels)
      kernels.push_back(fmt::format("{}: {}", entry.kernel, entry.set.runs().size()));
    return kernels;
  };
  EXPECT_EQ(rows_of({"", kFirst, kFirst}), std::vector<std::string>{"Linux 6.1: 3"});
  EXPECT_EQ(rows_of({"", kFirst, kSecond, kFirst}),
            (std::vector<std::string>{"Linux 6.1 #1 SMP: 3", "Linux 6.1 #2 SMP: 1"}));
  EXPECT_THAT(
      error_of(check_pooled(set_of_texts({run_of(""), run_of(kFirst), run_of(kSecond)}))).message,
      HasSubstr("kernel.version of one side is '#1 SMP' and '#2 SMP'"));
}

TEST(Atlas, SaysWhatWasDisturbedAndWhichProbesDiffer) {
  const auto probed = [](const char* boot, const char* found) {
    return fmt::format(R"(,"boot.id":"{}","probe.found":"{}")", boot, found);
  };
  const auto page_of = [&](const char* other) {
    const auto pages = render_atlas(make_atlas(set_of_texts(
        {read_file_of("census: strong; disturbed", 100, probed("1", "utag 12^27; synonym 14.0")),
         read_file_of("census: strong", 100, probed("2", other))})));
    return pages.front().html + pages.back().html;
  };
  const auto alike = page_of("utag 12^27; synonym 14.1"), none = page_of("none");
  EXPECT_THAT(alike, AllOf(HasSubstr("<small>5 of 10 repetitions were disturbed</small>"),
                           HasSubstr("5 of 10 repetitions were disturbed, by other work"),
                           Not(HasSubstr("in other runs"))));
  EXPECT_THAT(none, HasSubstr("measured by zpbench --probe; in other runs it found: none"));
}

}  // namespace
}  // namespace zp::analysis
