// SPDX-License-Identifier: MIT
// Claims about what ksmd and the writer pay: scan, metadata, cow, unmerge.
#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/claims/judges.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

constexpr double kCostsMore = 1.05;          // costs, of which a run has few values
constexpr double kFewPagesShare = 0.02;      // of a table, that something else made fault
constexpr double kMuchMetadataShare = 0.02;  // of the memory that is merged

}  // namespace

std::optional<double> page_bytes(const FamilyRun& run) {
  // One that no kernel has was not loaded (analysis/load/machine_figures).
  return parse_whole<double>(run.set->context_value("page_size_bytes"));
}

std::optional<RatioEstimate> ratio_of(const FamilyRun& run, std::string_view family,
                                      const PartList& base, const PartList& other,
                                      std::string_view key) {
  const auto values = [&](const PartList& parts) {
    const FamilyRow* row = run.find(family, parts, key);
    const auto cell = row == nullptr ? std::nullopt : run.set->find_cell(row->text);
    return cell ? run.set->values(*cell, key) : std::vector<double>{};
  };
  const auto a = values(base), b = values(other);
  if (a.empty() || b.empty()) return std::nullopt;
  return hodges_lehmann_ratio(a, b);
}

const char* knob_off(const FamilyRun& run, std::string_view family, std::string_view key) {
  return run.figure(family, {{"placement", "ksm_default"}}, key) ? "ksm_default" : "ksm_single";
}

std::string times(const RatioEstimate& estimate) {
  const auto& [low, high] = estimate.interval;
  if (estimate.decides())
    return fmt::format("{} times ({}..{})", three_digits(estimate.ratio), three_digits(low),
                       three_digits(high));
  return fmt::format("{} times (too few repetitions for an interval)",
                     three_digits(estimate.ratio));
}

ClaimVerdict verdict_above(const RatioEstimate& estimate, double limit) {
  if (estimate.decides() && estimate.interval.low > limit) return ClaimVerdict::kConfirmed;
  if (estimate.decides() && estimate.interval.high < limit) return ClaimVerdict::kRefuted;
  return ClaimVerdict::kUndecided;
}

// KSM write-protects a page before it compares it with another, so that a page which was compared,
// merged or not, faults when it is written to: the memory operations of the claim, counted.
Judgement judge_scan(const FamilyRun& run) {
  const auto parts = [](const char* contents, const char* arm) {
    return PartList{{"contents", contents}, {"use_zero_pages", arm}, {"mode", "plain"}};
  };
  std::string text = "pages compared in one scan with use_zero_pages=1: ";
  bool only_collisions = true;
  for (const auto& [contents, wanted] :
       {std::pair("unique", 0.0), std::pair("volatile", 0.0), std::pair("collision_early", 1.0),
        std::pair("collision_late", 1.0)}) {
    const auto compared = run.figure("scan", parts(contents, "1"), "faults_per_page_on_write");
    if (!compared) return no_data(run, "scan");
    only_collisions &= std::abs(*compared - wanted) < kFewPagesShare;
    text += fmt::format("{} {}, ", contents, percent(*compared));
  }
  text.replace(text.size() - 2, 2, ".");
  if (run.emulated)
    return {only_collisions ? ClaimVerdict::kConfirmed : ClaimVerdict::kRefuted, text};
  bool one_costs_more = false, all_decide = true;
  std::string costs;
  for (const char* contents :
       {"unique", "volatile", "identical", "collision_early", "collision_late"}) {
    const auto cost =
        ratio_of(run, "scan", parts(contents, "0"), parts(contents, "1"), "second_cpu_ns_per_page");
    // That collisions cost more is what the claim says.
    const bool collides = std::string_view(contents).starts_with("collision");
    if (!cost) {
      all_decide &= collides;
      continue;
    }
    costs += fmt::format("{}{} {}", costs.empty() ? "" : ", ", contents, times(*cost));
    one_costs_more |= !collides && cost->decides() && cost->interval.low > kCostsMore;
    all_decide &= cost->decides();
  }
  if (!costs.empty())
    text += " ksmd's CPU time per page in its second scan, with use_zero_pages=1 relative to 0: " +
            costs + ".";
  else
    text += " What ksmd's second scan costs was not measured.";
  if (!only_collisions || one_costs_more) return {ClaimVerdict::kRefuted, text};
  return {all_decide ? ClaimVerdict::kConfirmed : ClaimVerdict::kUndecided, text};
}

