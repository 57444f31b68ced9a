// SPDX-License-Identifier: MIT
#include "harness/counters/profile.hpp"

#include <algorithm>

namespace zp {
namespace {

// Sources by short name:
//   CF     IBM's counter names as in libpfm4 4.13 lib/events/s390x_cpumf_events.h and Linux
//          tools/perf/pmu-events/arch/s390/cf_z*/. A "directory write" is one line put into L1D.
//   zenN   Linux tools/perf/pmu-events/arch/x86/amdzenN/: perf_raw::rUUEE is event EE, unit mask UU
//   74K    libpfm4 4.13 lib/events/mips_74k_events.h
//   Intel  libpfm4 4.13 lib/events/intel_*_events.h
//   ARM    Linux include/linux/perf/arm_pmuv3.h, the common events: the same on every Armv8 PMU
//   mipsxx Linux arch/mips/kernel/perf_event_mipsxx.c, what the generic events stand for there
constexpr ProfileEntry kProfiles[] = {
    // --- s390x, all machines. Counters need the LPAR's authorisation and no exclude bit.
    {"s390x", "cycles", "cpum_cf::CPU_CYCLES", "CF 0"},
    {"s390x", "instructions", "cpum_cf::INSTRUCTIONS", "CF 1"},
    {"s390x", "l1d_miss", "cpum_cf::L1D_DIR_WRITES", "CF 4: lines put into L1D"},
    {"s390x", "l1d_penalty_cycles", "cpum_cf::L1D_PENALTY_CYCLES", "CF 5: cycles lost to them"},
    {"z10", "l1d_from_l2", "cpum_cf::L1D_L2_SOURCED_WRITES", "CF 129: from the L1.5"},
    {"z10", "l1d_from_l3", "cpum_cf::L1D_L3_LOCAL_WRITES", "CF 131: from the book's L2"},
    {"z10", "l2_miss", "cpum_cf::L1D_DIR_WRITES - cpum_cf::L1D_L2_SOURCED_WRITES", "CF 4, 129"},
    {"z10", "dtlb_miss", "cpum_cf::DTLB1_WRITES", "CF 139: translations put into DTLB1"},
    {"z10", "dtlb_penalty_cycles", "cpum_cf::DTLB1_MISSES", "CF 146: cycles with one pending"},
    {"z196", "l1d_from_l2", "cpum_cf::L1D_L2_SOURCED_WRITES", "CF 128"},
    {"z196", "l1d_from_l3", "cpum_cf::L1D_ONCHIP_L3_SOURCED_WRITES", "CF 150"},
    {"z196", "l2_miss", "cpum_cf::L1D_DIR_WRITES - cpum_cf::L1D_L2_SOURCED_WRITES", "CF 4, 128"},
    {"z196", "dtlb_miss", "cpum_cf::DTLB1_WRITES", "CF 144"},
    {"z196", "dtlb_penalty_cycles", "cpum_cf::DTLB1_MISSES", "CF 130"},
    {"zEC12", "l1d_from_l2", "cpum_cf::L1D_L2D_SOURCED_WRITES", "CF 132"},
    {"zEC12", "l1d_from_l3", "cpum_cf::L1D_ONCHIP_L3_SOURCED_WRITES", "CF 144"},
    {"zEC12", "l2_miss", "cpum_cf::L1D_DIR_WRITES - cpum_cf::L1D_L2D_SOURCED_WRITES", "CF 4, 132"},
    {"zEC12", "dtlb_miss", "cpum_cf::DTLB1_WRITES", "CF 133"},
    {"zEC12", "dtlb_penalty_cycles", "cpum_cf::DTLB1_MISSES", "CF 128"},
    {"z13", "l1d_from_l2", "cpum_cf::L1D_L2D_SOURCED_WRITES", "CF 133"},
    {"z13", "l1d_from_l3", "cpum_cf::L1D_ONCHIP_L3_SOURCED_WRITES", "CF 144"},
    {"z13", "l2_miss", "cpum_cf::L1D_DIR_WRITES - cpum_cf::L1D_L2D_SOURCED_WRITES", "CF 4, 133"},
    {"z13", "dtlb_miss", "cpum_cf::DTLB1_WRITES", "CF 129"},
    {"z13", "dtlb_penalty_cycles", "cpum_cf::DTLB1_MISSES", "CF 130"},
    // From z14 on the first TLB is part of L1D: what misses is the second one.
    {"z14", "l1d_from_l2", "cpum_cf::L1D_L2D_SOURCED_WRITES", "CF 133"},
    {"z14", "l1d_from_l3", "cpum_cf::L1D_ONCHIP_L3_SOURCED_WRITES", "CF 144"},
    {"z14", "l2_miss", "cpum_cf::L1D_DIR_WRITES - cpum_cf::L1D_L2D_SOURCED_WRITES", "CF 4, 133"},
    {"z14", "dtlb_miss", "cpum_cf::DTLB2_WRITES", "CF 129: translations put into TLB2"},
    {"z14", "dtlb_penalty_cycles", "cpum_cf::DTLB2_MISSES", "CF 130"},
    {"z15", "l1d_from_l2", "cpum_cf::L1D_L2D_SOURCED_WRITES", "CF 133"},
    {"z15", "l1d_from_l3", "cpum_cf::L1D_ONCHIP_L3_SOURCED_WRITES", "CF 144"},
    {"z15", "l2_miss", "cpum_cf::L1D_DIR_WRITES - cpum_cf::L1D_L2D_SOURCED_WRITES", "CF 4, 133"},
    {"z15", "dtlb_miss", "cpum_cf::DTLB2_WRITES", "CF 129"},
    {"z15", "dtlb_penalty_cycles", "cpum_cf::DTLB2_MISSES", "CF 130"},
    // From z16 on L3 is the other cores' L2.
    {"z16", "l1d_from_l2", "cpum_cf::DCW_REQ", "CF 145: from the own L2, without intervention"},
    {"z16", "l1d_from_l3", "cpum_cf::DCW_ON_CHIP", "CF 149: from another L2 of the chip"},
    {"z16", "l2_miss",
     "cpum_cf::L1D_DIR_WRITES - cpum_cf::DCW_REQ - cpum_cf::DCW_REQ_IV - "
     "cpum_cf::DCW_REQ_CHIP_HIT - cpum_cf::DCW_REQ_DRAWER_HIT",
     "CF 4, 145 to 148"},
    {"z16", "dtlb_miss", "cpum_cf::DTLB2_WRITES", "CF 129"},
    {"z16", "dtlb_penalty_cycles", "cpum_cf::DTLB2_MISSES", "CF 130"},
    // libpfm4 4.13 does not know z17: counter numbers of Linux's cf_z17.
    {"z17", "l1d_from_l2", "perf_raw::r91", "CF 145, DCW_REQ"},
    {"z17", "l1d_from_l3", "perf_raw::r95", "CF 149, DCW_ON_CHIP"},
    {"z17", "l2_miss",
     "perf_raw::r4 - perf_raw::r91 - perf_raw::r92 - perf_raw::r93 - perf_raw::r94",
     "CF 4, 145 to 148"},
    {"z17", "dtlb_miss", "perf_raw::r81", "CF 129, DTLB2_WRITES"},
    {"z17", "dtlb_penalty_cycles", "perf_raw::r82", "CF 130, DTLB2_MISSES"},
    {"z17", "cycles", "perf_raw::r0", "CF 0"},
    {"z17", "instructions", "perf_raw::r1", "CF 1"},
    {"z17", "l1d_miss", "perf_raw::r4", "CF 4"},
    {"z17", "l1d_penalty_cycles", "perf_raw::r5", "CF 5"},

    // --- AMD. Demand fills of L1D by where the line came from: 01 own L2, 02 L3 or another L2 of
    // the core complex, 04 another complex of the node, 08 memory, 10 and 40 another node's caches
    // and memory, 80 extension memory. Lines that a prefetcher had brought in time are not misses.
    {"zen2", "l1d_miss", "perf_raw::r5b43", "zen2 ls_refills_from_sys, all sources"},
    {"zen2", "l2_miss", "perf_raw::r5a43", "zen2 ls_refills_from_sys, all but the own L2"},
    {"zen2", "l3_miss", "perf_raw::r5843", "zen2 ls_refills_from_sys, memory and another node"},
    {"zen2", "l1d_from_l2", "perf_raw::r0143", "zen2 ls_refills_from_sys.ls_mabresp_lcl_l2"},
    {"zen2", "l1d_from_l3", "perf_raw::r0243", "zen2 ls_refills_from_sys.ls_mabresp_lcl_cache"},
    {"zen2", "dtlb_miss", "perf_raw::rff45", "zen2 ls_l1_d_tlb_miss.all"},
    {"zen2", "dtlb_walk", "perf_raw::rf045", "zen2 ls_l1_d_tlb_miss, missed the second TLB, too"},
    {"zen3", "l1d_miss", "perf_raw::r5f43", "zen3 ls_dmnd_fills_from_sys, all sources"},
    {"zen3", "l2_miss", "perf_raw::r5e43", "zen3 ls_dmnd_fills_from_sys, all but the own L2"},
    {"zen3", "l3_miss", "perf_raw::r5c43", "zen3 ls_dmnd_fills_from_sys, beyond the complex"},
    {"zen3", "l1d_from_l2", "perf_raw::r0143", "zen3 ls_dmnd_fills_from_sys.lcl_l2"},
    {"zen3", "l1d_from_l3", "perf_raw::r0243", "zen3 ls_dmnd_fills_from_sys.int_cache"},
    {"zen3", "dtlb_miss", "perf_raw::rff45", "zen3 ls_l1_d_tlb_miss.all"},
    {"zen3", "dtlb_walk", "perf_raw::rf045", "zen3 ls_l1_d_tlb_miss, missed the second TLB, too"},
    {"zen4", "l1d_miss", "perf_raw::rdf43", "zen4 ls_dmnd_fills_from_sys, all sources"},
    {"zen4", "l2_miss", "perf_raw::rde43", "zen4 ls_dmnd_fills_from_sys, all but the own L2"},
    {"zen4", "l3_miss", "perf_raw::rdc43", "zen4 ls_dmnd_fills_from_sys, beyond the complex"},
    {"zen4", "l1d_from_l2", "perf_raw::r0143", "zen4 ls_dmnd_fills_from_sys.local_l2"},
    {"zen4", "l1d_from_l3", "perf_raw::r0243", "zen4 ls_dmnd_fills_from_sys.local_ccx"},
    {"zen4", "dtlb_miss", "perf_raw::rff45", "zen4 ls_l1_d_tlb_miss.all"},
    {"zen4", "dtlb_walk", "perf_raw::rf045", "zen4 ls_l1_d_tlb_miss.all_l2_miss"},
    // libpfm4 4.13 does not know Zen 5.
    {"zen5", "l1d_miss", "perf_raw::rdf43", "zen5 ls_dmnd_fills_from_sys, all sources"},
    {"zen5", "l2_miss", "perf_raw::rde43", "zen5 ls_dmnd_fills_from_sys, all but the own L2"},
    {"zen5", "l3_miss", "perf_raw::rdc43", "zen5 ls_dmnd_fills_from_sys, beyond the complex"},
    {"zen5", "l1d_from_l2", "perf_raw::r0143", "zen5 ls_dmnd_fills_from_sys.local_l2"},
    {"zen5", "l1d_from_l3", "perf_raw::r0243", "zen5 ls_dmnd_fills_from_sys.local_ccx"},
    {"zen5", "dtlb_miss", "perf_raw::rff45", "zen5 ls_l1_d_tlb_miss.all"},
    {"zen5", "dtlb_walk", "perf_raw::rf045", "zen5 ls_l1_d_tlb_miss.all_l2_miss"},

    // --- Intel, from Haswell on; the name without a PMU's in front is that of the CPU at hand.
    {"intel", "l1d_miss", "MEM_LOAD_RETIRED:L1_MISS", "Intel, from Skylake on: retired loads"},
    {"intel", "l1d_miss", "MEM_LOAD_UOPS_RETIRED:L1_MISS", "Intel, Haswell and Broadwell"},
    {"intel", "l2_miss", "MEM_LOAD_RETIRED:L2_MISS", "Intel, from Skylake on"},
    {"intel", "l2_miss", "MEM_LOAD_UOPS_RETIRED:L2_MISS", "Intel, Haswell and Broadwell"},
    {"intel", "l3_miss", "MEM_LOAD_RETIRED:L3_MISS", "Intel, from Skylake on"},
    {"intel", "l3_miss", "MEM_LOAD_UOPS_RETIRED:L3_MISS", "Intel, Haswell and Broadwell"},
    {"intel", "dtlb_miss", "DTLB_LOAD_MISSES:STLB_HIT + DTLB_LOAD_MISSES:WALK_COMPLETED",
     "Intel: found in the second TLB, or walked for"},
    {"intel", "dtlb_walk", "DTLB_LOAD_MISSES:WALK_COMPLETED", "Intel: page walks for loads"},

    // --- arm64
    {"arm64", "cycles", "perf_raw::r11", "ARM CPU_CYCLES"},
    {"arm64", "instructions", "perf_raw::r8", "ARM INST_RETIRED"},
    {"arm64", "l1d_miss", "perf_raw::r3", "ARM L1D_CACHE_REFILL"},
    {"arm64", "l2_miss", "perf_raw::r17", "ARM L2D_CACHE_REFILL"},
    {"arm64", "l3_miss", "perf_raw::r2a", "ARM L3D_CACHE_REFILL"},
    {"arm64", "dtlb_miss", "perf_raw::r5", "ARM L1D_TLB_REFILL"},
    {"arm64", "dtlb_walk", "perf_raw::r34", "ARM DTLB_WALK"},

    // --- MIPS
    {"r4000sc", "synonym_miss", "cpuinfo::VCED", "virtual coherency exceptions, /proc/cpuinfo"},
    {"mips_74k", "cycles", "mips_74k::CYCLES", "74K"},
    {"mips_74k", "instructions", "mips_74k::INSTRUCTIONS", "74K"},
    {"mips_74k", "l1d_miss", "mips_74k::DCACHE_MISSES", "74K"},
    {"mips_74k", "l2_miss", "mips_74k::L2_CACHE_MISSES", "74K"},
    {"mips_74k", "dtlb_miss", "mips_74k::JTLB_DATA_MISSES", "74K"},
    {"mips_74k", "synonym_miss", "mips_74k::DCACHE_VTAG_MISMATCH",
     "74K: the physical tag matched, the virtual one did not, or the reverse"},
    {"mips", "l2_miss", "perf::LLC-LOAD-MISSES", "mipsxx: the last level is the second"},
    {"mips", "l3_miss", "", "the generic event for the last level is the second one here"},

    // --- any CPU: PAPI's presets, then the kernel's generic events
    {"any", "cycles", "PAPI_TOT_CYC", "PAPI preset"},
    {"any", "cycles", "perf::CYCLES", "perf_event_open(2)"},
    {"any", "instructions", "PAPI_TOT_INS", "PAPI preset"},
    {"any", "instructions", "perf::INSTRUCTIONS", "perf_event_open(2)"},
    {"any", "l1d_miss", "PAPI_L1_DCM", "PAPI preset"},
    {"any", "l1d_miss", "perf::L1-DCACHE-LOAD-MISSES", "perf_event_open(2)"},
    {"any", "l2_miss", "PAPI_L2_DCM", "PAPI preset"},
    {"any", "l3_miss", "PAPI_L3_DCM", "PAPI preset"},
    {"any", "l3_miss", "perf::LLC-LOAD-MISSES", "perf_event_open(2): the last level"},
    {"any", "dtlb_miss", "PAPI_TLB_DM", "PAPI preset"},
    {"any", "dtlb_miss", "perf::DTLB-LOAD-MISSES", "perf_event_open(2)"},
    {"any", "synonym_miss", "", "this CPU has no event for it; --model CPU counts them"},
};

}  // namespace

std::span<const ProfileEntry> event_profiles() {
  return kProfiles;
}

std::vector<ProfileEntry> profile_of(std::span<const std::string> families) {
  std::vector<std::string> order(families.begin(), families.end());
  order.emplace_back("any");
  std::vector<ProfileEntry> chosen;
  for (const std::string& key : known_keys())
    for (const std::string& family : order)
      for (const ProfileEntry& entry : kProfiles)
        if (key == entry.key && family == entry.family) chosen.push_back(entry);
  return chosen;
}

std::vector<std::string> known_keys() {
  std::vector<std::string> keys = {"cycles",  "instructions", "l1d_miss",    "l2_miss",
                                   "l3_miss", "dtlb_miss",    "synonym_miss"};
  for (const ProfileEntry& entry : kProfiles)
    if (std::ranges::find(keys, entry.key) == keys.end()) keys.emplace_back(entry.key);
  return keys;
}

}  // namespace zp
