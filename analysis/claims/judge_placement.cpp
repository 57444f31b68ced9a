// SPDX-License-Identifier: MIT
// Claims about counts and frames, which can also be judged on emulated machines: guest, numa,
// safety.
#include <cmath>
#include <set>
#include <utility>

#include "analysis/claims/judges.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/names/row_text.hpp"

namespace zp::analysis {

std::string percent(double share) {
  constexpr double kAsMany = 0.0005;  // rounds to nothing, or to all
  if (share > 0 && share < kAsMany) return "<0.1 %";
  if (share < 1 && share >= 1 - kAsMany) return ">99.9 %";
  return std::abs(share) < 1e4 ? fmt::format("{:.1f} %", 100 * share + 0.0)
                               : short_number(100 * share) + " %";
}

std::string short_number(double value) {
  constexpr double kWhole = 9007199254740992;  // from 2^53 on doubles are not exact counts
  if (std::abs(value) < kWhole && std::trunc(value) == value)
    return fmt::format("{:.0f}", value + 0.0);
  return three_digits(value);
}

Judgement emulated_times() {
  return {ClaimVerdict::kNoData, "emulated: its times say nothing about a CPU"};
}

void Shares::add(std::string_view row, double share) {
  ++rows;
  all += static_cast<std::size_t>(share >= kNearlyAll);
  none += static_cast<std::size_t>(share <= 1 - kNearlyAll);
  list += fmt::format("{}{} {}", list.empty() ? "" : ", ", row, percent(share));
}

ClaimVerdict Shares::verdict() const {
  return verdict_of(all == rows, none == rows);
}

ClaimVerdict verdict_of(bool confirmed, bool refuted) {
  if (confirmed) return ClaimVerdict::kConfirmed;
  return refuted ? ClaimVerdict::kRefuted : ClaimVerdict::kDepends;
}

Judgement no_data(const FamilyRun& run, std::string_view family) {
  std::set<std::string> reasons;
  for (const FamilyRow* row : run.of_family(family))
    if (!row->reasons.empty()) reasons.insert(row->reason());
  if (reasons.empty())
    return {ClaimVerdict::kNoData, fmt::format("the run has no {} row to judge by", family)};
  return {ClaimVerdict::kNoData, fmt::format("{}", fmt::join(reasons, "; "))};
}

void Failures::add(const FamilyRow& row, bool (*tells)(std::string_view reason)) {
  bool told = false, ended = false;
  for (const std::string& reason : row.reasons) {
    if (reason.starts_with(kSkippedPrefix)) continue;
    const bool of_kernel = tells(reason);
    if (std::exchange(of_kernel ? told : ended, true)) continue;
    std::string& list = of_kernel ? telling : others;
    list += (list.empty() ? "" : "; ") + reason;
  }
}

Judgement judge_safety(const FamilyRun& run) {
  double lives = 0, pages = 0;
  std::size_t clean = 0;
  Failures failures;
  for (const FamilyRow* row : run.of_family("safety")) {
    if (row->figure("leaks") == 0) {
      ++clean;
      lives += row->figure("lives").value_or(0);
      pages += row->figure("pages").value_or(0);
    }
    failures.add(*row, tells_of_faulty_kernel);
  }
  const auto& [leaked, stopped] = failures;  // what was counted, and what ended a row before it was
  const std::string held = fmt::format(
      "{} tables, {} pages in all, were torn down in every way that was possible, and every count "
      "returned to its old value",
      short_number(lives), short_number(pages));
  const std::string rest = stopped.empty() ? "." : ". Not judged: " + stopped + ".";
  if (clean == 0 && leaked.empty()) return no_data(run, "safety");
  if (leaked.empty())
    return {stopped.empty() ? ClaimVerdict::kRefuted : ClaimVerdict::kUndecided,
            held + "; nothing overflowed or crashed" + rest};
  if (clean == 0) return {ClaimVerdict::kConfirmed, "every row leaks: " + leaked + rest};
  return {ClaimVerdict::kDepends, fmt::format("nothing crashed, and in {} row{} {}; but {}{}",
                                              clean, clean == 1 ? "" : "s", held, leaked, rest)};
}

Judgement judge_guest(const FamilyRun& run) {
  const auto share = [&run](const char* arm, const char* huge, const char* where) {
    const PartList parts{{"use_zero_pages", arm}, {"huge_pages", huge}};
    const auto zeros = run.figure("guest", parts, "zero_pages");
    const auto there = run.figure("guest", parts, where);
    return zeros && there && *zeros > 0 ? std::optional(*there / *zeros) : std::nullopt;
  };
  const auto merged_to_zero = share("1", "0", "zero_on_zero_page");
  const auto merged_to_ksm = share("0", "0", "zero_in_ksm_frames");
  if (!merged_to_zero || !merged_to_ksm) return no_data(run, "guest");
  const auto split = share("0", "1", "zero_on_zero_page");
  std::string sentence = fmt::format(
      "{} of the guest's own zero pages are on the host's zero page with use_zero_pages=1, and {} "
      "are in KSM frames with 0",
      percent(*merged_to_zero), percent(*merged_to_ksm));
  const bool follows = *merged_to_zero >= kNearlyAll && *merged_to_ksm >= kNearlyAll;
  if (!follows) return {ClaimVerdict::kRefuted, sentence + "."};
  if (split && *split > 1 - kNearlyAll)
    return {ClaimVerdict::kDepends,
            fmt::format("{}; but where the guest's memory is in huge pages, which QEMU asks for, "
                        "{} are on the zero page even with use_zero_pages=0 (since Linux 6.12, "
                        "splitting a huge page maps its zero pages there).",
                        sentence, percent(*split))};
  return {ClaimVerdict::kConfirmed, sentence + "."};
}

Judgement judge_numa(const FamilyRun& run) {
  const auto frames = [&run](const char* backing, const char* across) {
    return run.figure("numa", {{"use_zero_pages", backing}, {"merge_across_nodes", across}},
                      "frames");
  };
  const auto shared = frames("0", "1"), split = frames("0", "0");
  const auto zero_shared = frames("1", "1"), zero_split = frames("1", "0");
  if (!shared || !split || !zero_shared || !zero_split) return no_data(run, "numa");
  const std::string sentence = fmt::format(
      "frames with merge_across_nodes=1 and 0: of KSM {} and {}, of the zero page {} and {}.",
      short_number(*shared), short_number(*split), short_number(*zero_shared),
      short_number(*zero_split));
  const bool ksm_follows = *split > *shared, zero_follows = *zero_split > *zero_shared;
  if (ksm_follows && zero_follows) return {ClaimVerdict::kConfirmed, sentence};
  return {ClaimVerdict::kRefuted, sentence};
}

}  // namespace zp::analysis