Judgement judge_metadata(const FamilyRun& run) {
  const auto bytes = [&run](const char* placement) -> std::optional<double> {
    const auto figure = [&](const char* key) {
      return run.figure("metadata", {{"placement", placement}}, key);
    };
    const auto items = figure("computed_rmap_bytes_per_page"),
               nodes = figure("computed_stable_node_bytes_per_page");
    if (!items || !nodes) return std::nullopt;
    return *items + *nodes;
  };
  const auto single = bytes("ksm_single"), shipped = bytes("ksm_default"),
             zero_page = bytes("ksm_zero_page");
  const auto off = shipped ? shipped : single;
  if (!off || !zero_page) return no_data(run, "metadata");
  std::string text = fmt::format("KSM keeps {} bytes per merged page with use_zero_pages=0{}",
                                 short_number(*off), shipped ? " as shipped" : "");
  if (shipped && single)
    text += fmt::format(" ({} with one frame for all pages)", short_number(*single));
  text += fmt::format(" and {} with 1", short_number(*zero_page));
  const auto page = page_bytes(run);
  if (!page) return {ClaimVerdict::kNoData, text + "; how large a page is the run does not say."};
  const double share = std::max(*off, *zero_page) / *page;
  text += fmt::format(": at most {} of the merged memory.", percent(share));
  return {share <= kMuchMetadataShare ? ClaimVerdict::kConfirmed : ClaimVerdict::kRefuted, text};
}

Judgement judge_cow(const FamilyRun& run) {
  if (run.emulated) return emulated_times();
  const auto cost = [&run](const char* placement) {
    return run.figure("cow", {{"placement", placement}}, "ns_per_page");
  };
  const char* placement = knob_off(run, "cow", "ns_per_page");
  const auto off = cost(placement), zero_page = cost("ksm_zero_page"),
             untouched = cost("read_fault");
  const auto ratio = ratio_of(run, "cow", {{"placement", placement}},
                              {{"placement", "ksm_zero_page"}}, "ns_per_page");
  if (!off || !zero_page || !ratio) return no_data(run, "cow");
  std::string text = fmt::format(
      "a write costs {} ns per page on {} and {} on the zero page that KSM put there: {}",
      short_number(*off),
      std::string_view(placement) == "ksm_default" ? "KSM frames as shipped (ksm_default)"
                                                   : "the one KSM frame for all pages (ksm_single)",
      short_number(*zero_page), times(*ratio));
  if (untouched)
    text += fmt::format("; {} ns on the zero page that a read fault put there",
                        short_number(*untouched));
  text += ".";
  if (!ratio->decides()) return {ClaimVerdict::kUndecided, text};
  if (ratio->interval.low > kCostsMore) return {ClaimVerdict::kConfirmed, text};
  return {ratio->interval.high < kCostsMore ? ClaimVerdict::kRefuted : ClaimVerdict::kUndecided,
          text};
}

Judgement judge_unmerge(const FamilyRun& run) {
  std::string text;
  std::size_t rows = 0, whole = 0;
  std::set<std::string> seen;
  for (const FamilyRow* row : run.of_family("unmerge")) {
    const auto share = row->figure("unmerged_share");
    if (!share) continue;
    ++rows;
    whole += *share == 1 ? 1U : 0U;
    const std::string way = row->has("way", "run2") ? "run=2" : "MADV_UNMERGEABLE";
    const char* placement = row->has("placement", "ksm_zero_page") ? "zero page" : "KSM frames";
    const std::string what = fmt::format("{} by {}", placement, way);
    seen.insert(what);
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", what, percent(*share));
    if (const auto speed = row->figure("pages_per_second"); speed && !run.emulated)
      text += fmt::format(" at {} pages/s", short_number(std::trunc(*speed)));
  }
  if (rows == 0) return no_data(run, "unmerge");
  text = "unmerged: " + text;
  if (whole != rows) return {ClaimVerdict::kDepends, text + "."};
  constexpr std::size_t kBothWaysAndPlacements = 4;
  if (seen.size() < kBothWaysAndPlacements)
    return {ClaimVerdict::kUndecided, text + "; not measured by both ways for both placements."};
  return {ClaimVerdict::kConfirmed, text + "."};
}

}  // namespace zp::analysis
