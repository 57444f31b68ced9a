// SPDX-License-Identifier: MIT
#include "analysis/claims/claims.hpp"

#include <array>

#include "analysis/claims/judges.hpp"

namespace zp::analysis {
namespace {

constexpr std::string_view kNoRule = "none is written yet: the table stands for itself.";

template <const char* Family>
Judgement without_rule(const ClaimRun& run) {
  const auto rows = run.of_family(Family);
  for (const ClaimRow* row : rows)
    if (!row->figures.empty())
      return {ClaimVerdict::kUndecided, "measured, but there is no rule for a verdict yet"};
  return no_data(run, Family);
}

constexpr char kScan[] = "scan", kMetadata[] = "metadata", kCow[] = "cow", kUnmerge[] = "unmerge";

}  // namespace

std::span<const Claim> claims() {
  static constexpr std::array kClaims{
      Claim{
          kScan,
          "we are not doing any additional memops except when a candidate non-empty page has the "
          "same checksum as an empty page / it's debatable if it's worth one more memcpy for every "
          "merge candidate",
          kNoRule, without_rule<kScan>},
      Claim{kMetadata, "one page more or less in the metadata won't change much", kNoRule,
            without_rule<kMetadata>},
      Claim{kCow, "writing to a merged page", kNoRule, without_rule<kCow>},
      Claim{kUnmerge, "toggling in the field", kNoRule, without_rule<kUnmerge>},
      Claim{
          "toggle",
          "toggleable with a sysfs control ... can negatively affect the performance in some cases",
          "confirmed when some read cells of ksm_zero_page are slower than the same of ksm_single "
          "and none is faster, depends when some are faster, refuted when all are the same or "
          "faster, else undecided. Slower: the whole 95 % interval of the ratio (Hodges and "
          "Lehmann) lies above 1.02 and p < 0.01 (Mann-Whitney, corrected by Holm over the cells); "
          "the same: it lies within 0.98 and 1.02.",
          judge_toggle},
      Claim{"fault",
            "number crunching with uninitialized tables: the performance with KSM is the same as "
            "with "
            "non COW-broken actual zero pages",
            "confirmed when reading memory again that KSM has put on the zero page (ksm_zero_page) "
            "costs within 5 % of reading again what a read fault put there (read_fault), else "
            "refuted.",
            judge_fault},
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
