// SPDX-License-Identifier: MIT
#include "analysis/compare/footnotes.hpp"

#include <algorithm>
#include <set>

#include "analysis/compare/wording.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/stats/mann_whitney.hpp"
#include "analysis/text/ascii.hpp"

namespace zp::analysis {
namespace {

// Whether the format says of the change what change_text() does.
bool spells_out(Marks marks, const Change& change) {
  return marks == Marks::kAll || (marks == Marks::kOneBootAndNoRatio && !change.ratio);
}

bool any_told(const Comparison& comparison, Doubt doubt, Marks marks) {
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

using Names = std::vector<const std::string*>;

// A few of them, whole.
std::string some_of(const Names& names, std::size_t width) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i)
    text += paragraph("    " + shorten(*names[i], kLongestListed), width, 6);
  if (names.size() > kNamed)
    text += fmt::format("    and {} more (--format json lists all)\n", names.size() - kNamed);
  return text;
}

// Of three sides another may have it, too, but not the base.
std::string owner_text(const std::vector<std::string>& labels, std::size_t side) {
  return labels.size() == 2 || side == 0
             ? "only in " + labels[side]
             : fmt::format("in {}, not in {}", labels[side], labels.front());
}

// How many cells have nothing to be compared with.
std::string unmatched_text(const Comparison& comparison, std::size_t width) {
  if (comparison.unmatched.empty()) return {};
  const auto labels = side_labels(comparison, 30);
  std::vector<Names> names(comparison.sides.size());
  std::set<std::string_view> all;
  for (const auto& cell : comparison.unmatched) {
    names[cell.side].push_back(&cell.name);
    all.insert(cell.name);
  }
  std::string text =
      paragraph(fmt::format("Cells without a partner, not compared ({}):", all.size()), width);
  for (std::size_t side = 0; side < names.size(); ++side) {
    if (names[side].empty()) continue;
    if (!comparison.within_one_run)
      text += paragraph(fmt::format("  {}: {}", owner_text(labels, side), names[side].size()),
                        width, 4);
    text += some_of(names[side], width);
  }
  return text;
}

// The rows that a side lacks, of which the others are compared.
Names lacking(const Comparison& comparison, std::size_t side) {
  Names names;
  for (const auto& block : comparison.blocks)
    for (const auto& row : block.rows)
      if (row.lacks(side)) names.push_back(&row.name);
  return names;
}

std::string lacking_text(const Comparison& comparison, std::size_t width) {
  std::string text;
  const auto labels = side_labels(comparison, 30);
  for (std::size_t side = 1; side < comparison.sides.size(); ++side)
    if (const auto names = lacking(comparison, side); !names.empty())
      text += paragraph(fmt::format("Cells that {} lacks, compared without it ({}):", labels[side],
                                    names.size()),
                        width) +
              some_of(names, width);
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

std::vector<std::string> left_out(const Comparison& comparison, bool errors) {
  auto texts = comparison.dropped;
  std::vector<std::string> labels;
  for (const auto& side : comparison.sides) labels.push_back(side.label);
  if (auto without = without_figure_text(comparison); !without.empty())
    texts.push_back(std::move(without));
  if (const auto& cells = comparison.unmatched; !cells.empty())
    texts.push_back(fmt::format("cells without a partner, not compared: {} (first: {}, {})",
                                cells.size(), cells.front().name,
                                owner_text(labels, cells.front().side)));
  for (std::size_t side = 1; side < labels.size(); ++side)
    if (const auto names = lacking(comparison, side); !names.empty())
      texts.push_back(fmt::format("cells that {} lacks, compared without it: {} (first: {})",
                                  labels[side], names.size(), *names.front()));
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
  const bool wide = any_told(comparison, Doubt::kWideInterval, marks);
  if (comparison.rules.counts && wide)
    note(fmt::format("[?] undecided: some counts of the two sides lie within {}, some do not",
                     threshold_text(comparison)));
  else if (wide || any_told(comparison, Doubt::kNotSignificant, marks))
    note(fmt::format("[?] undecided: no change shown, but the interval reaches past {}",
                     threshold_text(comparison)));
  if (any_doubt(comparison, Doubt::kNotSignificant))
    if (const auto power = power_text(comparison); !power.empty())
      note((any_told(comparison, Doubt::kNotSignificant, marks) ? "    " : "") + power);
  if (any_told(comparison, Doubt::kFewValues, marks))
    note(fmt::format("[n] undecided: fewer than {} {} per side{}", comparison.rules.min_n,
                     units_word(comparison.units.unit),
                     comparison.moderated() ? "" : ", or too few for a 95 % interval"));
  if (any_told(comparison, Doubt::kNoRatio, marks))
    note("[0] undecided: no ratio can be taken: some values are zero or negative");
  auto one_boot = marks == Marks::kNone ? one_boot_text(comparison) : one_boot_note(comparison);
  if (!one_boot.empty()) note(capitalised(one_boot));
  const auto hosts_apart =
      marks == Marks::kNone ? other_hosts_text(comparison) : other_hosts_note(comparison);
  if (!hosts_apart.empty()) note(capitalised(hosts_apart));
  if (const auto disturbed = disturbed_text(comparison); !disturbed.empty())
    note(marks == Marks::kNone ? capitalised(disturbed) : "[d] " + disturbed);
  if (const auto hosts = hosts_text(comparison); !hosts.empty()) note(hosts);
  if (!comparison.unproven.empty()) note(comparison.unproven);
  for (const auto& dropped : comparison.dropped) note(shorten(dropped, kLongestListed));
  text += difference_notes(comparison.differences, width);
  if (const auto without = without_figure_text(comparison); !without.empty()) note(without);
  return text + lacking_text(comparison, width) + unmatched_text(comparison, width) +
         side_errors(comparison, width);
}

}  // namespace zp::analysis
