// SPDX-License-Identifier: MIT
#include <array>

#include "analysis/claims/claims.hpp"
#include "analysis/claims/judges.hpp"

namespace zp::analysis {

std::span<const Claim> debates() {
  static constexpr std::array kDebates{
      Claim{
          "remap", "split",
          "of mapping pages of zeros to the zero page where a huge page is split: \"This flag is "
          "set unconditionally for every anonymous folio split, including splits triggered by "
          "KSM.\" (May 2026, 20260508170509.640851-1-npache); \"all splits do this zero-page "
          "scanning and remapping, even if the user has the underutilized shrinker disabled\" "
          "(June 2026, lkml.iu.edu/2606.1/03803.html)",
          "by census, with shrink_underused=0 (or without that knob), of every way that splits "
          "the huge page and not the mapping alone: confirmed when, in every such row, at least "
          "95 % of the pages of zeros in huge pages that were split are on the zero page, refuted "
          "when in none more than 5 % are, else depends. With way:ksm only use_zero_pages=0 "
          "counts: with 1 KSM is asked for "
          "it.",
          judge_remap},
      Claim{"rate", "",
            "\"This bypasses KSM's pages_to_scan rate limiting, causing ~1GB to be freed almost "
            "instantly.\" (May 2026, 20260508170509.640851-1-npache)",
            "confirmed when ksmd's second scan, in which it merges, sends more than 1.05 pages to "
            "the zero page for each page that it scans (split, way:ksm, use_zero_pages=1, as in "
            "the claim), else refuted: merging alone sends one at most. What is freed at once is "
            "arithmetic from there, with pages_to_scan=100, the kernel's default.",
            judge_rate},
      Claim{"policy", "",
            "\"the zero-page remapping would remap all zero-filled pages to the shared zero-page "
            "bypassing the use_zero_pages policy\" (June 2026, lkml.iu.edu/2606.1/03803.html)",
            "by census, after ksmd has split huge pages with use_zero_pages=0 (split, way:ksm): "
            "confirmed when at least 95 % of the pages of zeros in huge pages that were split are "
            "on the zero page, refuted when at most 5 % are, else depends.",
            judge_policy},
      Claim{"progress", "",
            "\"KSM would then waste cycles scanning these already freed pages, causing little "
            "progress to be made, and KSMs performance to degrade\" (June 2026, "
            "lkml.iu.edu/2606.1/03803.html)",
            "of the progress: after ksmd's first three scans, of which the second and the third "
            "merge, with use_zero_pages=0 (split, way:ksm): confirmed when less than half of the "
            "pages of zeros are in KSM frames or on the zero page, refuted when at least 95 % are, "
            "else depends. What it scanned meanwhile is shown.",
            judge_progress},
      Claim{"worry", "",
            "\"I am really worried about the amount of work and cpu time the THP shrinker will "
            "consume when max_ptes_none is 511 (I dont have any numbers to back up my worry :))\" "
            "(September 2025, 06874db5-80f2-41a0-98f1-35177f758670@gmail.com)",
            "by the look for zeros that splitting takes, page by page as the shrinker's: pages "
            "whose last word alone is not zero against pages whose first word is not (split, "
            "way:free; neither goes to the zero page). confirmed when the whole interval of the "
            "ratio (Hodges and Lehmann) of the cost of a split lies above 2: the look is then "
            "more expensive than the split; refuted when it lies below, else undecided.",
            judge_worry},
      Claim{"zeromap", "swap",
            "of pages of zeros that are swapped out: \"rather than reading/writing these pages to "
            "flash resulting in increased I/O and flash wear, a bitmap can be used\" (June 2024, "
            "20240610121820.328876-1-usamaarif642@gmail.com)",
            "confirmed when no page of a table of zeros arrives on the swap device and every page "
            "does that is not zero in one word, refuted when every page of zeros arrives, too, "
            "else depends. Counted by the device where it is our own (way:zram), else by the "
            "kernel (pswpout).",
            judge_zeromap},
      Claim{"benchmark", "",
            "of memory that was set to zero before (memset(addr, 0, ...)): \"The following "
            "benchmark (stolen from Barry at [1]) is used to measure the time taken to swapout "
            "256M worth of memory\" (April 2026, 20260410103204.120409-1-dev.jain@arm.com)",
            "confirmed when pages of zeros arrive on the swap device as others do, refuted when "
            "none does: what is timed then is unmapping and a look for zeros. The mail's pages "
            "are in large folios of 64 KiB, these are single ones.",
            judge_benchmark},
      Claim{"own_frame", "",
            "not from a thread: a page of zeros that comes back from swap is a frame of its own, "
            "not the zero page",
            "by census after every page of a table of zeros was swapped out and read: confirmed "
            "when none is on the zero page and each has its own frame, else refuted.",
            judge_own_frame},
      Claim{"undo", "collapse",
            "not from a thread; why scripts set max_ptes_none=0 while KSM merges zeros: khugepaged "
            "takes longer to collapse sparse regions, but the two no longer undo each other's work",
            "by census, of the pages that KSM had put on the zero page, all but one of each huge "
            "page's: confirmed when khugepaged takes at least 95 % of them with max_ptes_none as "
            "the kernel ships (511 of 512) and at most 5 % with 0; refuted when at most 5 % with "
            "the former (there is no conflict) or at least 95 % with 0 (it is not avoided); else "
            "depends.",
            judge_undo},
      Claim{"false_sharing", "",
            "\"There will be no false sharing between ksmd and khugepaged. khugepaged won't "
            "collapse 2m virtual regions with KSM pages inside.\" (January 2011, Linux commit "
            "29ad768cfc08, six years before use_zero_pages)",
            "by census, with max_ptes_none as the kernel ships, of what ksmd merged: into KSM "
            "frames (placement ksm_default), and with use_zero_pages=1 onto the zero page "
            "(ksm_zero_page). confirmed when khugepaged takes at most 5 % of either, refuted when "
            "at least 95 % of both, else depends.",
            judge_false_sharing},
      Claim{"more", "",
            "not from a thread; why scripts set max_ptes_none=409: khugepaged then collapses more "
            "regions with PTEs of the zero page",
            "by census, of the pages that KSM had put on the zero page, all but one of each huge "
            "page's: confirmed when khugepaged takes more of them with four fifths (409 of 512) "
            "than as the kernel ships (511), refuted when it takes fewer, else depends.",
            judge_collapse_more},
      Claim{"reverse_map", "rmap",
            "rmap_walk_ksm \"becomes particularly time-consuming when a large number of VMAs "
            "(e.g., 20,000) share the same anon_vma\" (May 2026, lkml.iu.edu/2605.0/01825.html); "
            "measured there: 228.65 ms before, 0.396 after (January 2026, "
            "lkml.iu.edu/hypermail/linux/kernel/2601.1/10400.html)",
            "of taking a KSM frame of two pages away, swapped out or else moved to another node: "
            "confirmed when the whole interval of the ratio (Hodges and Lehmann) of its cost with "
            "20000 mappings over that with one lies above 2, refuted when it lies below, else "
            "undecided.",
            judge_reverse_map},
      Claim{
          "zero_only", "scan",
          "of merging nothing but zeros: \"The CPU cost drops dramatically because the expensive "
          "operations (memcmp, tree insert/lookup, page locking for merge) are eliminated for "
          "all non-zero pages.\" (2026, github.com/kubevirt/enhancements/pull/382)",
          "of ksmd's CPU time per unique page and later scan, with that mode (mode:zero_only) or, "
          "on kernels without, as estimated by pages that are changed between any two scans: of "
          "those it takes the checksum and looks no further. confirmed when the whole interval "
          "of the ratio (Hodges and Lehmann) over mode:plain lies below 0.5, refuted when it "
          "lies above, else undecided.",
          judge_zero_only},
      Claim{"pin", "pin",
            "of the zero page under a long-term pin, VFIO's for one: \"we'd now no longer pin the "
            "shared zeropage. Instead, we'd populate exclusive anon pages that we can pin\" (of "
            "2022, quoted in February 2024, 20240229150406.4d41db01.alex.williamson@redhat.com)",
            "by census, of memory that is registered with io_uring (a long-term pin for writing; "
            "VFIO's needs a device): confirmed when in every such row at least 95 % of the pages "
            "that were on the zero page or in a KSM frame have a frame of their own, refuted when "
            "in none more than 5 % have, else depends. A pipe that holds the same pages is shown "
            "beside it.",
            judge_pin},
      Claim{"held", "",
            "not from a thread: as long as memory is registered with io_uring ksmd does not merge "
            "it again, and when it is given back ksmd does",
            "by census after three scans each (pin, way:io_uring, KSM's placements): confirmed "
            "when in every row at most 5 % are merged while they are registered and at least 95 % "
            "afterwards, refuted when at least 95 % are merged while they are registered, else "
            "depends.",
            judge_held},
      Claim{"lock", "",
            "not from a thread: mlock() takes merged memory apart, too, and ksmd merges it again "
            "behind the lock, so that locked memory is shared after all",
            "by census (pin, way:mlock): confirmed when in every row at least 95 % of the pages "
            "have a frame of their own once they are locked, and in those of KSM at least 95 % are "
            "merged three scans later; refuted when in no row more than 5 % get a frame of their "
            "own, else depends.",
            judge_lock}};
  return kDebates;
}

}  // namespace zp::analysis
