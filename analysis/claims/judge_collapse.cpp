// SPDX-License-Identifier: MIT
// The debates since 2024: khugepaged, the reverse map, and merging nothing but zeros.
#include <cmath>

#include "analysis/claims/judges.hpp"

namespace zp::analysis {
namespace {

// The share of the zero-filled pages in such a placement that khugepaged made huge pages of.
std::optional<double> taken(const FamilyRun& run, std::string_view placement,
                            std::string_view max_ptes_none, std::string_view zeros = "all_but_one",
                            std::string_view way = "khugepaged") {
  return run.figure(
      "collapse",
      {{"placement", placement}, {"zeros", zeros}, {"max_ptes_none", max_ptes_none}, {"way", way}},
      "lost_share");
}

bool all(double share) {
  return share >= kNearlyAll;
}
bool none(double share) {
  return share <= 1 - kNearlyAll;
}

// "2.1 ms"
std::string duration(double ns) {
  if (ns >= 1e6) return short_number(ns / 1e6) + " ms";
  return ns >= 1e3 ? short_number(ns / 1e3) + " us" : short_number(ns) + " ns";
}

PartList rmap_parts(std::string_view placement, std::string_view sharers, std::string_view vmas,
                    std::string_view way) {
  return {{"placement", placement}, {"sharers", sharers}, {"vmas", vmas}, {"way", way}};
}

// ", of 256 pages 8.1 us and 271 ms": with one mapping and with many.
std::string cost_of(const FamilyRun& run, std::string_view what, std::string_view placement,
                    std::string_view sharers, std::string_view way) {
  constexpr const char* kCost = "ns_per_frame";
  const auto one = run.figure("rmap", rmap_parts(placement, sharers, "1", way), kCost);
  const auto many = run.figure("rmap", rmap_parts(placement, sharers, "20000", way), kCost);
  if (!one || !many) return "";
  return fmt::format("; {} {} and {}", what, duration(*one), duration(*many));
}

}  // namespace

Judgement judge_undo(const FamilyRun& run) {
  const auto shipped = taken(run, "ksm_zero_page", "all_but_one");
  const auto zero = taken(run, "ksm_zero_page", "0");
  if (!shipped || !zero) return no_data(run, "collapse");
  std::string sentence = fmt::format(
      "with the default max_ptes_none, khugepaged takes {} of the pages that KSM had put on the "
      "zero page",
      percent(*shipped));
  const PartList parts{
      {"placement", "ksm_zero_page"}, {"max_ptes_none", "all_but_one"}, {"way", "khugepaged"}};
  const auto each = run.figure("collapse", parts, "lost_pages_per_scan");
  const auto pages = run.figure("collapse", parts, "pages_of_zeros");
  if (each && pages)
    sentence +=
        fmt::format(" ({} of {} in a full scan)", short_number(*each), short_number(*pages));
  sentence += fmt::format(", and with 0, {}", percent(*zero));
  if (const auto asked = taken(run, "ksm_zero_page", "0", "all_but_one", "madvise"))
    sentence += fmt::format("; MADV_COLLAPSE takes {} even with 0", percent(*asked));
  if (const auto read = taken(run, "read_fault", "all_but_one"))
    sentence +=
        fmt::format("; with the default, khugepaged takes {} of zero pages that were only read",
                    percent(*read));
  return {verdict_of(all(*shipped) && none(*zero), none(*shipped) || all(*zero)), sentence + "."};
}

Judgement judge_false_sharing(const FamilyRun& run) {
  const auto frames = taken(run, "ksm_default", "all_but_one");
  const auto zero_page = taken(run, "ksm_zero_page", "all_but_one");
  if (!frames || !zero_page) return no_data(run, "collapse");
  std::string sentence =
      fmt::format("khugepaged takes {} of the pages in KSM frames, {} of those on the zero page",
                  percent(*frames), percent(*zero_page));
  if (const auto asked = taken(run, "ksm_default", "0", "all_but_one", "madvise"))
    sentence += fmt::format("; MADV_COLLAPSE takes {} of the former", percent(*asked));
  const PartList half{{"placement", "ksm_default"}, {"zeros", "half"}, {"max_ptes_none", "0"}};
  const auto lost = run.figure("collapse", half, "lost_pages");
  const auto in_vain = run.figure("collapse", half, "thp_collapse_alloc");
  const auto scans = run.figure("collapse", half, "full_scans");
  if (lost == 0 && in_vain && *in_vain > 0 && scans)
    sentence += fmt::format(
        "; where they are half of each huge page, khugepaged allocates {} huge pages in {} of its "
        "scans and frees them again",
        short_number(*in_vain), short_number(*scans));
  return {verdict_of(none(*frames) && none(*zero_page), all(*frames) && all(*zero_page)),
          sentence + "."};
}

Judgement judge_collapse_more(const FamilyRun& run) {
  const auto shipped = taken(run, "ksm_zero_page", "all_but_one");
  const auto fewer = taken(run, "ksm_zero_page", "four_fifths");
  if (!shipped || !fewer) return no_data(run, "collapse");
  std::string sentence = fmt::format(
      "where all pages but one of a huge page are zero-filled, khugepaged takes {} with "
      "max_ptes_none at four fifths and {} with the default",
      percent(*fewer), percent(*shipped));
  if (const auto half = taken(run, "ksm_zero_page", "four_fifths", "half"))
    sentence +=
        fmt::format("; where half of them are, it takes {} with four fifths", percent(*half));
  const double more = *fewer - *shipped;
  const auto verdict = none(std::abs(more)) ? ClaimVerdict::kDepends
                       : more > 0           ? ClaimVerdict::kConfirmed
                                            : ClaimVerdict::kRefuted;
  return {verdict, sentence + "."};
}

Judgement judge_reverse_map(const FamilyRun& run) {
  constexpr double kTwice = 2;
  constexpr const char* kCost = "ns_per_frame";
  if (run.emulated) return emulated_times();
  for (const std::string_view way : {"pageout", "migrate"}) {
    const auto one = rmap_parts("ksm_nonzero", "2", "1", way);
    const auto many = rmap_parts("ksm_nonzero", "2", "20000", way);
    const auto ratio = ratio_of(run, "rmap", one, many, kCost);
    const auto few_ns = run.figure("rmap", one, kCost), many_ns = run.figure("rmap", many, kCost);
    if (!ratio || !few_ns || !many_ns) continue;
    std::string sentence = fmt::format(
        "{} a KSM frame of two pages takes {} if their memory is one mapping and {} if it is "
        "20000: {}",
        way == "pageout" ? "swapping out" : "moving", duration(*few_ns), duration(*many_ns),
        times(run, *ratio));
    sentence += cost_of(run, "a KSM frame of 256 pages", "ksm_nonzero", "256", way);
    sentence += cost_of(run, "a frame of one page", "private", "1", way);
    sentence += cost_of(run, "the zero page, which stays,", "read_fault", "256", way) + ".";
    return {verdict_above(*ratio, kTwice), sentence};
  }
  return no_data(run, "rmap");
}

Judgement judge_zero_only(const FamilyRun& run) {
  constexpr double kHalf = 0.5;
  constexpr const char* kCost = "later_cpu_ns_per_page";
  if (run.emulated) return emulated_times();
  const PartList plain{{"contents", "unique"}, {"use_zero_pages", "1"}, {"mode", "plain"}};
  const PartList zero_only{{"contents", "unique"}, {"use_zero_pages", "1"}, {"mode", "zero_only"}};
  const PartList changed{{"contents", "volatile"}, {"use_zero_pages", "1"}, {"mode", "plain"}};
  const bool measured = run.figure("scan", zero_only, kCost).has_value();
  const PartList& other = measured ? zero_only : changed;
  const auto ratio = ratio_of(run, "scan", plain, other, kCost);
  const auto all_ns = run.figure("scan", plain, kCost), zero_ns = run.figure("scan", other, kCost);
  if (!ratio || !all_ns || !zero_ns) {
    const auto utilised = run.figure("scan", plain, "ksmd_utilisation");
    if (!utilised) return no_data(run, "scan");
    return {
        ClaimVerdict::kNoData,
        fmt::format("ksmd had only {} of a CPU, something else the rest: its times are left out",
                    percent(*utilised))};
  }
  const std::string sentence = fmt::format(
      "{}: a unique page costs ksmd {} ns of CPU time per scan, {} ns if it looks for nothing but "
      "zeros: {}; for a million such pages that is {} s per scan and {} s.",
      measured ? "measured" : "estimated", short_number(*all_ns), short_number(*zero_ns),
      times(run, *ratio), short_number(*all_ns / 1000), short_number(*zero_ns / 1000));
  if (is_below(*ratio, kHalf)) return {ClaimVerdict::kConfirmed, sentence};
  if (is_above(*ratio, kHalf)) return {ClaimVerdict::kRefuted, sentence};
  return {ClaimVerdict::kUndecided, sentence};
}

}  // namespace zp::analysis
