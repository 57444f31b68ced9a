// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "analysis/attribute/attribution.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/stats/moderated.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"

namespace zp::analysis {
namespace {

constexpr double kTooMuch = 1.0 / 3;

// In the table, where counts below kNoDifference are none: no more than three places.
std::string three_places(double value) {
  if (std::abs(value) >= 0.1) return three_digits(value);
  return std::abs(value) < 5e-4 ? "0" : fmt::format("{:.3f}", value);
}
std::string bounds(const Interval& interval) {
  const std::string low = three_places(interval.low), high = three_places(interval.high);
  return low == high ? low : low + ".." + high;
}
// More than all says nothing but that.
std::string whole_percent(double share) {
  if (share > 1.005 || share < -1.005) return share < 0 ? "<-100" : ">100";
  const auto text = fmt::format("{:.0f}", 100 * share);
  return text == "-0" ? "0" : text;
}
std::string shares(const Interval& ns, double difference) {
  if (difference == 0) return "";
  const double a = ns.low / difference, b = ns.high / difference;
  const auto low = whole_percent(std::min(a, b)), high = whole_percent(std::max(a, b));
  return low == high ? low + "%" : low + ".." + high + "%";
}

// That all values of the one are below all of the other where nothing differs.
constexpr double kUsualChance = 0.05;
double chance_apart(std::size_t a, std::size_t b) {
  double orders = 1;
  for (std::size_t i = 1; i <= a; ++i)
    orders *= static_cast<double>(b + i) / static_cast<double>(i);
  return 2 / orders;
}

std::string change_text(const Attribution& one) {
  const double change = 100 * one.difference_ns() / one.base_ns.median;
  if (!std::isfinite(change)) return "of nothing";
  return std::abs(change) < 0.5 ? "less than 1%" : fmt::format("{:+.0f}%", change);
}

std::string counted_units(const Attribution& one) {
  const auto [base, target] = std::pair(one.base_ns.n, one.new_ns.n);
  const auto units = base == 1 && target == 1 ? unit_word(one.unit) : units_word(one.unit);
  return base == target ? fmt::format("{} {} each", target, units)
                        : fmt::format("{} and {} {}", target, base, units);
}

std::string verdict(const Attribution& one) {
  const double share = one.sure_residual_share();
  if (one.counts_source.empty()) return "None of the difference is explained: nothing is counted.";
  if (one.causes.empty()) return "None of the difference is explained: no counted miss differs.";
  const bool all_priced = std::ranges::all_of(
      one.causes, [](const Cause& cause) { return cause.contribution_ns().has_value(); });
  if (share > kTooMuch)
    return fmt::format(
        "More than a third is open: {}% of the difference is not explained by the {}.",
        whole_percent(share),
        one.by_prices() ? "times that the prices predict"
        : all_priced    ? "counted misses even at their highest penalty"
                        : "misses whose penalty is known");
  if (share < -kTooMuch && one.by_prices())
    return fmt::format("Prices and time disagree: they predict at least {}% more than there is.",
                       whole_percent(-share));
  if (share < -kTooMuch)
    return fmt::format(
        "Counts and time disagree: even at their lowest penalty the counted misses "
        "explain {}% more than there is.",
        whole_percent(-share));
  const Interval residual = one.residual_ns();
  // What a cause costs at its cheapest is sure; only where that is alike, what it can cost counts.
  const auto largest = std::ranges::max_element(one.causes, [](const Cause& a, const Cause& b) {
    const auto of = [](const Cause& cause) {
      if (cause.predicted_ns) return std::pair(cause.predicted_ns->low, cause.predicted_ns->high);
      if (!cause.penalty_ns) return std::pair(0.0, 0.0);
      const double extra = std::abs(cause.extra_per_read);
      return std::pair(extra * cause.penalty_ns->low, extra * cause.penalty_ns->high);
    };
    return of(a) < of(b);
  });
  const double extra = largest->extra_per_read;
  if (largest->predicted_ns && largest->predicted_ns->low < 0 && largest->predicted_ns->high > 0)
    return fmt::format(
        "The prices can't tell: within their intervals {} takes {} to {} ns a read more.",
        one.new_placement, three_places(largest->predicted_ns->low),
        three_places(largest->predicted_ns->high));
  const auto cause =
      largest->predicted_ns
          ? fmt::format("Predicted by the prices: {}, {} cycles a read {}.", largest->name,
                        three_digits(std::abs(extra)), extra < 0 ? "less" : "more")
          : fmt::format("Largest cause: {} ({} {} a read).", largest->name,
                        three_digits(std::abs(extra)), extra < 0 ? "fewer" : "more");
  const double a = residual.low / one.difference_ns(), b = residual.high / one.difference_ns();
  const double least_open = std::max(0.0, std::min(a, b)), most_open = std::max(a, b);
  if (largest->penalty_ns && largest->penalty_ns->low == 0 && most_open > 0.995)
    return cause + fmt::format(
                       " It can account for all of the difference or for none of it: one such "
                       "miss costs between nothing{} and {} ns.",
                       one.overlap ? ", where reads overlap," : "",
                       three_digits(largest->penalty_ns->high));
  if (most_open < -0.005)
    return fmt::format("{} That is at least {}% more than there is.", cause,
                       whole_percent(-most_open));
  return fmt::format("{} Of the difference {}..{}% stays open.", cause, whole_percent(least_open),
                     whole_percent(most_open));
}

std::string render(const Attribution& one, std::size_t width) {
  const double difference = one.difference_ns();
  std::string interval;
  if (one.base_ns.has_interval() && one.new_ns.has_interval())
    interval = fmt::format(" [{}, {}]", three_digits(one.difference_interval().low),
                           three_digits(one.difference_interval().high));
  std::string text = paragraph(
      fmt::format("{}, stride {}: {} takes {} ns a read, {} {} ns: {}{} ns{} ({}; {}).",
                  block_title(one.common), one.stride, one.new_placement,
                  three_digits(one.new_ns.median), one.base_placement,
                  three_digits(one.base_ns.median), difference < 0 ? "" : "+",
                  three_digits(difference), interval, change_text(one), counted_units(one)),
      width);
  if (one.too_few())
    return text + paragraph(fmt::format("Nothing is attributed: it takes {} {} of each placement, "
                                        "as frames are drawn anew in each.",
                                        kLeastUnits, units_word(one.unit)),
                            width);
  if (one.within_noise())
    return text + paragraph("The intervals overlap: by them the two can't be told apart.", width);
  text += paragraph(verdict(one), width);
  TextTable table(2, 1);
  const auto add = [&](std::vector<std::string> row, const std::string& penalty,
                       const std::optional<Interval>& ns) {
    if (!one.by_prices()) row.push_back(penalty);
    row.push_back(ns ? bounds(*ns) : "");
    row.push_back(ns ? shares(*ns, difference) : "");
    table.add_row(std::move(row));
  };
  if (one.by_prices())
    table.add_row({"limit", "cycles more", "ns a read", "share"});
  else
    table.add_row({"cause", "extra/read", "penalty ns", "ns a read", "share"});
  for (const Cause& cause : one.causes)
    add({cause.name, three_places(cause.extra_per_read)},
        cause.penalty_ns ? bounds(*cause.penalty_ns) : "unknown", cause.contribution_ns());
  add({"residual", ""}, "", one.residual_ns());
  text += "\n" + table.text() + "\n";
  if (!one.counts_source.empty()) {
    std::string sources = "Counts: " + one.counts_source + ".";
    if (!one.penalties_source.empty())
      sources += (one.by_prices() ? " Times: " : " Penalties: ") + one.penalties_source +
                 (one.overlap && !one.by_prices() ? "; from 0 where reads may overlap." : ".");
    text += paragraph(sources, width);
  }
  for (const std::string& gap : one.gaps) text += paragraph("Not known: " + gap + ".", width, 2);
  return text;
}

}  // namespace

std::string render_attributions(const std::vector<Attribution>& all, std::size_t width) {
  std::string text;
  double by_chance = 0;
  for (const Attribution& one : all) {
    text += (text.empty() ? "" : "\n") + render(one, width);
    if (!one.too_few() && !one.within_noise())
      by_chance = std::max(by_chance, chance_apart(one.base_ns.n, one.new_ns.n));
  }
  if (by_chance > kUsualChance)
    text += "\n" + paragraph(fmt::format("Ranges of so few {} lie apart by chance alone in up to "
                                         "{:.0f}% of the cells.",
                                         units_word(all.front().unit), 100 * by_chance),
                             width);
  return text;
}

}  // namespace zp::analysis
