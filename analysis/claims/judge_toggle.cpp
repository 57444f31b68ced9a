// SPDX-License-Identifier: MIT
// "Can negatively affect the performance in some cases": which? The read rows of the run say.
#include <algorithm>

#include "analysis/claims/judges.hpp"
#include "analysis/render/ascii.hpp"
#include "analysis/stats/holm.hpp"
#include "analysis/stats/mann_whitney.hpp"
#include "analysis/stats/ratio.hpp"

namespace zp::analysis {
namespace {

constexpr std::string_view kWith = "placement:ksm_zero_page/", kWithout = "placement:ksm_single/";

// One read cell, with the knob against without.
struct Pair {
  std::string name;  // without the placement
  RatioEstimate estimate;
  double p = 1;
};

std::vector<Pair> pairs_of(const ResultSet& set) {
  std::vector<Pair> pairs;
  for (std::size_t with = 0; with < set.cell_count(); ++with) {
    std::string name = set.cell_name(with);
    const auto place = name.find(kWith);
    if (place == std::string::npos) continue;
    name.replace(place, kWith.size(), kWithout);
    const auto without = set.find_cell(name);
    if (!without) continue;
    const auto base = set.values(*without, "ns_per_read"), newer = set.values(with, "ns_per_read");
    if (base.empty() || newer.empty()) continue;
    const auto estimate = hodges_lehmann_ratio(base, newer);
    if (!estimate) continue;
    name.erase(place, kWithout.size());
    pairs.push_back({std::move(name), *estimate, mann_whitney(base, newer).p});
  }
  std::vector<double> p_values;
  for (const Pair& pair : pairs) p_values.push_back(pair.p);
  p_values = holm(p_values);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].p = p_values[i];
  return pairs;
}

// What a switch of the knob does to pages, by census; empty where the run has no such rows.
std::string switched(const ClaimRun& run) {
  std::string text;
  for (const ClaimRow* row : run.of_family("toggle")) {
    const auto kept = row->figure("earlier_kept_share"),
               followed = row->figure("later_followed_share");
    if (!kept || !followed) continue;
    text += fmt::format(
        " Switched to {}: {:.0f} % of what was merged before stays as it was, {:.0f} % "
        "of what is merged after follows.",
        row->has("to", "1") ? 1 : 0, 100 * *kept, 100 * *followed);
  }
  return text;
}

}  // namespace

Judgement judge_toggle(const ClaimRun& run) {
  if (run.emulated) {
    const std::string census = switched(run);
    return {ClaimVerdict::kNoData,
            "emulated: its times say nothing" + (census.empty() ? "" : "." + census)};
  }
  const auto pairs = pairs_of(*run.set);
  if (pairs.empty())
    return {ClaimVerdict::kNoData, "the run has no read rows of both ksm_zero_page and ksm_single"};
  std::size_t faster = 0, same = 0;
  std::vector<std::string> slower;
  double most = 1, least = 1;
  for (const Pair& pair : pairs) {
    const auto& [low, high] = pair.estimate.interval;
    const bool decides = pair.estimate.decides();
    const bool significant = decides && pair.p < kClaimAlpha;
    most = std::max(most, pair.estimate.ratio);
    least = std::min(least, pair.estimate.ratio);
    if (significant && low > 1 + kClaimThreshold)
      slower.push_back(fmt::format("{} ({} times)", pair.name, three_digits(pair.estimate.ratio)));
    else if (significant && high < 1 - kClaimThreshold)
      ++faster;
    else if (decides && low > 1 - kClaimThreshold && high < 1 + kClaimThreshold)
      ++same;
  }
  const std::size_t undecided = pairs.size() - slower.size() - faster - same;
  const std::string counts = fmt::format(
      "of {} read cells ksm_zero_page (use_zero_pages=1) is slower than ksm_single in {}, faster "
      "in "
      "{}, the same in {}, undecided in {} (ratios {} to {})",
      pairs.size(), slower.size(), faster, same, undecided, three_digits(least),
      three_digits(most));
  if (!slower.empty())
    return {faster == 0 ? ClaimVerdict::kConfirmed : ClaimVerdict::kDepends,
            fmt::format("{}; slower: {}.{}", counts, fmt::join(slower, ", "), switched(run))};
  return {undecided == 0 ? ClaimVerdict::kRefuted : ClaimVerdict::kUndecided,
          counts + (undecided == 0 ? "." : ": more passes, or a quieter machine, would tell.") +
              switched(run)};
}

Judgement judge_fault(const ClaimRun& run) {
  constexpr double kSame = 0.05;
  if (run.emulated) return {ClaimVerdict::kNoData, "emulated: its times say nothing"};
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
      "reading again costs {} ns a page on the zero page where a read fault put it and {} where "
      "KSM did: {}; the read fault itself costs {} ns a page.",
      three_digits(*fresh), three_digits(*merged), times(*ratio), three_digits(*first));
  const auto& [low, high] = ratio->interval;
  if (!ratio->decides()) return {ClaimVerdict::kUndecided, sentence};
  if (low > 1 - kSame && high < 1 + kSame) return {ClaimVerdict::kConfirmed, sentence};
  const bool differs = low > 1 + kSame || high < 1 - kSame;
  return {differs ? ClaimVerdict::kRefuted : ClaimVerdict::kUndecided, sentence};
}

}  // namespace zp::analysis
