// SPDX-License-Identifier: MIT
// One page. Pictures are <img> with data URIs: an SVG in an <img> can't run scripts or load
// anything, and its ids can't clash with another's.
#include <algorithm>

#include "analysis/compare/wording.hpp"
#include "analysis/report/page.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/interval.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/views/render_knob_table.hpp"

namespace zp::analysis {
namespace {

// A page has room: names stay whole, but for those that nobody could read.
constexpr std::size_t kLongestName = 1000;

std::string listed(const char* title, const std::vector<std::string>& items) {
  if (items.empty()) return {};
  auto text = fmt::format("<section><h2>{}</h2><ul>\n", title);
  for (const auto& item : items) text += element("li", item) + "\n";
  return text + "</ul></section>\n";
}

std::string with_interval(const Summary& summary, double factor, int decimals) {
  auto text = aligned_number(summary.median * factor, decimals);
  if (summary.n > 1)
    text +=
        fmt::format(" <small>{}</small>",
                    interval_text({summary.interval.low * factor, summary.interval.high * factor}));
  return text;
}

std::string placement_section(const PlacementBlock& block, const Report& report) {
  std::vector<double> medians;
  for (const auto& placement : block.rows)
    for (const auto& cell : placement.cells)
      if (cell) medians.push_back(cell->median);
  if (medians.empty()) return {};
  const auto& metric = report.table.metric;
  const auto scale = scale_for(metric, median(medians));
  for (double& value : medians) value *= scale.factor;
  const int decimals = common_decimals(medians);
  auto text = fmt::format("<h3>{}</h3>\n<div class=\"wide\"><table>\n",
                          html_text(block_title(block.common)));
  std::vector<std::string> head{"placement", "frames"};
  for (const auto& stride : block.strides)
    head.push_back("<span class=\"unit\">stride</span> " + html_text(shorten(stride, 20)));
  text += "<thead>" + table_row("th", head, 1) + "</thead>\n<tbody>\n";
  for (const auto& placement : block.rows) {
    std::vector<std::string> cells{html_text(shorten(placement.placement, kLongestName)),
                                   placement.frames.empty() ? "?" : html_text(placement.frames)};
    if (placement.weak)
      cells.back() += " <abbr title=\"" + html_text(placement.weak_reason) + "\">weak</abbr>";
    for (const auto& cell : placement.cells)
      cells.push_back(!report.show_times ? ""
                      : cell             ? with_interval(*cell, scale.factor, decimals)
                                         : "&ndash;");
    text += table_row("td", cells, 1);
  }
  const auto unit = metric.key == "ns_per_read" ? scale.unit + " per read" : metric.description;
  return text + "</tbody></table></div>\n<p class=\"note\">" +
         (report.show_times
              ? html_text(unit) + ", median &plusmn; half of its 95 % interval; strides in bytes."
              : std::string("Emulated: times would mean nothing and are not shown.")) +
         "</p>\n";
}

std::string family_section(const FamilyTable& table) {
  auto text = element("h3", shorten(table.heading, 400)) + "\n";
  if (!table.keys.empty()) {
    std::vector<std::string> head{""};
    for (const auto& key : table.keys) head.push_back(html_text(shorten(key, 60)));
    text +=
        "<div class=\"wide\"><table>\n<thead>" + table_row("th", head, 1) + "</thead>\n<tbody>\n";
    for (const auto& measured : table.rows) {
      std::vector<std::string> cells{html_text(shorten(measured.label, kLongestName))};
      for (const auto& figure : measured.figures)
        cells.push_back(figure.empty() ? "&ndash;" : figure);
      text += table_row("td", cells, 1);
    }
    text += "</tbody></table></div>\n";
  }
  for (const auto& [label, reason] : table.unmeasured)
    text += "<p class=\"note\">" +
            html_text((label.empty() ? "" : shorten(label, 120) + ": ") + shorten(reason, 600)) +
            "</p>\n";
  return text;
}

std::string figures_section(const FigureTable& table) {
  if (table.rows.empty()) return {};
  std::string text =
      "<section><h2>Figures</h2>\n<div class=\"wide\"><table>\n<thead>" +
      table_row("th", {"benchmark", html_text(figure_heading(table)), "&plusmn;", "n"}, 1) +
      "</thead>\n<tbody>\n";
  for (const auto& figure : table.rows)
    text += table_row("td",
                      {html_text(shorten(figure.name, kLongestName)), table.value_text(figure),
                       table.spread_text(figure), fmt::format("{}", figure.summary.n)},
                      1);
  return text + "</tbody></table></div>\n" + "<p class=\"note\">" + html_text(figure_note(table)) +
         "</p>\n</section>\n";
}

const char* class_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFaster:
      return "good";
    case Verdict::kSlower:
      return "bad";
    case Verdict::kSame:
      return "same";
    case Verdict::kUndecided:
      break;
  }
  return "open";
}

