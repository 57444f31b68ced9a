// SPDX-License-Identifier: MIT
#include <array>

#include "analysis/claims/claims.hpp"
#include "analysis/claims/judges.hpp"

namespace zp::analysis {

std::span<const Claim> debates() {
  static const std::array kDebates{
      Claim{
          "remap", "split",
          "on mapping zero-filled pages to the zero page when a huge page is split: \"This flag is "
          "set unconditionally for every anonymous folio split, including splits triggered by "
          "KSM.\" (May 2026, 20260508170509.640851-1-npache); \"all splits do this zero-page "
          "scanning and remapping, even if the user has the underutilized shrinker disabled\" "
          "(June 2026, lkml.iu.edu/2606.1/03803.html)",
          "By census, with shrink_underused=0 (or without that knob), for every way that splits "
          "the huge page and not just its mapping. Confirmed if in every such row at least 95 % of "
          "the zero-filled pages in huge pages that were split are on the zero page, refuted if in "
          "none more than 5 % are, depends otherwise. With way:ksm only use_zero_pages=0 counts: "
          "with 1, KSM is asked to put them there.",
          judge_remap},
      Claim{"rate", "",
            "\"This bypasses KSM's pages_to_scan rate limiting, causing ~1GB to be freed almost "
            "instantly.\" (May 2026, 20260508170509.640851-1-npache)",
            "Confirmed if ksmd's second scan, in which it merges, sends more than 1.05 pages to "
            "the zero page per page scanned (split, way:ksm, use_zero_pages=1, as in the claim); "
            "refuted otherwise, as merging alone sends one at most. What is freed at once is "
            "computed from that with pages_to_scan=100, the kernel's default.",
            judge_rate},
      Claim{"policy", "",
            "\"the zero-page remapping would remap all zero-filled pages to the shared zero-page "
            "bypassing the use_zero_pages policy\" (June 2026, lkml.iu.edu/2606.1/03803.html)",
            "By census, after ksmd has split huge pages with use_zero_pages=0 (split, way:ksm). "
            "Confirmed if at least 95 % of the zero-filled pages in huge pages that were split are "
            "on the zero page, refuted if at most 5 % are, depends otherwise.",
            judge_policy},
      Claim{"progress", "",
            "\"KSM would then waste cycles scanning these already freed pages, causing little "
            "progress to be made, and KSMs performance to degrade\" (June 2026, "
            "lkml.iu.edu/2606.1/03803.html)",
            "Judged by the progress after ksmd's first three scans, of which the second and the "
            "third merge, with use_zero_pages=0 (split, way:ksm). Confirmed if less than half of "
            "the zero-filled pages are in KSM frames or on the zero page, refuted if at least 95 % "
            "are, depends otherwise. The number of pages scanned meanwhile is shown.",
            judge_progress},
      Claim{"worry", "",
            "\"I am really worried about the amount of work and cpu time the THP shrinker will "
            "consume when max_ptes_none is 511 (I dont have any numbers to back up my worry :))\" "
            "(September 2025, 06874db5-80f2-41a0-98f1-35177f758670@gmail.com)",
            "Judged by the search for zeros that a split makes, page by page like the shrinker's: "
            "pages in which only the last word is not zero against pages in which the first word "
            "is not (split, way:free; neither goes to the zero page). Confirmed if the whole "
            "interval of the ratio of the cost of a split lies above 2, as the search then costs "
            "more than the split; refuted if it lies below, undecided otherwise.",
            judge_worry},
      Claim{
          "zeromap", "swap",
          "on zero-filled pages that are swapped out: \"rather than reading/writing these pages to "
          "flash resulting in increased I/O and flash wear, a bitmap can be used\" (June 2024, "
          "20240610121820.328876-1-usamaarif642@gmail.com)",
          "Confirmed if no page of a table of zeros arrives on the swap device and every page with "
          "one non-zero word does, refuted if every zero-filled page arrives as well, depends "
          "otherwise. Counted by the device if it is our own (way:zram), else by the kernel "
          "(pswpout).",
          judge_zeromap},
      Claim{"benchmark", "",
            "on memory that was set to zero before (memset(addr, 0, ...)): \"The following "
            "benchmark (stolen from Barry at [1]) is used to measure the time taken to swapout "
            "256M worth of memory\" (April 2026, 20260410103204.120409-1-dev.jain@arm.com)",
            "Confirmed if zero-filled pages arrive on the swap device as others do, refuted if "
            "none does: what is timed then is unmapping and a search for zeros. The mail's pages "
            "are in large folios of 64 KiB, these are single pages.",
            judge_benchmark},
      Claim{"own_frame", "",
            "not from a thread: a zero-filled page that comes back from swap gets a frame of its "
            "own, not the zero page",
            "By census, after every page of a table of zeros was swapped out and read. Confirmed "
            "if none is on the zero page and each has its own frame, refuted otherwise.",
            judge_own_frame},
      Claim{"undo", "collapse",
            "not from a thread; the reason why scripts set max_ptes_none=0 while KSM merges zeros: "
            "khugepaged "
            "takes longer to collapse sparse regions, but the two no longer undo each other's work",
            "By census, for pages that KSM had put on the zero page, all but one of each huge "
            "page. Confirmed if khugepaged takes at least 95 % of them with the kernel's default "
            "max_ptes_none (511 of 512) and at most 5 % with 0; refuted if it takes at most 5 % "
            "with the default (there is no conflict) or at least 95 % with 0 (it is not avoided); "
            "depends otherwise.",
            judge_undo},
      Claim{"false_sharing", "",
            "\"There will be no false sharing between ksmd and khugepaged. khugepaged won't "
            "collapse 2m virtual regions with KSM pages inside.\" (January 2011, Linux commit "
            "29ad768cfc08, six years before use_zero_pages)",
            "By census, with the kernel's default max_ptes_none, for what ksmd merged: into KSM "
            "frames (placement ksm_default) and, with use_zero_pages=1, onto the zero page "
            "(ksm_zero_page). Confirmed if khugepaged takes at most 5 % of each, refuted if it "
            "takes at least 95 % of both, depends otherwise.",
            judge_false_sharing},
      Claim{"more", "",
            "not from a thread; the reason why scripts set max_ptes_none=409: khugepaged then "
            "collapses more "
            "regions with PTEs of the zero page",
            "By census, for pages that KSM had put on the zero page, all but one of each huge "
            "page. Confirmed if khugepaged takes more of them with four fifths (409 of 512) than "
            "with the kernel's default (511), by over 5 % of the pages, refuted if it takes fewer "
            "by as many, depends otherwise.",
            judge_collapse_more},
      Claim{"reverse_map", "rmap",
            "rmap_walk_ksm \"becomes particularly time-consuming when a large number of VMAs "
            "(e.g., 20,000) share the same anon_vma\" (May 2026, lkml.iu.edu/2605.0/01825.html); "
            "measured there: 228.65 ms before, 0.396 after (January 2026, "
            "lkml.iu.edu/hypermail/linux/kernel/2601.1/10400.html)",
            "Judged by the cost of taking away a KSM frame of two pages, by swapping it out or "
            "else by moving it to another node. Confirmed if the whole interval of the ratio of "
            "that cost with 20000 mappings over that with one lies above 2, refuted if it lies "
            "below, undecided otherwise.",
            judge_reverse_map},
      Claim{"zero_only", "scan",
            "on merging nothing but zeros: \"The CPU cost drops dramatically because the expensive "
            "operations (memcmp, tree insert/lookup, page locking for merge) are eliminated for "
            "all non-zero pages.\" (2026, github.com/kubevirt/enhancements/pull/382)",
            "Judged by ksmd's CPU time per unique page in later scans, with that mode "
            "(mode:zero_only) or, on kernels without it, estimated from pages that change between "
            "any two scans: ksmd takes their checksum and looks no further. Confirmed if the whole "
            "interval of the ratio over mode:plain lies below 0.5, refuted if it lies above, "
            "undecided otherwise.",
            judge_zero_only},
      Claim{
          "pin", "pin",
          "on the zero page under a long-term pin, such as VFIO's: \"we'd now no longer pin the "
          "shared zeropage. Instead, we'd populate exclusive anon pages that we can pin\" (2022, "
          "quoted in February 2024, 20240229150406.4d41db01.alex.williamson@redhat.com)",
          "By census, for memory registered with io_uring (a long-term pin for writing; VFIO's "
          "needs a device). Confirmed if in every such row at least 95 % of the pages that were on "
          "the zero page or in a KSM frame have a frame of their own, refuted if in none more than "
          "5 % have, depends otherwise. A pipe that holds the same pages is shown for comparison.",
          judge_pin},
      Claim{"held", "",
            "not from a thread: ksmd does not merge memory again while it is registered with "
            "io_uring, and does so once it is unregistered",
            "By census, after three scans each (pin, way:io_uring, KSM's placements). Confirmed if "
            "in every row at most 5 % of the pages are merged while registered and at least 95 % "
            "afterwards, refuted if at least 95 % are merged while registered, depends otherwise.",
            judge_held},
      Claim{
          "lock", "",
          "not from a thread: mlock() also takes merged memory apart, but ksmd merges it again "
          "behind the lock, so that locked memory is shared after all",
          "By census (pin, way:mlock). Confirmed if in every row at least 95 % of the pages have a "
          "frame of their own once locked, and in KSM's rows at least 95 % are merged three scans "
          "later; refuted if in no row more than 5 % get a frame of their own; depends otherwise.",
          judge_lock}};
  return kDebates;
}

}  // namespace zp::analysis
