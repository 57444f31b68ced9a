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
            judge_own_frame}};
  return kDebates;
}

}  // namespace zp::analysis
