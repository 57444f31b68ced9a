// SPDX-License-Identifier: MIT
// As the 0-day robot's mails: value, change, value, dotted name of the figure.
#include <algorithm>
#include <cmath>

#include "analysis/render/ascii.hpp"
#include "analysis/render/formats.hpp"
#include "analysis/render/wording.hpp"

namespace zp::analysis {
namespace {

// A spread is told only above 2 %, as lkp does.
std::string with_stddev(const Summary& summary, double factor) {
  const auto value = fmt::format("{:>10}", three_digits(summary.median * factor));
  const double percent = summary.median == 0 ? 0 : 100 * summary.stddev / std::abs(summary.median);
  return percent > 2 ? fmt::format("{} +-{:3.0f}%", value, std::min(percent, 999.0))
                     : fmt::format("{:17}", value);
}

std::string dotted(const ComparedRow& row, const Metric& metric) {
  return machine_name(row.name) + "." + machine_name(metric.key);
}

}  // namespace

std::string render_lkp(const Comparison& comparison, std::size_t width) {
  constexpr std::size_t kValues = 17 + 10 + 17 + 2;
  std::string text = paragraph(comparison.sides.back().host_line, width);
  for (std::size_t other = 1; other < comparison.sides.size(); ++other) {
    text += "\n" + paragraph(fmt::format("{} ({}):", figure_text(comparison),
                                         comparison.within_one_run ? "base, other" : "base, new"),
                             width);
    text += paragraph("  " + comparison.sides[0].label, width, 4);
    text += paragraph("  " + comparison.sides[other].label, width, 4);
    text += "\n         %stddev   %change         %stddev\n";
    text += "             \\          |                \\\n";
    for (const auto& block : comparison.blocks) {
      for (const auto& row : block.rows) {
        text += fmt::format("{}{:>10}{}  {}\n", with_stddev(row.sides[0], comparison.scale.factor),
                            change_text(row.changes[other - 1]),
                            with_stddev(row.sides[other], comparison.scale.factor),
                            shorten(dotted(row, comparison.metric), width - kValues));
      }
    }
  }
  return text + "\n" + footnotes(comparison, width);
}

}  // namespace zp::analysis
