// SPDX-License-Identifier: MIT
// Claims about what ksmd and the writer pay: scan, metadata, cow, unmerge.
#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/claims/judges.hpp"
#include "analysis/text/ascii.hpp"
#include "harness/names/row_text.hpp"
#include "harness/support/text.hpp"

namespace zp::analysis {
namespace {

constexpr double kCostsMore = 1.05;          // costs, of which a run has few values
constexpr double kFewPagesShare = 0.02;      // of a table, that something else made fault
constexpr double kMuchMetadataShare = 0.02;  // of the memory that is merged

// That these pages cost more is what the claim says.
bool collides(std::string_view contents) {
  return contents.starts_with("collision");
}

}  // namespace

std::optional<double> page_bytes(const FamilyRun& run) {
  // One that no kernel has was not loaded (analysis/load/machine_figures).
  return parse_whole<double>(run.set->context_value("page_size_bytes"));
}

UnitDifference differences_of(const FamilyRun& run, std::string_view family, const PartList& base,
                              const PartList& other, std::string_view key) {
  const auto cell = [&](const PartList& parts) {
    const FamilyRow* row = run.find(family, parts, key);
    return row == nullptr ? std::nullopt : run.set->find_cell(row->text);
  };
  const auto from = cell(base), to = cell(other);
  if (!from || !to) return {};
  return unit_differences(*run.set, *from, *to, key, units_within(*run.set, key));
}

std::optional<PairedChange> ratio_of(const FamilyRun& run, std::string_view family,
                                     const PartList& base, const PartList& other,
                                     std::string_view key) {
  const UnitDifference differences[] = {differences_of(run, family, base, other, key)};
  if (differences[0].values.empty()) return std::nullopt;
  return paired_changes(differences).front();
}

const char* knob_off(const FamilyRun& run, std::string_view family, std::string_view key) {
  return run.figure(family, {{"placement", "ksm_default"}}, key) ? "ksm_default" : "ksm_single";
}

std::string times(const FamilyRun& run, const PairedChange& change) {
  const auto ratio = three_digits(change.ratio);
  if (!change.interval)
    return fmt::format("{} times (fewer than {} {}: no interval)", ratio, kLeastUnits,
                       units_word(units_within(*run.set).unit));
  return fmt::format("{} times ({}..{}{})", ratio, three_digits(change.interval->low),
                     three_digits(change.interval->high),
                     change.disturbed.mostly() ? "; mostly disturbed repetitions" : "");
}

bool is_above(const PairedChange& change, double limit) {
  return change.interval && !change.disturbed.mostly() && change.interval->low > limit;
}
bool is_below(const PairedChange& change, double limit) {
  return change.interval && !change.disturbed.mostly() && change.interval->high < limit;
}

ClaimVerdict verdict_above(const PairedChange& change, double limit) {
  if (is_above(change, limit)) return ClaimVerdict::kConfirmed;
  return is_below(change, limit) ? ClaimVerdict::kRefuted : ClaimVerdict::kUndecided;
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
  std::vector<std::string_view> timed;
  std::vector<UnitDifference> differences;
  for (const char* contents :
       {"unique", "volatile", "identical", "collision_early", "collision_late"}) {
    auto of_contents = differences_of(run, "scan", parts(contents, "0"), parts(contents, "1"),
                                      "second_cpu_ns_per_page");
    if (of_contents.values.empty()) {
      all_decide &= collides(contents);
      continue;
    }
    timed.emplace_back(contents);
    differences.push_back(std::move(of_contents));
  }
  const auto changes = paired_changes(differences);
  std::string costs;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    costs += fmt::format("{}{} {}", i == 0 ? "" : ", ", timed[i], times(run, changes[i]));
    one_costs_more |= !collides(timed[i]) && is_above(changes[i], kCostsMore) &&
                      changes[i].p_holm < kProbableAlpha;
    all_decide &= changes[i].interval && !changes[i].disturbed.mostly();
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
      short_number(*zero_page), times(run, *ratio));
  if (untouched)
    text += fmt::format("; {} ns on the zero page that a read fault put there",
                        short_number(*untouched));
  return {verdict_above(*ratio, kCostsMore), text + "."};
}

Judgement judge_unmerge(const FamilyRun& run) {
  std::string text;
  std::size_t rows = 0, whole = 0;
  std::set<std::string> seen;
  Failures failures;
  for (const FamilyRow* row : run.of_family("unmerge")) {
    failures.add(*row,
                 [](std::string_view reason) { return reason.find(kStillMerged) != reason.npos; });
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
  const auto& [merged, stopped] =
      failures;  // pages stayed so, and what ended a row before or after
  text = "unmerged: " + text;
  for (const std::string& failed : {merged, stopped})
    if (!failed.empty()) text += "; " + failed;
  if (whole != rows || !merged.empty()) return {ClaimVerdict::kDepends, text + "."};
  constexpr std::size_t kBothWaysAndPlacements = 4;
  if (seen.size() < kBothWaysAndPlacements)
    return {ClaimVerdict::kUndecided, text + "; not measured by both ways for both placements."};
  return {stopped.empty() ? ClaimVerdict::kConfirmed : ClaimVerdict::kUndecided, text + "."};
}

}  // namespace zp::analysis
