// SPDX-License-Identifier: MIT
// --doctor PID: what is said of a process once it was examined, and what a scan of it would bring.
#include <gmock/gmock.h>

#include "harness/host/page_size.hpp"
#include "harness/process/findings.hpp"
#include "harness/support/json.hpp"
#include "tests/unit/fake_knobs.hpp"

namespace zp {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Examination examination(const std::string& run) {
  Examination of;
  of.command = "x";
  of.knobs = {{"ksm.run", run},
              {"ksm.pages_to_scan", "100"},
              {"ksm.sleep_millisecs", "20"},
              {"ksm.smart_scan", "0"},
              {"ksm.advisor_mode", "none"}};
  of.ksm.merging_pages = 0;
  of.ksm.zero_pages = 0;
  of.ksm.rmap_items = 0;
  return of;
}

Group& group(Examination& of, Mergeable mergeable) {
  return of.groups.at(static_cast<std::size_t>(mergeable));
}

TEST(Findings, NameWhatKeepsKsmFromMerging) {
  Examination of = examination("0");
  of.ksm.mergeable = false;
  EXPECT_THAT(findings(of), AllOf(Contains(HasSubstr("ksm.run is 0")),
                                  Contains(HasSubstr("None of its memory is registered"))));
  of = examination("2");
  EXPECT_THAT(findings(of), Contains(HasSubstr("ksm.run is 2")));
  of = examination("1");
  of.ksm.mergeable = true;
  of.full_scans = 4;
  group(of, Mergeable::kRegistered) = {1, 1 << 20, 256, 256};
  EXPECT_THAT(findings(of), testing::ElementsAre(HasSubstr("not come to its pages yet (4 full")));
  of.ksm.rmap_items = 256;
  EXPECT_THAT(findings(of), testing::ElementsAre(HasSubstr("records of 256 of its pages")));
  of.ksm.merging_pages = 1;
  EXPECT_THAT(findings(of), IsEmpty());
  for (auto& [name, value] : of.knobs) {
    if (name == "ksm.smart_scan") value = "1";
    if (name == "ksm.advisor_mode") value = "scan-time";
  }
  of.merge_any = true;
  EXPECT_THAT(findings(of), testing::ElementsAre(HasSubstr("PR_SET_MEMORY_MERGE is on"),
                                                 HasSubstr("smart_scan is 1"),
                                                 HasSubstr("chooses pages_to_scan, now 100")));
  of.knobs.clear();
  EXPECT_THAT(findings(of), testing::ElementsAre(HasSubstr("no /sys/kernel/mm/ksm/run")));
}

TEST(Findings, NameMemoryThatNeverMerges) {
  Examination of = examination("1");
  of.ksm.mergeable = false;
  of.total.of_file = 100;
  group(of, Mergeable::kShared) = {1, 1 << 20, 60, 0};
  EXPECT_THAT(findings(of), Contains(HasSubstr("are shared memory")));
  group(of, Mergeable::kShared).in_use = 40;
  EXPECT_THAT(findings(of), Not(Contains(HasSubstr("are shared memory"))));
  group(of, Mergeable::kHugetlb) = {1, 1 << 20, 60, 0};
  EXPECT_THAT(findings(of), Contains(HasSubstr("are hugetlb pages")));
}

// Before 6.17 only smaps tells.
TEST(Findings, WhatWasNotReadIsNotSaidToBeAbsent) {
  Examination of = examination("1");
  of.why_no_flags = "smaps was not read";
  EXPECT_THAT(findings(of), testing::ElementsAre(HasSubstr("is not known: smaps was not read.")));
}

TEST(Saving, ComesFromTheSampleAndThePrice) {
  Examination of = examination("1");
  group(of, Mergeable::kRegistered).private_pages = 1000;
  group(of, Mergeable::kUnregistered).private_pages = 1000;
  group(of, Mergeable::kFile).private_pages = 7;
  of.price.ns_per_page = 500;
  Saving saving = saving_of(of);
  EXPECT_EQ(saving.most_bytes, 2000 * system_page_bytes());
  EXPECT_FALSE(saving.zero_bytes);
  EXPECT_DOUBLE_EQ(*saving.cpu_s, 1e-3);
  EXPECT_DOUBLE_EQ(*saving.pause_s, 0.4);
  of.sampled_pages = 2000;
  of.zeros = {100, 25, 0.2, 0.3, ""};
  saving = saving_of(of);
  EXPECT_EQ(saving.zero_bytes, 500 * system_page_bytes());
  EXPECT_EQ(saving.zero_low_bytes, 400 * system_page_bytes());
  EXPECT_EQ(saving.zero_high_bytes, 600 * system_page_bytes());
}

TEST(ScanPrice, IsWhatKsmdTookHere) {
  FakeKnobs tree;
  tree.write("proc/meminfo", "MemAvailable: 4000000 kB\n");
  tree.write("proc/55/comm", "ksmd\n");
  tree.write("proc/55/stat", "55 (ksmd) S 2 0 0 0 -1 2097216 0\n");
  tree.write("proc/55/schedstat", "80000000 5 6\n");
  ScanPrice price = scan_price(tree.roots());  // 5.10 counts no scanned pages
  EXPECT_FALSE(price.ns_per_page);
  EXPECT_GT(price.least_ns_per_page.value_or(0), 1);
  tree.write("sys/kernel/mm/ksm/pages_scanned", "99999\n");
  EXPECT_FALSE(scan_price(tree.roots()).ns_per_page);
  tree.write("sys/kernel/mm/ksm/pages_scanned", "200000\n");
  price = scan_price(tree.roots());
  EXPECT_DOUBLE_EQ(price.ns_per_page.value_or(0), 400);
  EXPECT_FALSE(price.least_ns_per_page);
}

TEST(JsonObject, LeavesOutWhatIsAbsentAndQuotesTheRest) {
  EXPECT_EQ(JsonObject()
                .add("a\"", "\\\n")
                .add("b", std::optional<double>())
                .add("c", true)
                .add("d", std::optional<std::uint64_t>(7))
                .raw("e", "[]")
                .text(),
            R"({"a\"": "\\\u000a", "c": true, "d": 7, "e": []})");
}

}  // namespace
}  // namespace zp