std::string comparison_section(const Comparison& comparison) {
  std::string text = "<section><h2>Comparison</h2>\n";
  for (const auto& block : comparison.blocks) {
    const auto title = block_title(block.common);
    if (!title.empty()) text += element("h3", title) + "\n";
    std::vector<std::string> head;
    for (const auto& column : comparison.label_columns) head.push_back(html_text(column));
    head.push_back(html_text(shorten(comparison.sides[0].label, 40)));
    for (std::size_t i = 1; i < comparison.sides.size(); ++i) {
      head.push_back(html_text(shorten(comparison.sides[i].label, 40)));
      head.insert(head.end(), {"change", "95&nbsp;% interval", "verdict"});
    }
    text +=
        "<div class=\"wide\"><table>\n<thead>" + table_row("th", head, 1) + "</thead>\n<tbody>\n";
    for (const auto& compared : block.rows) {
      std::vector<std::string> cells;
      for (const auto& label : compared.labels)
        cells.push_back(html_text(shorten(label, kLongestName)));
      cells.push_back(four_digits(compared.sides[0].median * comparison.scale.factor));
      for (std::size_t i = 1; i < compared.sides.size(); ++i) {
        const auto& change = compared.changes[i - 1];
        cells.push_back(four_digits(compared.sides[i].median * comparison.scale.factor));
        cells.push_back(change.ratio ? percent_change(change.ratio->ratio) : "&ndash;");
        cells.push_back(change.ratio ? percent_change(change.ratio->interval.low) + " .. " +
                                           percent_change(change.ratio->interval.high)
                                     : "");
        cells.push_back(fmt::format("<span class=\"{}\">{}</span>", class_of(change.verdict),
                                    verdict_word(change.verdict, comparison.metric)));
      }
      text += table_row("td", cells, comparison.label_columns.size());
    }
    text += "</tbody></table></div>\n";
  }
  return text + "<pre>" + html_lines(footnotes(comparison, 75)) + "</pre></section>\n";
}

std::string knob_section(const KnobTable& table) {
  if (table.row_count() == 0) return {};
  std::string text = "<section><h2>The knob: use_zero_pages</h2>\n";
  for (const auto& block : table.blocks) {
    text += element("h3", knob_heading(block)) + "\n";
    std::vector<std::string> head{"walk, stride"};
    for (const auto column : kKnobColumns) head.push_back(html_text(column));
    head.insert(head.end(), {"change", "95&nbsp;% interval", "verdict"});
    text +=
        "<div class=\"wide\"><table>\n<thead>" + table_row("th", head, 1) + "</thead>\n<tbody>\n";
    for (const auto& measured : block.rows) {
      const auto texts = knob_texts(measured);
      std::vector<std::string> cells{html_text(shorten(measured.walk + ", " + texts.label, 60))};
      for (const auto& figure : texts.figures) cells.push_back(html_text(figure));
      cells.insert(cells.end(),
                   {html_text(texts.change), html_text(texts.interval),
                    fmt::format("<span class=\"{}\">{}</span>", class_of(measured.change.effect),
                                html_text(texts.effect))});
      text += table_row("td", cells, 1);
    }
    text += "</tbody></table></div>\n";
  }
  return text + "<p class=\"note\">" + html_text(knob_footnote(table)) + "</p></section>\n";
}

