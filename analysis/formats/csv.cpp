// SPDX-License-Identifier: MIT
// One line per cell and side; figures as stored, full precision. `one_boot` is what one boot per
// side shows, where more boots would be needed for a verdict.
#include "analysis/formats/formats.hpp"
#include "analysis/text/markup.hpp"

namespace zp::analysis {
namespace {

std::string ends(const Interval& interval) {
  return fmt::format("{},{}", interval.low, interval.high);
}

// Of a single value there is none.
std::string ends_of(const Summary& summary) {
  return summary.n > 1 ? ends(summary.interval) : ",";
}

}  // namespace

std::string render_csv(const Comparison& comparison, std::size_t) {
  std::string text =
      "name,metric,unit,base,side,base_n,base_median,base_low,base_high,n,median,low,high,"
      "ratio,ratio_low,ratio_high,p,p_holm,verdict,sampling_unit,one_boot,doubt\n";
  const auto metric =
      csv_field(comparison.metric.key) + "," + csv_field(comparison.metric.unit) + ",";
  for (const auto& block : comparison.blocks) {
    for (const auto& row : block.rows) {
      const auto& base = row.sides.front();
      for (std::size_t i = 1; i < row.sides.size(); ++i) {
        if (row.lacks(i)) continue;
        const auto& side = row.sides[i];
        const auto& change = row.changes[i - 1];
        const auto ratio = (change.ratio ? fmt::format("{}", change.ratio->ratio) : "") + "," +
                           (change.has_interval() ? ends(change.ratio->interval) : ",");
        text += fmt::format(
            "{},{}{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(row.name), metric,
            csv_field(comparison.sides[0].label), csv_field(comparison.sides[i].label), base.n,
            base.median, ends_of(base), side.n, side.median, ends_of(side), ratio, change.p,
            change.p_holm, verdict_word(change.verdict, comparison.metric),
            unit_word(comparison.units.unit),
            change.doubt == Doubt::kOneBoot ? verdict_word(change.shown, comparison.metric)
                                            : std::string_view(),
            doubt_word(change.doubt));
      }
    }
  }
  return text;
}

}  // namespace zp::analysis
