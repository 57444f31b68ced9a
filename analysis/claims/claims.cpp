// SPDX-License-Identifier: MIT
#include "analysis/claims/claims.hpp"

#include <array>

#include "analysis/claims/judges.hpp"

namespace zp::analysis {
std::span<const Claim> claims() {
  static const std::array kClaims{
      Claim{
          "scan", "scan",
          "\"we are not doing any additional memops except when a candidate non-empty page has "
          "the same checksum as an empty page\"; against it: \"it's debatable if it's worth one "
          "more memcpy for every merge candidate\"",
          fmt::format(
              "Confirmed if, with use_zero_pages=1, ksmd compares no unique and no volatile page "
              "(up "
              "to 2 % are tolerated) but every page whose checksum is that of a zero page, and if "
              "its second scan of unique, volatile or identical pages is not shown to cost more "
              "(the whole interval of the ratio above 1.05, and p < {}, Holm-corrected over all "
              "contents; its upper end is what it may cost). Refuted otherwise; undecided if one "
              "of these was not timed, or in too few passes. KSM write-protects a page before it "
              "compares it, so a page that was compared faults on the next write.",
              kProbableAlpha),
          judge_scan},
      Claim{"metadata", "metadata", "\"one page more or less in the metadata won't change much\"",
            "Confirmed if KSM's records take at most 2 % of the merged memory, with either value "
            "of use_zero_pages (0 is ksm_default, KSM as shipped, or ksm_single in runs without "
            "it); refuted otherwise. Computed: the number of records times their size.",
            judge_metadata},
      Claim{"cow", "cow",
            "not from the thread: use_zero_pages=1 makes the first write to a merged page more "
            "expensive",
            "Confirmed if the whole interval of the ratio of a write to the zero page over a write "
            "to a KSM frame (ksm_default, KSM as shipped, or ksm_single in runs without it) lies "
            "above 1.05, refuted if it lies below, undecided otherwise.",
            judge_cow},
      Claim{"unmerge", "unmerge",
            "not from the thread: what was merged can be taken apart again in the field",
            "Confirmed if every page is unmerged, by both ways and for both placements; undecided "
            "if one of these was not measured; depends otherwise.",
            judge_unmerge},
      Claim{"toggle", "toggle",
            "\"toggleable with a sysfs control ... can negatively affect the performance in some "
            "cases\"",
            fmt::format(
                "The knob is off in ksm_default: KSM as shipped since Linux 4.13, with one frame "
                "per 256 pages. Confirmed if some read cells are slower with ksm_zero_page than "
                "with ksm_default and none is faster, depends if some are slower and some faster, "
                "refuted if all are the same or faster, undecided otherwise. Cells are compared "
                "within each pass. Slower and faster mean p < {} (moderated t, with the boot as "
                "the unit if there are several, else the pass; Holm-corrected over the cells) and "
                "a 95 % interval of the ratio that excludes 1; the same means that this interval "
                "lies within 2 % of 1. ksm_single, one frame for all pages, is what Linux 4.11 "
                "and 4.12 did and what the thread argued about: it is shown but decides nothing.",
                kAlpha),
            judge_toggle},
      Claim{"fault", "fault",
            "\"the performance with KSM is the same as with non COW-broken actual zero pages\"",
            "Confirmed if the whole interval of the ratio of rereading memory that KSM has put on "
            "the zero page (ksm_zero_page) over rereading memory that a read fault put there "
            "(read_fault) lies between 0.95 and 1.05, refuted if it lies outside, undecided "
            "otherwise.",
            judge_fault},
      Claim{
          "guest", "guest",
          "with a \"guest OS creating lots of zero pages\", the host merges them as the knob says",
          "Confirmed if, with huge pages off, at least 95 % of the pages that hold only zeros are "
          "on the zero page with use_zero_pages=1 and in KSM frames with 0; depends if that is so "
          "but, with huge pages on, more than 5 % are on the zero page even with use_zero_pages=0; "
          "refuted otherwise.",
          judge_guest},
      Claim{"numa", "numa",
            "\"similarly to the NUMA aware deduplication\": with merge_across_nodes=0 each node "
            "reads its own frames, zero pages included",
            "Confirmed if merge_across_nodes=0 gives more frames than 1, both for KSM's frames and "
            "for the zero page; refuted otherwise.",
            judge_numa},
      Claim{"safety", "safety", "\"it'll eventually overflow the page count, crashing\"",
            "Refuted if every row that ran ends with no leak and no alarm in the kernel's log, "
            "confirmed if every row leaks, depends if some do. A row that something else ends says "
            "neither: without a leak elsewhere it leaves the claim undecided. A program cannot "
            "read the page's "
            "own reference count; frames, counters, flags, mappings and memory are checked "
            "instead. A life is one table that is merged, used and torn down.",
            judge_safety},
      Claim{
          "each_page", "",
          "\"Cache coloring problem should apply to *each and every* deduplicated page.\" "
          "(September 2022, quoted in 20220930113047.60800177@p-imbrenda)",
          "Judged by pages that hold the same non-zero contents (ksm_nonzero: one frame for all of "
          "them). Confirmed if some cell reads faster from frames laid out by colour "
          "(ksm_coloured:N, any N) and no cell of ksm_nonzero is shown to differ from the same "
          "cell of ksm_single, which holds zeros; depends if some cell reads faster but some cell "
          "differs; "
          "refuted if none reads faster and all are the same or slower; undecided otherwise. "
          "Faster, slower and the same are defined as for toggle, over the cells of all N.",
          judge_each_page},
      Claim{"buckets", "",
            "\"a very complex system could be implemented to merge pages in different buckets "
            "based on the 'colour'; the result would probably be that nothing is shared\" "
            "(September 2022, 20220930113047.60800177@p-imbrenda)",
            "Judged by the census of ksm_coloured:N, with one bucket for each of N colours and the "
            "N nearest to 128, the most that a kernel has. Refuted if there are fewer than half as "
            "many frames as pages, confirmed if there are more than 99 % as many, depends "
            "otherwise. This holds for one content that fills a table, as zeros do; little is "
            "shared of a content with fewer copies than colours.",
            judge_buckets},
      Claim{"no_use", "",
            "\"if you are not on s390 or MIPS, you have no use for use_zero_pages\" (September "
            "2022, 20220930113047.60800177@p-imbrenda)",
            "Judged on machines other than s390 and MIPS. Refuted if KSM keeps less than half as "
            "many bytes per merged zero-filled page with use_zero_pages=1 (metadata), or if ksmd's "
            "later scans of a table of zeros take less CPU time (scan, zero:100: the whole "
            "interval of the ratio lies below 0.95); confirmed if both were measured and neither "
            "is so; undecided otherwise. What reads gain or lose is judged under toggle.",
            judge_no_use},
      Claim{"guest_colours", "",
            "\"the multiple zero pages in a KVM guest will be merged into one single page in the "
            "host, so the guest will lose the benefits of coloured zero pages\" (September 2022, "
            "20220930113047.60800177@p-imbrenda)",
            "Judged by the census of a guest's memory with use_zero_pages=0 (guest, huge pages "
            "off). Refuted if less than 95 % of its zero-filled pages are in KSM frames; otherwise "
            "confirmed if these are one frame, and depends if they are several: the guest's own "
            "colour order is lost, but more than one page remains. The frames that hold zeros are "
            "the excess over the number of frames with use_zero_pages=1; this is known only where "
            "the host has one zero page. An x86 guest has one zero page of its own; every "
            "zero-filled page is counted.",
            judge_guest_colours}};
  return kClaims;
}

}  // namespace zp::analysis
