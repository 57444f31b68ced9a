// SPDX-License-Identifier: MIT
// "Can negatively affect the performance in some cases": which? The read rows of the run say.
#include <algorithm>

#include "analysis/claims/judges.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

// What switching the knob does to pages, by census; empty where the run has no such rows.
std::string switched(const FamilyRun& run) {
  std::string text;
  for (const FamilyRow* row : run.of_family("toggle")) {
    const auto kept = row->figure("earlier_kept_share"),
               followed = row->figure("later_followed_share");
    if (!kept || !followed) continue;
    text += fmt::format(
        " After a switch to {}, {} of what was merged before stays as it was, and {} of what is "
        "merged later follows the knob.",
        row->has("to", "1") ? 1 : 0, percent(*kept), percent(*followed));
  }
  return text;
}

// "of 33 read cells, ksm_zero_page (use_zero_pages=1) is slower than ksm_default in 9, ..."
std::string counted(const ReadChanges& changes, std::string_view off) {
  return fmt::format(
      "of {} read cells, ksm_zero_page (use_zero_pages=1) is slower than {} in {}, faster in {}, "
      "the same in {}, undecided in {} (ratios {} to {})",
      changes.cells, off, changes.slower.size(), changes.faster, changes.same, changes.undecided,
      three_digits(changes.least), three_digits(changes.most));
}

// What the thread argued about, for comparison; empty where the run has no such rows.
std::string of_the_thread(const FamilyRun& run) {
  const auto changes = read_changes(run, "ksm_single", "ksm_zero_page");
  if (changes.cells == 0) return {};
  return " Compared with what Linux 4.11 and 4.12 did with the knob off: " +
         counted(changes, "ksm_single") + ".";
}

}  // namespace

ReadChanges read_changes(const FamilyRun& run, std::string_view from, std::string_view to) {
  const auto pairs = cell_pairs(*run.set, from, to);
  const auto changes = paired_changes(pairs);
  ReadChanges found;
  found.cells = pairs.size();
  double fastest = 1;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double ratio = changes[i].ratio;
    const auto effect = changes[i].effect;
    found.least = std::min(found.least, ratio);
    found.most = std::max(found.most, ratio);
    const auto name = fmt::format("{} ({} times)", pairs[i].name, three_digits(ratio));
    if (effect == Effect::kSlower) found.slower.push_back(name);
    if (effect == Effect::kFaster && ratio < fastest) fastest = ratio, found.fastest = name;
    found.faster += effect == Effect::kFaster ? 1U : 0U;
    found.same += effect == Effect::kSame ? 1U : 0U;
    found.undecided += effect == Effect::kUndecided ? 1U : 0U;
  }
  return found;
}

Judgement judge_toggle(const FamilyRun& run) {
  if (run.emulated) {
    const std::string census = switched(run);
    return {ClaimVerdict::kNoData,
            emulated_times().sentence + (census.empty() ? "" : "." + census)};
  }
  const auto changes = read_changes(run, "ksm_default", "ksm_zero_page");
  if (changes.cells == 0)
    return {ClaimVerdict::kNoData,
            "the run does not have read rows of both ksm_zero_page and ksm_default" +
                (switched(run).empty() ? "" : "." + switched(run))};
  const std::string counts = counted(changes, "ksm_default");
  const std::string rest = of_the_thread(run) + switched(run);
  if (!changes.slower.empty())
    return {
        changes.faster == 0 ? ClaimVerdict::kConfirmed : ClaimVerdict::kDepends,
        fmt::format("{}; slower: {}{}.{}", counts, fmt::join(changes.slower, ", "),
                    changes.faster == 0 ? "" : "; faster by the most: " + changes.fastest, rest)};
  return {changes.undecided == 0 ? ClaimVerdict::kRefuted : ClaimVerdict::kUndecided,
          counts +
              (changes.undecided == 0 ? "."
                                      : "; it takes more passes or a quieter machine to decide.") +
              rest};
}

Judgement judge_fault(const FamilyRun& run) {
  constexpr double kSame = 0.05;
  if (run.emulated) return emulated_times();
  const auto figure = [&run](const char* placement, const char* key) {
    return run.figure("fault", {{"placement", placement}}, key);
  };
  const auto fresh = figure("read_fault", "again_ns_per_page"),
             merged = figure("ksm_zero_page", "again_ns_per_page"),
             first = figure("read_fault", "ns_per_page");
  const auto ratio = ratio_of(run, "fault", {{"placement", "read_fault"}},
                              {{"placement", "ksm_zero_page"}}, "again_ns_per_page");
  if (!fresh || !merged || !first || !ratio) return no_data(run, "fault");
  const std::string sentence = fmt::format(
      "rereading costs {} ns per page on the zero page that a read fault put there and {} on the "
      "one that KSM put there: {}; the read fault itself costs {} ns per page.",
      three_digits(*fresh), three_digits(*merged), times(run, *ratio), three_digits(*first));
  if (is_above(*ratio, 1 - kSame) && is_below(*ratio, 1 + kSame))
    return {ClaimVerdict::kConfirmed, sentence};
  const bool differs = is_above(*ratio, 1 + kSame) || is_below(*ratio, 1 - kSame);
  return {differs ? ClaimVerdict::kRefuted : ClaimVerdict::kUndecided, sentence};
}

}  // namespace zp::analysis
