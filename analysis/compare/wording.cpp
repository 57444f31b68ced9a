// SPDX-License-Identifier: MIT
#include "analysis/compare/wording.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/rows/errors.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/stats/mann_whitney.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

// A name from another file can be of any length and there can be 100 000: the text stays readable.
constexpr std::size_t kLongestListed = 200;

// Whether the format says of the change what change_text() does.
bool spells_out(Marks marks, const Change& change) {
  return marks == Marks::kAll || (marks == Marks::kOneBootAndNoRatio && !change.ratio);
}

bool any_doubt(const Comparison& comparison, Doubt doubt, Marks marks = Marks::kAll) {
  return any_change(comparison, [&](const Change& change) {
    return change.verdict == Verdict::kUndecided && change.doubt == doubt &&
           spells_out(marks, change);
  });
}

bool any_same(const Comparison& comparison, Marks marks) {
  return any_change(comparison, [&](const Change& change) {
    return change.verdict == Verdict::kSame && spells_out(marks, change);
  });
}

// "9/9", or "7..9/9" where cells differ.

std::string test_text(const Comparison& comparison) {
  const auto& rules = comparison.rules;
  const auto& units = comparison.units;
  if (units.unit == Unit::kRepetition)
    return rules.bootstrap ? fmt::format("Mann-Whitney U, bootstrap with seed {}", rules.seed)
                           : "Mann-Whitney U, Hodges-Lehmann";
  return fmt::format("moderated t on logarithms of {} medians{}", unit_word(units.unit),
                     units.paired ? fmt::format(", paired by {}", unit_word(units.unit)) : "");
}

// Where the two sides share what a boot changes; "" elsewhere.
std::string shared_boot(const Comparison& comparison) {
  const auto& units = comparison.units;
  if (units.within_one_boot) return " Within one boot.";
  return units.paired && units.unit != Unit::kRepetition
             ? fmt::format(" Within each {}.", unit_word(units.unit))
             : "";
}

std::string method(const Comparison& comparison, Marks marks) {
  const auto& rules = comparison.rules;
  const auto units = units_word(comparison.units.unit);
  if (rules.counts)
    return fmt::format("Counts of emulated machines are exact: they differ or they don't, n={} {}.",
                       sample_sizes(comparison), units);
  const auto tests = comparison.change_count();
  return fmt::format(
             "A change is {} when its 95 % interval excludes 0 and p < {} ({}; Holm over {} "
             "test{}), n={} {}{}.",
             marks == Marks::kAll ? "shown" : "beyond doubt", rules.alpha, test_text(comparison),
             tests, tests == 1 ? "" : "s", sample_sizes(comparison), units,
             comparison.units.unit == Unit::kRepetition ? " taken as independent" : "") +
         shared_boot(comparison);
}

// Why a clear change of a whole table can stay undecided: so few values can't be that improbable.
std::string power_text(const Comparison& comparison) {
  if (comparison.units.unit == Unit::kHost)
    return "more hosts narrow the intervals; more passes on each do so only where passes differ";
  if (comparison.moderated())
    return "'zpanalyze plan RUN --effect PERCENT' says how many passes and boots would show a "
           "change";
  const auto tests = comparison.change_count();
  std::size_t base = 0, other = 0;
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows)
      for (const auto& change : row.changes) {
        base = std::max(base, change.base_n);
        other = std::max(other, change.new_n);
      }
  const double least = smallest_p(base, other) * static_cast<double>(tests);
  if (least < comparison.rules.alpha) return {};
  return fmt::format(
      "{}/{} {} can't show a change in a table of {} cells (p is {:.2g} at best): measure "
      "more, or compare fewer cells (--filter)",
      base, other, units_word(comparison.units.unit), tests, std::min(1.0, least));
}

std::string threshold_text(const Comparison& comparison) {
  return fmt::format("+-{:.2g} %", 100 * comparison.rules.threshold);
}

std::string families_of(const std::vector<std::string>& names) {
  std::string text;
  std::set<std::string> seen;
  for (const auto& name : names)
    if (auto family = name.substr(0, name.find('/')); seen.insert(family).second)
      text += (text.empty() ? "" : ", ") + family;
  return text;
}

