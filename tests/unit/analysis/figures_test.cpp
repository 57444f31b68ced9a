// SPDX-License-Identifier: MIT
// Which figure rows are judged by where none is asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/rows/metric.hpp"
#include "tests/unit/analysis/judged_rows.hpp"
#include "tests/unit/analysis/made_up_files.hpp"

namespace zp::analysis {
namespace {

using namespace test;
using testing::HasSubstr;

const Row kLoop{"kernels/placement:private/table:67108864/loop:sum",
                {{"bytes_per_second", 9e9}, {"frames", 1}, {"ns_per_element", 2}}};
const Row kCow{"cow/placement:private/table:67108864",
               {{"faults", 9}, {"seconds", 1}, {"ns_per_page", 500}, {"ns_per_fault", 500}}};
const Row kRead{"read/placement:private/table:67108864/stride:64", {{"ns_per_read", 1}}};
const Row kGuest{"guest/use_zero_pages:1", {{"zero_pages", 9}, {"merge_s", 1}}};

TEST(JudgedMetric, OfFamiliesIsWhatTheyAreAboutAndNeverAnIteration) {
  const auto judged = [](const std::vector<Row>& rows) { return judged_metric(run_of({rows})); };
  EXPECT_EQ(value_of(judged({kLoop})), "ns_per_element");
  EXPECT_EQ(value_of(judged({kCow})), "ns_per_page");
  EXPECT_EQ(value_of(judged({kGuest})), "merge_s");
  EXPECT_EQ(value_of(judged({kCow, kRead})), "ns_per_read");
  const auto several = error_of(judged({kLoop, kCow}));
  EXPECT_EQ(several.code, ExitCode::kUsage);
  EXPECT_THAT(several.message,
              HasSubstr("one figure: ns_per_element (kernels), ns_per_page (cow);"));
  // What only counts is not judged beside prices; where there is nothing else it is.
  const Row roof{"kernels/level:L1", {{"bytes_per_second", 9e9}, {"read_bytes", 9}}},
      waited{"toggle/to:1", {{"run_delay_share", 0.1}}};
  EXPECT_EQ(value_of(judged({roof, kLoop, waited})), "ns_per_element");
  EXPECT_EQ(value_of(judged({roof, waited})), "read_bytes");
  EXPECT_EQ(value_of(judged({waited})), "real_time");
  // An iteration of another program is what it measures.
  EXPECT_EQ(value_of(judged_metric(run_of({{kLoop, kCow}}, R"("num_cpus":2)"))), "real_time");
}

// The time of an iteration is mostly set-up, and can point the other way.
TEST(JudgedMetric, IsThatOfTheVerdict) {
  const auto boot = [](double setup, double ns, int number) {
    return file_of(repetitions(kLoop.name, setup, 5,
                               fmt::format(R"(,"ns_per_element":{})", ns + 0.001 * number)),
                   fmt::format(R"("schema":"zpbench-1","boot.id":"{}")", ns + number));
  };
  std::vector<ResultSet> sides;
  for (const auto& [setup, ns] : {std::pair(500.0, 2.0), std::pair(100.0, 3.0)})
    sides.push_back(set_of_texts({boot(setup, ns, 0), boot(setup, ns, 10), boot(setup, ns, 20)}));
  const auto found = value_of(compare(sides, {}));
  EXPECT_EQ(found.metric.key, "ns_per_element");
  EXPECT_EQ(found.count(Verdict::kSlower), 1U);
  EXPECT_EQ(value_of(compare(sides, {.metric = "real_time"})).count(Verdict::kFaster), 1U);
}

}  // namespace
}  // namespace zp::analysis
