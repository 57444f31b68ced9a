// SPDX-License-Identifier: MIT
#include "analysis/formats/formats.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "analysis/views/render_placement_table.hpp"

namespace zp::analysis {
namespace {

std::string titled_list(const char* title, const std::vector<std::string>& items) {
  if (items.empty()) return {};
  std::string text = fmt::format("\n## {}\n\n", title);
  for (const auto& item : items) text += "- " + markdown_text(item) + "\n";
  return text;
}

}  // namespace

std::string render_markdown_report(const Report& report, std::size_t width) {
  std::string text = "# " + markdown_text(heading_of(report, host_line(*report.set))) + "\n";
  if (!report.headline.empty()) text += "\n" + markdown_text(report.headline) + "\n";
  if (report.comparison) text += "\n## Comparison\n\n" + render_markdown(*report.comparison, width);
  if (const auto knob = render_knob_markdown(report.knob); !knob.empty())
    text += "\n## The knob: use\\_zero\\_pages\n\n" + knob;
  if (!report.table.blocks.empty()) {
    const PlacementTableStyle style{.width = width, .show_times = report.show_times};
    text += "\n## Placements\n\n```text\n" +
            fenced(render_placement_table(report.table, *report.set, style)) + "```\n";
  } else if (!report.comparison) {  // both of which list them themselves
    text += titled_list("Not measured", grouped_errors(report.table.errors, report.set));
  }
  if (report.loops)
    text += "\n## What programs feel\n\n```text\n" +
            fenced(render_loop_table(*report.loops, width)) + "```\n";
  if (!report.costs.rows.empty())
    text += "\n## What it costs, what it gives\n\n```text\n" +
            fenced(render_cost_table(report.costs, width)) + "```\n";
  if (!report.families.empty())
    text += "\n## Other benchmarks\n\n```text\n" +
            fenced(render_family_tables(report.families, width)) + "```\n";
  if (!report.figures.rows.empty())
    text +=
        "\n## Figures\n\n```text\n" + fenced(render_figure_table(report.figures, width)) + "```\n";
  text += titled_list("How measured", report.how);
  text += titled_list("Limits", report.limits);
  text += titled_list("Warnings", report.warnings);
  text += "\n## Provenance\n\n| | |\n| :-- | :-- |\n";
  for (const auto& fact : report.provenance)
    text += markdown_row({markdown_text(fact.key), markdown_text(fact.value)});
  text += "\n| sha256 | file |\n| :-- | :-- |\n";
  for (const auto& source : report.sources)
    text += markdown_row({source.sha256, markdown_text(source.path)});
  return text;
}

}  // namespace zp::analysis