std::string without_figure_text(const Comparison& comparison) {
  const auto& names = comparison.without_figure;
  if (names.empty()) return {};
  return fmt::format("{} cell{} without {}: not compared ({}); --metric takes another figure",
                     names.size(), names.size() == 1 ? "" : "s", shorten(comparison.metric.key, 40),
                     shorten(families_of(names), kLongestListed));
}

// How many cells only one side has, and a few of their names, whole.
std::string unmatched_text(const Comparison& comparison, std::size_t width) {
  if (comparison.unmatched.empty()) return {};
  constexpr std::size_t kNamed = 3;
  const auto labels = side_labels(comparison, 30);
  std::vector<std::vector<const std::string*>> names(comparison.sides.size());
  for (const auto& cell : comparison.unmatched) names[cell.side].push_back(&cell.name);
  std::string text = paragraph(
      fmt::format("Cells without a partner, not compared ({}):", comparison.unmatched.size()),
      width);
  for (std::size_t side = 0; side < names.size(); ++side) {
    if (names[side].empty()) continue;
    if (!comparison.within_one_run)
      text +=
          paragraph(fmt::format("  only in {}: {}", labels[side], names[side].size()), width, 4);
    for (std::size_t i = 0; i < std::min(names[side].size(), kNamed); ++i)
      text += paragraph("    " + shorten(*names[side][i], kLongestListed), width, 6);
    if (names[side].size() > kNamed)
      text +=
          fmt::format("    and {} more (--format json lists all)\n", names[side].size() - kNamed);
  }
  return text;
}

// One list per side; only one when all sides failed alike.
std::string side_errors(const Comparison& comparison, std::size_t width) {
  if (comparison.errors.empty()) return {};
  std::vector<std::vector<ErrorRow>> lists(comparison.sides.size());
  for (const auto& error : comparison.errors) {
    auto& row = lists[error.side].emplace_back(error.row);
    if (error.partly) row.reason = "some repetitions: " + row.reason;
  }
  std::vector<std::string> texts;
  for (const auto& list : lists) texts.push_back(error_list(list, width));
  // Inside one run the errors are of no value of the part.
  if (std::ranges::count(texts, texts.front()) == std::ssize(texts) || comparison.within_one_run)
    return "Not measured:\n" + texts.front();
  std::string text;
  const auto labels = side_labels(comparison, 30);
  for (std::size_t side = 0; side < texts.size(); ++side)
    if (!texts[side].empty()) text += "Not measured on " + labels[side] + ":\n" + texts[side];
  return text;
}

}  // namespace

std::string sample_sizes(const Comparison& comparison) {
  std::string text;
  for (std::size_t side = 0; side < comparison.sides.size(); ++side) {
    std::size_t fewest = static_cast<std::size_t>(-1);
    std::size_t most = 0;
    for (const auto& block : comparison.blocks)
      for (const auto& row : block.rows) {
        fewest = std::min(fewest, row.sides[side].n);
        most = std::max(most, row.sides[side].n);
      }
    text += side == 0 ? "" : "/";
    text += fewest == most ? fmt::format("{}", most) : fmt::format("{}..{}", fewest, most);
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
    case Doubt::kFewValues:
      return "~ [n]";
    case Doubt::kNoRatio:
      return "~ [0]";
    case Doubt::kOneBoot:
    case Doubt::kDisturbed: {
      const char* mark = change.doubt == Doubt::kOneBoot ? "[1]" : "[d]";
      if (change.shown == Verdict::kSame) return std::string("~ ") + mark;
      return change.ratio ? percent_change(change.ratio->ratio) + " " + mark : mark;
    }
    default:
      return "~ [?]";
  }
}

