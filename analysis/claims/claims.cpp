// SPDX-License-Identifier: MIT
#include "analysis/claims/claims.hpp"

#include <array>

#include "analysis/claims/judges.hpp"

namespace zp::analysis {
std::span<const Claim> claims() {
  static constexpr std::array kClaims{
      Claim{
          "scan",
          "\"we are not doing any additional memops except when a candidate non-empty page has the "
          "same checksum as an empty page\"; against it: \"it's debatable if it's worth one more "
          "memcpy for every merge candidate\"",
          "confirmed when, with use_zero_pages=1, no unique and no volatile page is compared (2 % "
          "are let pass), every page is whose checksum is that of a zero page, and ksmd's second "
          "scan of unique, volatile or identical pages is not dearer (dearer: the whole interval "
          "of the ratio, Hodges and Lehmann, above 1.05); else refuted. KSM write-protects a page "
          "before it compares it: what was compared faults when it is written to.",
          judge_scan},
      Claim{
          "metadata", "\"one page more or less in the metadata won't change much\"",
          "confirmed when KSM's records take at most 2 % of the memory that is merged, with either "
          "value of use_zero_pages, else refuted. Arithmetic: records times their size.",
          judge_metadata},
      Claim{"cow",
            "not from the thread: use_zero_pages=1 makes the first write to a merged page dearer",
            "confirmed when the whole interval of the ratio (Hodges and Lehmann) of a write to the "
            "zero page over one to a KSM frame lies above 1.05, refuted when it lies below, else "
            "undecided.",
            judge_cow},
      Claim{
          "unmerge", "not from the thread: what was merged can be taken apart again in the field",
          "confirmed when every page is unmerged, both ways and for both placements, else depends.",
          judge_unmerge},
      Claim{
          "toggle",
          "\"toggleable with a sysfs control ... can negatively affect the performance in some "
          "cases\"",
          "confirmed when some read cells of ksm_zero_page are slower than the same of ksm_single "
          "and none is faster, depends when some are faster, refuted when all are the same or "
          "faster, else undecided. Slower: the whole 95 % interval of the ratio (Hodges and "
          "Lehmann) lies above 1.02 and p < 0.01 (Mann-Whitney, corrected by Holm over the cells); "
          "the same: it lies within 0.98 and 1.02.",
          judge_toggle},
      Claim{"fault",
            "\"the performance with KSM is the same as with non COW-broken actual zero pages\"",
            "confirmed when the whole interval of the ratio (Hodges and Lehmann) of reading memory "
            "again that KSM has put on the zero page (ksm_zero_page) over what a read fault put "
            "there (read_fault) lies within 0.95 and 1.05, refuted when it lies outside, else "
            "undecided.",
            judge_fault},
      Claim{"guest",
            "of \"guest OS creating lots of zero pages\" the host merges what the knob says",
            "confirmed when at least 95 % of the pages that hold only zeros are on the zero page "
            "with "
            "use_zero_pages=1 and in KSM frames with 0 (huge pages off); depends when, with huge "
            "pages "
            "on, more than 5 % are on the zero page with use_zero_pages=0, too; else refuted.",
            judge_guest},
      Claim{
          "numa",
          "\"similarly to the NUMA aware deduplication\": with merge_across_nodes=0 every node "
          "reads frames of its own, zero pages included",
          "confirmed when merge_across_nodes=0 gives more frames than 1 both for KSM's frames and "
          "for the zero page; else refuted.",
          judge_numa},
      Claim{"safety", "\"it'll eventually overflow the page count, crashing\"",
            "refuted when every row that ran ends with no leak and no alarm in the kernel's log, "
            "confirmed when every row leaks, depends when some do. The page's own reference count "
            "can "
            "not be read by a program; frames, counters, flags, mappings and memory are. A life: a "
            "table that is merged, used and ended.",
            judge_safety}};
  return kClaims;
}

}  // namespace zp::analysis
