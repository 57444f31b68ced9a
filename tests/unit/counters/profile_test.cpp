// SPDX-License-Identifier: MIT
// The event table against itself, against /proc/cpuinfo of machines, and against libpfm4.
#include "harness/counters/profile.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <set>

#include "harness/counters/cpu_family.hpp"
#include "harness/counters/encoder.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

#if ZP_HAVE_LIBPFM4
#include <perfmon/pfmlib_perf_event.h>
#endif

namespace zp {
namespace {

using testing::ElementsAre;

std::vector<std::string> families(const std::string& cpuinfo, const char* machine) {
  const FakeTree tree;
  tree.write("proc/cpuinfo", cpuinfo);
  return cpu_families(tree.roots(), machine);
}

std::string x86(const char* vendor, int family, int model) {
  return fmt::format("vendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: {}\nmodel name\t: X\n", vendor,
                     family, model);
}

TEST(CpuFamily, KnowsTheMachines) {
  const auto mainframe = [](const char* type) {
    return fmt::format(
        "vendor_id       : IBM/S390\nprocessor 0: version = FF,  identification = 1,  "
        "machine = {}\n",
        type);
  };
  EXPECT_THAT(families(mainframe("2097"), "s390x"), ElementsAre("z10", "s390x"));
  EXPECT_THAT(families(mainframe("2828"), "s390x"), ElementsAre("zEC12", "s390x"));
  EXPECT_THAT(families(mainframe("8561"), "s390x"), ElementsAre("z15", "s390x"));
  EXPECT_THAT(families(mainframe("9175"), "s390x"), ElementsAre("z17", "s390x"));
  EXPECT_THAT(families(mainframe("9999"), "s390x"), ElementsAre("s390x"));
  EXPECT_THAT(families(x86("AuthenticAMD", 23, 49), "x86_64"), ElementsAre("zen2"));
  EXPECT_THAT(families(x86("AuthenticAMD", 25, 1), "x86_64"), ElementsAre("zen3"));
  EXPECT_THAT(families(x86("AuthenticAMD", 25, 17), "x86_64"), ElementsAre("zen4"));
  EXPECT_THAT(families(x86("AuthenticAMD", 26, 2), "x86_64"), ElementsAre("zen5"));
  // A Zen 1 between models of Zen 2, and a family 1Ah that is not a Zen 5.
  EXPECT_THAT(families(x86("AuthenticAMD", 23, 0x50), "x86_64"), ElementsAre());
  EXPECT_THAT(families(x86("AuthenticAMD", 26, 0x50), "x86_64"), ElementsAre());
  EXPECT_THAT(families(x86("AuthenticAMD", 21, 2), "x86_64"), ElementsAre());
  EXPECT_THAT(families(x86("GenuineIntel", 6, 143), "x86_64"), ElementsAre("intel"));
  EXPECT_THAT(families("", "aarch64"), ElementsAre("arm64"));
  EXPECT_THAT(families("cpu model\t\t: R4400SC V5.0\nVCED exceptions\t\t: 4711\n", "mips64"),
              ElementsAre("r4000sc", "mips"));
  EXPECT_THAT(
      families("cpu model\t\t: MIPS 74Kc V4.12\nVCED exceptions\t\t: not available\n", "mips"),
      ElementsAre("mips_74k", "mips"));
}

TEST(Profile, HasEveryKeyAtMostOncePerFamilyUnlessAsAnAlternative) {
  std::set<std::string> seen;
  for (const ProfileEntry& entry : event_profiles()) {
    EXPECT_NE(std::string(entry.source), "");
    EXPECT_TRUE(
        seen.insert(fmt::format("{} {} {}", entry.family, entry.key, entry.expression)).second)
        << entry.family << " " << entry.key;
  }
  for (const char* family : {"z10", "z196", "zEC12", "z13", "z14", "z15", "z16", "z17"}) {
    std::set<std::string> keys;
    const std::vector<std::string> order = {family, "s390x"};
    for (const ProfileEntry& entry : profile_of(order)) keys.insert(entry.key);
    for (const char* key : {"cycles", "instructions", "l1d_miss", "l2_miss", "dtlb_miss",
                            "l1d_penalty_cycles", "l1d_from_l2", "l1d_from_l3"})
      EXPECT_TRUE(keys.count(key)) << family << " " << key;
  }
}

TEST(Profile, PutsTheMostSpecificFirst) {
  const std::vector<std::string> order = {"mips_74k", "mips"};
  std::vector<std::string> l2, l3;
  for (const ProfileEntry& entry : profile_of(order)) {
    if (std::string(entry.key) == "l2_miss") l2.emplace_back(entry.expression);
    if (std::string(entry.key) == "l3_miss") l3.emplace_back(entry.expression);
  }
  EXPECT_THAT(l2, ElementsAre("mips_74k::L2_CACHE_MISSES", "perf::LLC-LOAD-MISSES", "PAPI_L2_DCM"));
  EXPECT_EQ(l3.front(), "");
}

// z17's raw numbers against Linux's own (tools/perf/pmu-events/arch/s390/cf_z17).
TEST(Profile, NumbersOfZ17AreDecimal145AndSoOn) {
  for (const ProfileEntry& entry : event_profiles()) {
    if (std::string(entry.family) != "z17") continue;
    for (const EventTerm& term : terms_of({entry.key, entry.expression})) {
      const auto code = value_of(Encoder(Roots{}).encode(term.name));
      const std::set<std::uint64_t> known = {0, 1, 4, 5, 129, 130, 145, 146, 147, 148, 149};
      EXPECT_TRUE(known.count(code.config)) << entry.key;
    }
  }
}

#if ZP_HAVE_LIBPFM4 && defined(__x86_64__)
// libpfm4 encodes events of CPUs that are not there only if told to before it is first started.
const int kEncodeInactive = ::setenv("LIBPFM_ENCODE_INACTIVE", "1", 1);

std::optional<EventCode> libpfm4(const std::string& name) {
  EXPECT_EQ(kEncodeInactive, 0);
  ::pfm_initialize();
  perf_event_attr attributes{};
  pfm_perf_encode_arg_t request{};
  request.attr = &attributes;
  request.size = sizeof request;
  if (::pfm_get_os_event_encoding(name.c_str(), PFM_PLM3, PFM_OS_PERF_EVENT, &request) !=
      PFM_SUCCESS)
    return std::nullopt;
  return EventCode{attributes.type, attributes.config, attributes.config1, attributes.config2};
}

TEST(Profile, RawNumbersOfZenAreWhatLibpfm4Encodes) {
  const std::string zen2 = "amd64_fam17h_zen2::DATA_CACHE_REFILLS_FROM_SYSTEM",
                    zen3 = "amd64_fam19h_zen3::DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM",
                    zen4 = "amd64_fam19h_zen4::DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM";
  const std::string tlb_walks =
      ":TLB_RELOAD_4K_L2_MISS:TLB_RELOAD_COALESCED_PAGE_MISS:TLB_RELOAD_2M_L2_MISS"
      ":TLB_RELOAD_1G_L2_MISS";
  const std::string tlb_hits =
      ":TLB_RELOAD_4K_L2_HIT:TLB_RELOAD_COALESCED_PAGE_HIT:TLB_RELOAD_2M_L2_HIT"
      ":TLB_RELOAD_1G_L2_HIT";
  const struct {
    const char *family, *key;
    std::string name;
  } expected[] = {
      {"zen2", "l1d_from_l2", zen2 + ":MABRESP_LCL_L2"},
      {"zen2", "l1d_from_l3", zen2 + ":LS_MABRESP_LCL_CACHE"},
      {"zen2", "l3_miss", zen2 + ":LS_MABRESP_LCL_DRAM:LS_MABRESP_RMT_CACHE:LS_MABRESP_RMT_DRAM"},
      {"zen2", "l2_miss",
       zen2 + ":LS_MABRESP_LCL_CACHE:LS_MABRESP_LCL_DRAM:LS_MABRESP_RMT_CACHE:LS_MABRESP_RMT_DRAM"},
      {"zen2", "l1d_miss",
       zen2 + ":MABRESP_LCL_L2:LS_MABRESP_LCL_CACHE:LS_MABRESP_LCL_DRAM:LS_MABRESP_RMT_CACHE"
              ":LS_MABRESP_RMT_DRAM"},
      {"zen2", "dtlb_walk", "amd64_fam17h_zen2::L1_DTLB_MISS" + tlb_walks},
      {"zen2", "dtlb_miss", "amd64_fam17h_zen2::L1_DTLB_MISS" + tlb_walks + tlb_hits},
      {"zen3", "l1d_from_l2", zen3 + ":LCL_L2"},
      {"zen3", "l1d_from_l3", zen3 + ":INT_CACHE"},
      {"zen3", "l3_miss", zen3 + ":EXT_CACHE_LCL:MEM_IO_LCL:EXT_CACHE_RMT:MEM_IO_RMT"},
      {"zen3", "l2_miss", zen3 + ":INT_CACHE:EXT_CACHE_LCL:MEM_IO_LCL:EXT_CACHE_RMT:MEM_IO_RMT"},
      {"zen3", "l1d_miss",
       zen3 + ":LCL_L2:INT_CACHE:EXT_CACHE_LCL:MEM_IO_LCL:EXT_CACHE_RMT:MEM_IO_RMT"},
      {"zen4", "l1d_from_l2", zen4 + ":LCL_L2"},
      {"zen4", "l1d_from_l3", zen4 + ":LOCAL_CCX"},
      {"zen4", "l3_miss",
       zen4 + ":NEAR_CACHE_NEAR_FAR:DRAM_IO_NEAR:FAR_CACHE_NEAR_FAR:DRAM_IO_FAR:ALT_MEM_NEAR_FAR"},
      {"zen4", "l2_miss",
       zen4 + ":LOCAL_CCX:NEAR_CACHE_NEAR_FAR:DRAM_IO_NEAR:FAR_CACHE_NEAR_FAR:DRAM_IO_FAR"
              ":ALT_MEM_NEAR_FAR"},
      {"zen4", "l1d_miss",
       zen4 + ":LCL_L2:LOCAL_CCX:NEAR_CACHE_NEAR_FAR:DRAM_IO_NEAR:FAR_CACHE_NEAR_FAR:DRAM_IO_FAR"
              ":ALT_MEM_NEAR_FAR"},
      {"zen4", "dtlb_walk", "amd64_fam19h_zen4::L1_DTLB_MISS" + tlb_walks},
      {"zen4", "dtlb_miss", "amd64_fam19h_zen4::L1_DTLB_MISS" + tlb_walks + tlb_hits},
  };
  for (const auto& [family, key, name] : expected) {
    const auto theirs = libpfm4(name);
    ASSERT_TRUE(theirs) << name;
    bool found = false;
    for (const ProfileEntry& entry : event_profiles())
      if (std::string(entry.family) == family && std::string(entry.key) == key) {
        found = true;
        EXPECT_EQ(Encoder(Roots{}).encode(entry.expression)->config, theirs->config) << name;
      }
    EXPECT_TRUE(found) << family << " " << key;
  }
}

TEST(Profile, NamesForIntelAreLibpfm4s) {
  const std::vector<std::string> pmus = {"hsw", "bdw", "skl", "skx", "clx", "icl", "icx", "spr"};
  for (const ProfileEntry& entry : event_profiles()) {
    if (std::string(entry.family) != "intel") continue;
    for (const EventTerm& term : terms_of({entry.key, entry.expression})) {
      std::size_t known = 0;
      for (const std::string& pmu : pmus) known += libpfm4(pmu + "::" + term.name) ? 1U : 0U;
      EXPECT_GE(known, 2U) << term.name;
    }
  }
}
#endif

}  // namespace
}  // namespace zp
