// SPDX-License-Identifier: MIT
#include "analysis/compare/wording.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/rows/metric.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {

bool any_doubt(const Comparison& comparison, Doubt doubt) {
  return any_change(comparison, [doubt](const Change& change) {
    return change.verdict == Verdict::kUndecided && change.doubt == doubt;
  });
}

std::string sample_sizes(const Comparison& comparison) {
  std::string text;
  for (std::size_t side = 0; side < comparison.sides.size(); ++side) {
    std::size_t fewest = static_cast<std::size_t>(-1);
    std::size_t most = 0;
    for (const auto& block : comparison.blocks)
      for (const auto& row : block.rows) {
        if (row.lacks(side)) continue;
        fewest = std::min(fewest, row.sides[side].n);
        most = std::max(most, row.sides[side].n);
      }
    text += side == 0 ? "" : "/";
    text += fewest >= most ? fmt::format("{}", most) : fmt::format("{}..{}", fewest, most);
  }
  return text;
}

std::string change_text(const Change& change) {
  if (change.verdict == Verdict::kSame) return "~";
  if (change.verdict != Verdict::kUndecided)
    // Counts can differ without a ratio: from 0, or to it.
    return change.ratio ? percent_change(change.ratio->ratio)
           : change.counts->other.low > change.counts->base.high ? "more"
                                                                 : "less";
  switch (change.doubt) {
    case Doubt::kNoFigure:
      return "-";
    case Doubt::kFewValues:
      return "~ [n]";
    case Doubt::kNoRatio:
      return "~ [0]";
    case Doubt::kOneBoot:
    case Doubt::kOtherHosts:
    case Doubt::kDisturbed: {
      const std::string mark(held_mark(change.doubt));
      if (change.shown == Verdict::kSame) return "~ " + mark;
      return change.ratio ? percent_change(change.ratio->ratio) + " " + mark : mark;
    }
    default:
      return "~ [?]";
  }
}

std::string side_figure(const Comparison& comparison, const Summary& side) {
  return side.n == 0 ? "-" : four_digits(side.median * comparison.scale.factor);
}

std::string one_boot_text(const Comparison& comparison) {
  const auto& why = comparison.units.one_boot;
  // Other hosts are the doubt that more boots would not take away.
  if (why.empty() || comparison.rules.counts || comparison.rules.hold_hosts) return {};
  if (comparison.rules.hold_one_boot && comparison.units.same_boot)
    return fmt::format(
        "{}: passes of a run share its memory and its minutes, and what another run changes "
        "isn't known, so nothing is concluded (exit code 0, --bisect 125). Measure {} or more runs "
        "of each, or give --boot-deviation, or conclude from one run with --one-boot",
        why, kLeastUnits);
  if (comparison.rules.hold_one_boot)
    return fmt::format(
        "{}: another boot places memory anew, and what that changes isn't known, so nothing is "
        "concluded (exit code 0, --bisect 125). Measure {} or more boots of each, or give "
        "--boot-deviation, or conclude from one boot with --one-boot",
        why, kLeastUnits);
  if (comparison.boots_from_file)
    return "Intervals and p hold what another boot changes (--boot-deviation)";
  return fmt::format("{}, taken for all boots (--one-boot)", why);
}

std::string one_boot_note(const Comparison& comparison) {
  const auto text = one_boot_text(comparison);
  return text.empty() || !any_doubt(comparison, Doubt::kOneBoot) ? text : "[1] " + text;
}

std::string other_hosts_text(const Comparison& comparison) {
  if (!comparison.rules.hold_hosts || comparison.rules.counts) return {};
  return fmt::format(
      "the sides are not of the same hosts: a change may be theirs, so nothing is concluded (exit "
      "code 0, --bisect 125). Compare runs of hosts that all sides have, or of {} or more hosts "
      "per side, or conclude anyway with --force (not with --bisect)",
      kLeastUnits);
}

std::string other_hosts_note(const Comparison& comparison) {
  const auto text = other_hosts_text(comparison);
  return text.empty() || !any_doubt(comparison, Doubt::kOtherHosts) ? text : "[h] " + text;
}

std::string disturbed_text(const Comparison& comparison) {
  if (!any_doubt(comparison, Doubt::kDisturbed)) return {};
  std::size_t count = 0;
  Disturbed all;
  any_change(comparison, [&](const Change& change) {
    if (change.doubt != Doubt::kDisturbed) return false;
    ++count;
    all.count += change.disturbed.count;
    all.of += change.disturbed.of;
    return false;
  });
  return fmt::format(
      "undecided: {} of mostly disturbed repetitions ({} of {}), which may be too slow",
      count == 1 ? "1 change rests on a side" : fmt::format("{} changes rest on a side", count),
      all.count, all.of);
}

const char* figures_text(const Comparison& comparison) {
  const bool several = any_change(
      comparison, [](const Change& change) { return std::max(change.base_n, change.new_n) > 1; });
  if (!several || comparison.rules.bootstrap) return "";
  return comparison.units.unit == Unit::kRepetition
             ? "Figures are medians, a change is the median of all ratios."
             : "Figures are medians, a change is that of geometric means.";
}

std::string hosts_text(const Comparison& comparison) {
  const auto& plan = comparison.units;
  if (plan.unit != Unit::kHost) return {};
  std::vector<std::pair<double, const std::string*>> spreads;
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows)
      for (std::size_t i = 1; i < row.sides.size(); ++i) {
        const auto& change = row.changes[i - 1];
        if (change.between_hosts)
          spreads.emplace_back(*change.between_hosts, &row.name);
        else if (const auto& side = row.sides[i]; !plan.paired && side.n > 1 && side.median != 0)
          spreads.emplace_back(side.stddev / std::abs(side.median), &row.name);
      }
  std::string text =
      fmt::format("Hosts are the units{}",
                  plan.paired ? ", each compared with itself"
                              : "; not the same ones on all sides, so none is compared "
                                "with itself");
  if (plan.left_out_hosts > 0)
    text += fmt::format(" ({} left out, which not all sides have)", plan.left_out_hosts);
  if (spreads.empty()) return text;
  std::ranges::sort(spreads);
  std::vector<double> sorted;
  for (const auto& [spread, name] : spreads) sorted.push_back(spread);
  return text + fmt::format(
                    ": {} differs between them by {} % (standard deviation) in the median "
                    "cell, {} % in the worst ({})",
                    plan.paired ? "the change" : "the figure",
                    three_digits(100 * quantile(sorted, 0.5)), three_digits(100 * sorted.back()),
                    shorten(*spreads.back().second, kLongestListed));
}

std::string figure_text(const Comparison& comparison) {
  const auto& unit = comparison.scale.unit;
  const auto& metric = comparison.metric;
  const bool described = metric.key != metric.description;
  if (described && metric.key == "ns_per_read") return unit + " per read";
  // A key is a file's own text, of any length.
  const auto name = described ? metric.description : shorten(metric.key, 40);
  return name + (unit.empty() || metric.unit == "misses" ? "" : ", " + unit);
}

std::vector<std::string> side_labels(const Comparison& comparison, std::size_t width) {
  std::vector<std::string> texts;
  for (const auto& side : comparison.sides) texts.push_back(side.label);
  return distinct_labels(texts, width);
}

std::string side_legend(const Comparison& comparison, std::size_t width, std::size_t label_width) {
  std::string text;
  const auto labels = side_labels(comparison, label_width);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] != printable(comparison.sides[i].label))
      text += paragraph(labels[i] + " = " + shorten(comparison.sides[i].label, kLongestListed),
                        width, 4);
  return text;
}

}  // namespace zp::analysis