std::string one_boot_text(const Comparison& comparison) {
  const auto& why = comparison.units.one_boot;
  if (why.empty() || comparison.rules.counts) return {};
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

std::string disturbed_text(const Comparison& comparison) {
  if (!any_doubt(comparison, Doubt::kDisturbed)) return {};
  std::size_t count = 0;
  any_change(comparison, [&count](const Change& change) {
    count += change.doubt == Doubt::kDisturbed ? 1 : 0;
    return false;
  });
  return fmt::format(
      "undecided: of {} change{} one side has only disturbed repetitions, which may be too slow",
      count, count == 1 ? "" : "s");
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

std::vector<std::string> left_out(const Comparison& comparison, bool errors) {
  auto texts = comparison.dropped;
  if (auto without = without_figure_text(comparison); !without.empty())
    texts.push_back(std::move(without));
  if (const auto& cells = comparison.unmatched; !cells.empty())
    texts.push_back(fmt::format("cells without a partner, not compared: {} (first: {}, only in {})",
                                cells.size(), cells.front().name,
                                comparison.sides[cells.front().side].label));
  if (errors && !comparison.errors.empty()) {
    const auto& first = comparison.errors.front().row;
    texts.push_back(fmt::format("cells or repetitions that are errors: {} (first: {}: {})",
                                comparison.errors.size(), first.name, first.reason));
  }
  return texts;
}

std::string difference_notes(const Comparability& differences, std::size_t width) {
  std::string text;
  const auto note = [&](const char* mark, const Difference& difference) {
    text += paragraph(
        fmt::format("{} {} is '{}' and '{}'", mark, shorten(difference.field, kLongestListed),
                    shorten(difference.base, 80), shorten(difference.other, 80)),
        width, 4);
  };
  for (const auto& difference : differences.refused) note("[!] FORCED:", difference);
  for (const auto& difference : differences.known_notes()) note("[#]", difference);
  return text;
}

std::string footnotes(const Comparison& comparison, std::size_t width, Marks marks) {
  const std::string_view figures = figures_text(comparison);
  std::string head = fmt::format("{} {}{}{}", capitalised(direction_words(comparison.metric)) + ".",
                                 figures, figures.empty() ? "" : " ", method(comparison, marks));
  if (any_same(comparison, marks))
    head += fmt::format(" ~: same: {} within {}.",
                        comparison.rules.counts ? "all counts lie" : "the interval lies",
                        threshold_text(comparison));
  auto text = paragraph(head, width);
  const auto note = [&](const std::string& line) { text += paragraph(line, width, 4); };
  if (comparison.rotated) note("Offset of the reads in their page: rotated");
  const bool wide = any_doubt(comparison, Doubt::kWideInterval, marks);
  if (comparison.rules.counts && wide)
    note(fmt::format("[?] undecided: some counts of the two sides lie within {}, some do not",
                     threshold_text(comparison)));
  else if (wide || any_doubt(comparison, Doubt::kNotSignificant, marks))
    note(fmt::format("[?] undecided: no change shown, but the interval reaches past {}",
                     threshold_text(comparison)));
  if (any_doubt(comparison, Doubt::kNotSignificant))
    if (const auto power = power_text(comparison); !power.empty())
      note((any_doubt(comparison, Doubt::kNotSignificant, marks) ? "    " : "") + power);
  if (any_doubt(comparison, Doubt::kFewValues, marks))
    note(fmt::format("[n] undecided: fewer than {} {} per side{}", comparison.rules.min_n,
                     units_word(comparison.units.unit),
                     comparison.moderated() ? "" : ", or too few for a 95 % interval"));
  if (any_doubt(comparison, Doubt::kNoRatio, marks))
    note("[0] undecided: no ratio can be taken: some values are zero or negative");
  auto one_boot = marks == Marks::kNone ? one_boot_text(comparison) : one_boot_note(comparison);
  if (!one_boot.empty()) note(capitalised(one_boot));
  if (const auto disturbed = disturbed_text(comparison); !disturbed.empty())
    note(marks == Marks::kNone ? capitalised(disturbed) : "[d] " + disturbed);
  if (const auto hosts = hosts_text(comparison); !hosts.empty()) note(hosts);
  if (!comparison.unproven.empty()) note(comparison.unproven);
  for (const auto& dropped : comparison.dropped) note(shorten(dropped, kLongestListed));
  text += difference_notes(comparison.differences, width);
  if (const auto without = without_figure_text(comparison); !without.empty()) note(without);
  return text + unmatched_text(comparison, width) + side_errors(comparison, width);
}

std::string figure_text(const Comparison& comparison) {
  const auto& unit = comparison.scale.unit;
  const auto& metric = comparison.metric;
  if (metric.key == metric.description) return shorten(metric.key, 40);
  if (metric.key == "ns_per_read") return unit + " per read";
  return metric.description + (unit.empty() || metric.unit == "misses" ? "" : ", " + unit);
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
