// SPDX-License-Identifier: MIT
// "Can negatively affect the performance in some cases": which? The read rows of the run say.
#include <algorithm>

#include "analysis/claims/judges.hpp"
#include "analysis/render/ascii.hpp"
#include "analysis/stats/ratio.hpp"

namespace zp::analysis {
namespace {

constexpr std::string_view kWith = "placement:ksm_zero_page", kWithout = "placement:ksm_single";
constexpr std::size_t kLeastValues = 5;  // a side; as `compare`

struct Tally {
  std::size_t cells = 0, slower = 0, faster = 0, undecided = 0;
  double worst = 1;
  std::vector<std::string> slower_cells;
};

void count_cell(const ResultSet& set, std::size_t with, Tally& tally) {
  std::string name = set.cell_name(with);
  const auto place = name.find(kWith);
  const auto without =
      set.find_cell(place == std::string::npos ? "" : name.replace(place, kWith.size(), kWithout));
  if (!without) return;
  const auto base = set.values(*without, "ns_per_read"), newer = set.values(with, "ns_per_read");
  if (base.empty() || newer.empty()) return;
  ++tally.cells;
  const auto estimate = hodges_lehmann_ratio(base, newer);
  if (!estimate || std::min(base.size(), newer.size()) < kLeastValues) {
    ++tally.undecided;
  } else if (estimate->interval.low > 1 + kClaimThreshold) {
    ++tally.slower;
    tally.worst = std::max(tally.worst, estimate->ratio);
    std::string short_name = set.cell_name(with);
    short_name.erase(short_name.find(kWith), kWith.size() + 1);
    tally.slower_cells.push_back(
        fmt::format("{} ({} times)", short_name, three_digits(estimate->ratio)));
  } else if (estimate->interval.high < 1 - kClaimThreshold) {
    ++tally.faster;
  }
}

}  // namespace

Judgement judge_toggle(const ClaimRun& run) {
  if (run.emulated) return {ClaimVerdict::kNoData, "emulated: its times say nothing"};
  Tally tally;
  for (std::size_t cell = 0; cell < run.set->cell_count(); ++cell)
    count_cell(*run.set, cell, tally);
  if (tally.cells == 0)
    return {ClaimVerdict::kNoData, "the run has no read rows of both ksm_zero_page and ksm_single"};
  if (tally.cells == tally.undecided)
    return {ClaimVerdict::kNoData,
            fmt::format("all {} cells have fewer than {} values a side: more passes are needed",
                        tally.cells, kLeastValues)};
  std::string sentence = fmt::format(
      "of {} read cells ksm_zero_page (use_zero_pages=1) is slower than ksm_single in {}, faster "
      "in "
      "{}, undecided in {}",
      tally.cells, tally.slower, tally.faster, tally.undecided);
  if (tally.slower == 0) return {ClaimVerdict::kRefuted, sentence + "."};
  return {tally.faster == 0 ? ClaimVerdict::kConfirmed : ClaimVerdict::kDepends,
          fmt::format("{}; slower: {}.", sentence, fmt::join(tally.slower_cells, ", "))};
}

}  // namespace zp::analysis