std::string figure(const PagePicture& picture) {
  const auto uri = [](const std::string& svg) {
    return "data:image/svg+xml;base64," + base64(svg);
  };
  return fmt::format(
      "<figure><div class=\"wide\"><picture>\n<source media=\"(prefers-color-scheme: "
      "dark)\" srcset=\"{}\">\n<img src=\"{}\" alt=\"{}\" width=\"800\" "
      "height=\"{}\">\n</picture></div><figcaption>{}</figcaption></figure>\n",
      uri(picture.dark_svg), uri(picture.light_svg), html_text(picture.plot.caption),
      picture.plot.height_px, html_text(picture.plot.caption));
}

std::string facts(const std::vector<Fact>& list) {
  std::string text = "<dl>\n";
  for (const auto& fact : list)
    text += element("dt", fact.key) + element("dd", shorten(fact.value, 2000)) + "\n";
  return text + "</dl>\n";
}

}  // namespace

std::string render_html(const Report& report, const std::vector<PagePicture>& pictures) {
  const auto kernel = kernel_of(report.set->context());
  const auto title = heading_of(report, kernel.empty() ? std::string("report") : kernel);
  auto page = page_start(title) + "<p class=\"host\">" +
              html_text(host_line(report.set->context())) + "</p>\n";
  if (!report.headline.empty())
    page += "<p class=\"headline\">" + html_text(report.headline) + "</p>\n";
  if (is_emulated(*report.set))
    page += "<p class=\"banner\">Emulated run: times say nothing about a CPU.</p>\n";
  page += listed("Warnings", report.warnings);
  if (report.comparison) page += comparison_section(*report.comparison);
  page += knob_section(report.knob);
  if (!report.table.blocks.empty()) page += "<section><h2>Placements</h2>\n";
  for (const auto& block : report.table.blocks) page += placement_section(block, report);
  if (!report.table.blocks.empty()) page += "</section>\n";
  if (report.loops)
    page += "<section><h2>What programs feel</h2>\n<pre>" +
            html_lines(render_loop_table(*report.loops, 75)) + "</pre></section>\n";
  if (!report.costs.empty())
    page += "<section><h2>What it costs, what it gives</h2>\n<pre>" +
            html_lines(render_cost_table(report.costs, 75)) + "</pre></section>\n";
  if (!report.families.empty()) page += "<section><h2>Other benchmarks</h2>\n";
  for (const auto& table : report.families) page += family_section(table);
  if (!report.families.empty())
    page +=
        "<p class=\"note\">Medians of the repetitions, in the units that the names of the "
        "figures end in.</p>\n</section>\n";
  page += figures_section(report.figures);
  page += listed("Not measured", grouped_errors(report.table.errors));
  if (!pictures.empty()) page += "<section><h2>Pictures</h2>\n";
  for (const auto& picture : pictures) page += figure(picture);
  if (!pictures.empty()) page += "</section>\n";
  page += listed("How measured", report.how) + listed("Limits", report.limits);
  page += "<section><h2>Provenance</h2>\n" + facts(report.provenance);
  page += "<div class=\"wide\"><table class=\"files\">\n<thead>" +
          table_row("th", {"file", "sha256"}, 1) + "</thead>\n<tbody>\n";
  for (const auto& source : report.sources)
    page += table_row("td", {html_text(shorten(source.path, 300)), source.sha256}, 1);
  page +=
      "</tbody></table></div>\n<details><summary>Everything the run says about its machine"
      "</summary>\n" +
      facts(report.context) + "</details></section>\n";
  return page + page_end();
}

}  // namespace zp::analysis
