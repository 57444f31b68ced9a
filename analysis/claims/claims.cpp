// SPDX-License-Identifier: MIT
#include "analysis/claims/claims.hpp"

#include <array>

#include "analysis/claims/judges.hpp"

namespace zp::analysis {

std::span<const Claim> claims() {
  static constexpr std::array kClaims{
      Claim{
          "toggle",
          "toggleable with a sysfs control ... can negatively affect the performance in some cases",
          "confirmed when some read cells of ksm_zero_page are slower than the same of ksm_single "
          "and none is faster, depends when some are faster, refuted when none is slower. Slower: "
          "the whole 95 % interval of the ratio (Hodges and Lehmann) lies above 1.02, from 5 "
          "values "
          "a side on.",
          judge_toggle},
      Claim{"guest", "\"guest OS creating lots of zero pages\", KVM",
            "confirmed when at least 95 % of the pages that hold only zeros are on the zero page "
            "with "
            "use_zero_pages=1 and in KSM frames with 0 (huge pages off); depends when, with huge "
            "pages "
            "on, more than 5 % are on the zero page with use_zero_pages=0, too; else refuted.",
            judge_guest},
      Claim{
          "numa", "similarly to the NUMA aware deduplication",
          "confirmed when merge_across_nodes=0 gives more frames than 1 both for KSM's frames and "
          "for the zero page; else refuted.",
          judge_numa},
      Claim{"safety", "it'll eventually overflow the page count, crashing",
            "refuted when every row that ran ends with no leak and no alarm in the kernel's log, "
            "confirmed when every row leaks, depends when some do. The page's own reference count "
            "can "
            "not be read by a program; frames, counters, flags, mappings and memory are.",
            judge_safety}};
  return kClaims;
}

}  // namespace zp::analysis
