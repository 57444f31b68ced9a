// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <set>
#include <utility>

#include "harness/names/name_parts.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/names/row_keys.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/text.hpp"
#include "tests/outcome.hpp"

namespace zp {
namespace {

using testing::HasSubstr;

TEST(NameParts, KeysAndColumnsAreUnique) {
  std::set<std::string_view> keys, columns;
  for (const NamePartKind& part : kNameParts) {
    EXPECT_TRUE(keys.insert(part.key).second) << part.key;
    EXPECT_TRUE(columns.insert(part.column).second) << part.column;
  }
}

TEST(NameParts, WhatIsWrittenReadsBack) {
  const auto text = NameWriter("cow").add("placement", "ksm_coloured:8").add("table", 4096).text();
  EXPECT_EQ(text, "cow/placement:ksm_coloured:8/table:4096");
  const auto name = parse_name(text);
  EXPECT_EQ(name.family, "cow");
  EXPECT_EQ(name.find("placement"), "ksm_coloured:8");
  EXPECT_EQ(name.find("table"), "4096");
  EXPECT_FALSE(name.find("stride"));
}

TEST(PlacementRank, IsThatOfTheKind) {
  EXPECT_EQ(placement_rank("private"), 0U);
  EXPECT_EQ(placement_rank("ksm_coloured:8"), placement_rank("ksm_coloured:64"));
  EXPECT_LT(placement_rank("huge_zero"), placement_rank("none"));
}

TEST(RowKeys, ClocksAreKnownByKey) {
  // Every key of this kind that zpbench writes, and some of other programs.
  for (const auto& key :
       split("ns_per_read ns_per_read_0_1 real_time cpu_time items_per_second bytes_per_second "
             "pages_per_second start_s boot_s merge_s pass_s unfinished_after_s seconds "
             "ns_per_page again_ns_per_page ns_per_fault cpu_ns_per_merged_page "
             "first_wall_ns_per_page later_cpu_ns_per_page remerge_cpu_ns_per_page "
             "ksmd_utilisation later_scans passes cycles l1d_penalty_cycles dtlb_penalty_cycles "
             "seconds_waited wait_us wait_ms wait_ns wait_time requests_per_s",
             ' '))
    EXPECT_TRUE(metric_of(key).depends_on_clock) << key;
  for (const auto& key :
       split("frames frames_0 colours_seen l2_page_colours l2_crowded_share zero_page_share leaks "
             "lives pages instructions l1d_miss dtlb_walk synonym_miss rmap_items_per_page "
             "needed_bytes_per_page faults merged_pages mem_free_drift_bytes model_l1d_miss "
             "model_cycles_low model_zen4_cycles_high model_z13_dtlb_walk",
             ' '))
    EXPECT_FALSE(metric_of(key).depends_on_clock) << key;
}

TEST(RowKeys, DocumentedKeysHaveADirection) {
  for (const char* key :
       {"dtlb_walk", "model_dtlb_walk", "model_zen4_dtlb_walk", "l1d_penalty_cycles",
        "dtlb_penalty_cycles", "model_cycles_low", "model_zen4_cycles_high", "boot_s", "merge_s",
        "pass_s", "seconds", "ns_per_page", "l1d_from_l3", "model_z13_l4_miss", "close_synonym",
        "model_zen4_close_synonym"})
    EXPECT_EQ(metric_of(key).better, Better::kLower) << key;
  EXPECT_EQ(metric_of("pages_per_second").better, Better::kHigher);
  for (const char* key : {"frames", "l2_crowded_share", "ksmd_utilisation", "somebodys_counter"})
    EXPECT_EQ(metric_of(key).better, Better::kNeither) << key;
}

// Counters of other programs hold our words inside of theirs.
TEST(RowKeys, APartOfAWordIsNoWord) {
  for (const char* key : {"instructions_per_cycle", "columns_per_row", "allocations_per_op",
                          "hits_per_cycles", "bytes_per_cycles"}) {
    EXPECT_EQ(metric_of(key).unit, "") << key;
    EXPECT_EQ(metric_of(key).better, Better::kNeither) << key;
  }
  EXPECT_EQ(metric_of("elapsed_milliseconds").unit, "ms");
  EXPECT_EQ(metric_of("microseconds").unit, "us");
  EXPECT_EQ(metric_of("wait_nanoseconds").unit, "ns");
  EXPECT_EQ(metric_of("total_seconds").unit, "s");
  for (const char* key : {"tokens_per_sec", "packets_per_seconds", "GB_s", "read_MiB_s", "GFLOP_s",
                          "Gbit_s", "ops_s", "requests_s", "items_per_seconds_total"})
    EXPECT_EQ(metric_of(key).better, Better::kHigher) << key;
  for (const char* key : {"errors_per_second", "cache_misses_per_ms", "failed_requests_per_s"})
    EXPECT_EQ(metric_of(key).better, Better::kLower) << key;
}

// The unit at the end of a rate's key is what it is counted in, not what it is.
TEST(RowKeys, ARatePerTimeIsNoTime) {
  for (const auto& [key, unit] :
       {std::pair("bytes_per_ns", "/ns"), std::pair("returns_per_us", "/us"),
        std::pair("faults_per_ms", "/ms"), std::pair("faults_per_s", "/s"),
        std::pair("ops_per_milliseconds", "/ms"), std::pair("ops_per_usec", "/us"),
        std::pair("ops_per_cpu_second", "/s"), std::pair("ops_per_busy_ns", "/ns"),
        std::pair("jobs_per_hour", "/h"), std::pair("pages_per_second", "/s")}) {
    EXPECT_EQ(metric_of(key).unit, unit) << key;
    EXPECT_EQ(metric_of(key).better, Better::kHigher) << key;
    EXPECT_TRUE(metric_of(key).depends_on_clock) << key;
  }
  for (const char* key : {"pause_us_per_second", "ns_per_s", "cpu_seconds_per_hour"}) {
    EXPECT_EQ(metric_of(key).unit, "") << key;
    EXPECT_EQ(metric_of(key).better, Better::kNeither) << key;
    EXPECT_TRUE(metric_of(key).depends_on_clock) << key;
  }
  for (const char* key : {"ns_per_read", "cpu_ns_per_merged_page", "wait_ns"}) {
    EXPECT_EQ(metric_of(key).unit, "ns") << key;
    EXPECT_EQ(metric_of(key).better, Better::kLower) << key;
  }
}

TEST(RowKeys, ModelledCountsNameTheirCpu) {
  EXPECT_EQ(metric_of("model_l1d_miss").description, "L1d misses per read (cache model)");
  EXPECT_EQ(metric_of("model_zen4_close_synonym").description,
            "close synonyms per read (model of zen4)");
  EXPECT_EQ(metric_of("model_zen4_cycles_low").unit, "cycles");
}

TEST(RowText, CensusClass) {
  EXPECT_EQ(census_class(kStrongCensus), "strong");
  EXPECT_EQ(census_class(kWeakCensus), "weak");
  EXPECT_EQ(census_class("census: weak: no frame numbers"), "weak");
  EXPECT_EQ(census_class("a label"), "");
}

TEST(PlacementId, EveryNameReadsBackAsItWasWritten) {
  for (const PlacementEntry& entry : placement_catalogue())
    for (std::uint64_t number = kMinSharers; number <= kMaxColours; number *= 2) {
      const PlacementId id{entry.kind, entry.suffix == Suffix::kColours ? number : 0,
                           entry.suffix == Suffix::kSharers ? number + 1 : 0};
      const auto parsed = value_of(parse_placement(to_string(id)));
      EXPECT_EQ(parsed, id);
      EXPECT_EQ(&parsed.entry(), &entry);
    }
}

// They appear in files that people keep: results/README.md.
TEST(PlacementId, NamesAreStable) {
  std::string names;
  for (const PlacementEntry& entry : placement_catalogue())
    names += std::string(entry.name) + (entry.suffix == Suffix::kNone ? " " : ":N ");
  EXPECT_EQ(
      names,
      "private read_fault populate_read uffd_zero ksm_single ksm_default ksm_shared:N ksm_nonzero "
      "ksm_zero_page "
      "ksm_coloured:N memfd_coloured:N memfd_agreeing memfd_differing shmem_hole huge_private "
      "huge_zero ");
}

TEST(PlacementId, RefusesTheRestAndNamesIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "unknown placement ''"},
      {"ksm", "unknown placement 'ksm'; there are private,"},
      {"KSM_SINGLE", "unknown placement"},
      {"ksm_single:1", "ksm_single takes no number"},
      {"private:", "private takes no number"},
      {"ksm_coloured", "e.g. ksm_coloured:8"},
      {"ksm_coloured:", "power of two, 1 to 4096"},
      {"ksm_coloured:0", "power of two"},
      {"ksm_coloured:3", "power of two"},
      {"ksm_coloured:8x", "power of two"},
      {"ksm_coloured:-8", "power of two"},
      {"ksm_coloured:8192", "power of two"},
      {"ksm_coloured:18446744073709551616", "power of two"},
      {"ksm_shared", "how many pages share a frame, e.g. ksm_shared:8"},
      {"ksm_shared:1", "must be 2 to 1073741824"},
      {"ksm_shared:1073741825", "must be 2 to 1073741824"},
      {"ksm_shared:unbounded", "must be 2 to"},
      {"ksm_shared:16x", "must be 2 to"},
      {"memfd_coloured:8:8", "power of two"},
  };
  for (const auto& [text, part] : cases) {
    const auto parsed = error_of(parse_placement(text));
    EXPECT_EQ(parsed.code, ExitCode::kUsage);
    EXPECT_THAT(parsed.message, HasSubstr(part));
    EXPECT_THAT(parsed.message, HasSubstr(fmt::format("'{}'", text)));
  }
}

}  // namespace
}  // namespace zp
