// SPDX-License-Identifier: MIT
// What verdicts on times promise, tried on invented runs: each cost lies exactly at the limit of
// its claim, or beyond. Seeds are fixed: a failure is a change of the code, never bad luck.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>

#include "tests/generator/sample_run.hpp"
#include "tests/unit/analysis/judged_rows.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using enum ClaimVerdict;

struct Costs {
  std::string name;
  RowFigures timed;  // without noise
  RowFigures counted = {};
};

// `more`: how far beyond the limits.
std::vector<Costs> costs(double more) {
  std::vector<Costs> rows{
      {"fault/placement:read_fault", {{"again_ns_per_page", 4}, {"ns_per_page", 600}}},
      {"fault/placement:ksm_zero_page", {{"again_ns_per_page", 4.2 * more}}},
      {"cow/placement:ksm_default", {{"ns_per_page", 2000}}},
      {"cow/placement:ksm_zero_page", {{"ns_per_page", 2100 * more}}},
      {"split/contents:first_word/way:free", {{"ns_per_huge_page", 3e5}}},
      {"split/contents:last_word/way:free",
       {{"ns_per_huge_page", 6e5 * more}},
       {{"huge_pages", 32}, {"frames", 16384}}},
      {"rmap/placement:ksm_nonzero/sharers:2/vmas:1/way:pageout", {{"ns_per_frame", 1e4}}},
      {"rmap/placement:ksm_nonzero/sharers:2/vmas:20000/way:pageout",
       {{"ns_per_frame", 2e4 * more}}},
      {"scan/contents:unique/use_zero_pages:1/mode:zero_only",
       {{"later_cpu_ns_per_page", 2500 / more}}}};
  for (const char* placement : {"ksm_default", "ksm_zero_page"})
    rows.push_back(
        {fmt::format("metadata/placement:{}", placement),
         {},
         {{"computed_rmap_bytes_per_page", 64}, {"computed_stable_node_bytes_per_page", 0}}});
  for (const int arm : {0, 1}) {
    const auto scan = [&](const char* contents, double second, double compared, double later) {
      rows.push_back({fmt::format("scan/contents:{}/use_zero_pages:{}/mode:plain", contents, arm),
                      {{"second_cpu_ns_per_page", second}, {"later_cpu_ns_per_page", later}},
                      {{"faults_per_page_on_write", compared}}});
    };
    scan("unique", 5000, 0, 5000);
    scan("volatile", 1200, 0, 1200);
    scan("identical", arm == 1 && more > 1 ? 1.05 * more * 3000 : 3000, 1, 250);
    scan("collision_early", 5000 + 1000 * arm, arm, 5000);
    scan("collision_late", 10000 + 1000 * arm, arm, 10000);
    scan("zero:100", 3000, 1, arm == 1 ? 285 / more : 300);
  }
  return rows;
}

// What a boot, a pass and a repetition do to a time: standard deviations, relative.
struct Luck {
  const char* name;
  std::size_t passes = 3, passes_a_boot = 0;
  int repetitions = 2;
  double boot = 0, pass = 0.1, repetition = 0.05;
};

// Each claim's verdict on one run.
std::map<std::string, ClaimVerdict> judged(Noise& random, const Luck& luck, double more) {
  std::vector<std::vector<Row>> passes(luck.passes);
  for (const auto& [name, timed, counted] : costs(more)) {
    std::vector<double> boots(luck.passes);
    for (double& boot : boots) boot = luck.boot * random.normal();
    for (std::size_t pass = 0; pass < luck.passes; ++pass) {
      const double boot = luck.passes_a_boot > 0 ? boots[pass / luck.passes_a_boot] : 0;
      std::vector<double> drawn(timed.size());
      for (double& level : drawn) level = boot + luck.pass * random.normal();
      for (int repetition = 0; repetition < luck.repetitions; ++repetition) {
        Row row{name, counted};
        for (std::size_t i = 0; i < timed.size(); ++i)
          row.figures.emplace_back(
              timed[i].first,
              timed[i].second * std::exp(drawn[i] + luck.repetition * random.normal()));
        passes[pass].push_back(std::move(row));
      }
    }
  }
  const ResultSet set =
      test::set_of_passes(passes, "6.12.0", "x86_64", false, "4096", luck.passes_a_boot);
  const auto run = family_run(set);
  std::map<std::string, ClaimVerdict> verdicts;
  for (const char* id : {"fault", "cow", "worry", "reverse_map", "zero_only", "no_use", "scan"})
    verdicts[id] = test::claim(id).judge(run).verdict;
  return verdicts;
}

TEST(SimulatedClaims, NoVerdictAtTheLimit) {
  constexpr int kRuns = 100;
  const auto most = [](int judgements) {
    return 0.05 * judgements + 2 * std::sqrt(0.05 * judgements);
  };
  for (const Luck& luck :
       {Luck{"three passes"}, Luck{"three boots of two passes", 6, 2, 1, 0.1, 0.03}}) {
    Noise random(18);
    std::map<std::string, int> wrong;
    int all = 0;
    for (int run = 0; run < kRuns; ++run)
      for (const auto& [id, verdict] : judged(random, luck, 1)) {
        const bool open = verdict == kUndecided || (id == "scan" && verdict == kConfirmed);
        wrong[id] += open ? 0 : 1;
        all += open ? 0 : 1;
      }
    for (const auto& [id, count] : wrong) {
      std::printf("%s: %s decided %d of %d at its limit\n", luck.name, id.c_str(), count, kRuns);
      EXPECT_LE(count, most(kRuns)) << luck.name << " " << id;
    }
    EXPECT_LE(all, most(kRuns * static_cast<int>(wrong.size()))) << luck.name;
  }
}

TEST(SimulatedClaims, ThreePassesFindWhatIsFarBeyond) {
  constexpr int kRuns = 20;
  Noise random(19);
  std::map<std::string, int> found;
  for (int run = 0; run < kRuns; ++run)
    for (const auto& [id, verdict] :
         judged(random, {.name = "calm", .pass = 0.02, .repetition = 0.02}, 1.3))
      found[id] +=
          verdict == (id == "fault" || id == "no_use" || id == "scan" ? kRefuted : kConfirmed) ? 1
                                                                                               : 0;
  for (const auto& [id, count] : found) EXPECT_GE(count, 0.9 * kRuns) << id;
}

}  // namespace
}  // namespace zp::analysis
