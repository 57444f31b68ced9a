// SPDX-License-Identifier: MIT
#include "analysis/claims/claims.hpp"

#include <array>

#include "analysis/claims/judges.hpp"

namespace zp::analysis {
std::span<const Claim> claims() {
  static constexpr std::array kClaims{
      Claim{
          "scan", "scan",
          "\"we are not doing any additional memops except when a candidate non-empty page has the "
          "same checksum as an empty page\"; against it: \"it's debatable if it's worth one more "
          "memcpy for every merge candidate\"",
          "confirmed when, with use_zero_pages=1, no unique and no volatile page is compared (2 % "
          "are tolerated), every page is whose checksum is that of a zero page, and ksmd's second "
          "scan of unique, volatile or identical pages does not cost more (costing more: the whole "
          "interval "
          "of the ratio, Hodges and Lehmann, above 1.05); else refuted. KSM write-protects a page "
          "before it compares it: what was compared faults when it is written to.",
          judge_scan},
      Claim{
          "metadata", "metadata", "\"one page more or less in the metadata won't change much\"",
          "confirmed when KSM's records take at most 2 % of the memory that is merged, with either "
          "value of use_zero_pages (off: ksm_default, what ships; ksm_single in runs without), "
          "else refuted. Arithmetic: records times their size.",
          judge_metadata},
      Claim{"cow", "cow",
            "not from the thread: use_zero_pages=1 makes the first write to a merged page more "
            "expensive",
            "confirmed when the whole interval of the ratio (Hodges and Lehmann) of a write to the "
            "zero page over one to a KSM frame (ksm_default, what ships; ksm_single in runs "
            "without) lies above 1.05, refuted when it lies below, else undecided.",
            judge_cow},
      Claim{
          "unmerge", "unmerge",
          "not from the thread: what was merged can be taken apart again in the field",
          "confirmed when every page is unmerged, both ways and for both placements, else depends.",
          judge_unmerge},
      Claim{
          "toggle", "toggle",
          "\"toggleable with a sysfs control ... can negatively affect the performance in some "
          "cases\"",
          "knob off is ksm_default: KSM as it ships since Linux 4.13, a frame for each 256 pages. "
          "confirmed when some read cells of ksm_zero_page are slower than the same of ksm_default "
          "and none is faster, depends when some are faster, refuted when all are the same or "
          "faster, else undecided. Slower and faster: in the same pass, p < 0.005 (moderated t, "
          "the unit is the boot where there are several, else the pass; corrected by Holm over the "
          "cells) and the 95 % interval of the ratio leaves out 1; the same: it lies within 2 % of "
          "1. ksm_single, one frame for all pages, is "
          "what Linux 4.11 and 4.12 did and what the thread argued about: it is shown, and decides "
          "nothing.",
          judge_toggle},
      Claim{"fault", "fault",
            "\"the performance with KSM is the same as with non COW-broken actual zero pages\"",
            "confirmed when the whole interval of the ratio (Hodges and Lehmann) of reading memory "
            "again that KSM has put on the zero page (ksm_zero_page) over what a read fault put "
            "there (read_fault) lies within 0.95 and 1.05, refuted when it lies outside, else "
            "undecided.",
            judge_fault},
      Claim{"guest", "guest",
            "of \"guest OS creating lots of zero pages\" the host merges what the knob says",
            "confirmed when at least 95 % of the pages that hold only zeros are on the zero page "
            "with "
            "use_zero_pages=1 and in KSM frames with 0 (huge pages off); depends when, with huge "
            "pages "
            "on, more than 5 % are on the zero page with use_zero_pages=0, too; else refuted.",
            judge_guest},
      Claim{
          "numa", "numa",
          "\"similarly to the NUMA aware deduplication\": with merge_across_nodes=0 every node "
          "reads frames of its own, zero pages included",
          "confirmed when merge_across_nodes=0 gives more frames than 1 both for KSM's frames and "
          "for the zero page; else refuted.",
          judge_numa},
      Claim{"safety", "safety", "\"it'll eventually overflow the page count, crashing\"",
            "refuted when every row that ran ends with no leak and no alarm in the kernel's log, "
            "confirmed when every row leaks, depends when some do. The page's own reference count "
            "can "
            "not be read by a program; frames, counters, flags, mappings and memory are. A life: a "
            "table that is merged, used and ended.",
            judge_safety},
      Claim{
          "each_page", "",
          "\"Cache coloring problem should apply to *each and every* deduplicated page.\" "
          "(September 2022, quoted in 20220930113047.60800177@p-imbrenda)",
          "judged by pages that hold no zeros (ksm_nonzero: one frame for all of them). confirmed "
          "when some cell reads faster from frames laid out by colour (ksm_coloured:N, any N) and "
          "no cell of ksm_nonzero differs from the same of ksm_single, which holds zeros; depends "
          "when some cell does; refuted when none reads faster and all are the same or slower; "
          "else undecided. Faster, slower, the same: as for toggle, over the cells of all N.",
          judge_each_page},
      Claim{
          "buckets", "",
          "\"a very complex system could be implemented to merge pages in different buckets based "
          "on the 'colour'; the result would probably be that nothing is shared\" (September "
          "2022, 20220930113047.60800177@p-imbrenda)",
          "by census of ksm_coloured:N, a bucket for each of N colours, with the N that is "
          "nearest to 128, the most that a kernel has: refuted when the frames are less than half "
          "of the pages, confirmed when they are more than 99 %, else depends. That is one content "
          "that fills a table, as zeros do; of a content with fewer copies than colours little is "
          "shared.",
          judge_buckets},
      Claim{
          "no_use", "",
          "\"if you are not on s390 or MIPS, you have no use for use_zero_pages\" (September 2022, "
          "20220930113047.60800177@p-imbrenda)",
          "judged on other machines. refuted when, for a merged page of zeros, KSM keeps less than "
          "half of the bytes with use_zero_pages=1 (metadata), or ksmd's later scans of a table of "
          "zeros take less CPU time (scan, zero:100: the whole interval of the ratio, Hodges and "
          "Lehmann, below 0.95); confirmed when both were measured and neither is so; else "
          "undecided. What reads gain or lose is the claim toggle's.",
          judge_no_use},
      Claim{
          "guest_colours", "",
          "\"the multiple zero pages in a KVM guest will be merged into one single page in the "
          "host, so the guest will lose the benefits of coloured zero pages\" (September 2022, "
          "20220930113047.60800177@p-imbrenda)",
          "by census of a guest's memory with use_zero_pages=0 (guest, huge pages off): refuted "
          "when less than 95 % of its pages of zeros are in KSM frames; else confirmed when these "
          "are one frame, and depends when they are several: the guest's own order of colours is "
          "lost, but it is not one page. The frames that zeros have are counted as those there are "
          "more than with use_zero_pages=1: only where the host has one zero page. An "
          "x86 guest has one zero page of its own; what is counted is every page of zeros.",
          judge_guest_colours}};
  return kClaims;
}

}  // namespace zp::analysis
