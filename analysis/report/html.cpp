// SPDX-License-Identifier: MIT
// One page. Pictures are <img> with data URIs: an SVG in an <img> can't run scripts or load
// anything, and its ids can't clash with another's.
#include <algorithm>

#include "analysis/report/html_changes.hpp"
#include "analysis/report/page.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/blocks.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/interval.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/emulated_table.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "harness/names/row_text.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kPageColumns = 75;

std::string listed(const char* title, const std::vector<std::string>& items) {
  if (items.empty()) return {};
  auto text = section_start(title) + "<ul>\n";
  for (const auto& item : items) text += element("li", item) + "\n";
  return text + "</ul></section>\n";
}

std::string placement_section(const PlacementBlock& block, const Report& report) {
  const auto heading = element("h3", block_title(block.common)) + "\n";
  if (!report.show_times)
    return heading + "<pre>" + html_lines(render_emulated_block(block, *report.set, kPageColumns)) +
           "</pre>\n";
  std::vector<double> medians;
  for (const auto& placement : block.rows)
    for (const auto& cell : placement.cells)
      if (cell) medians.push_back(cell->median);
  if (medians.empty()) return {};
  const auto& metric = report.table.metric;
  const auto scale = scale_for(metric, median(medians));
  std::vector<std::string> head{"placement"};
  for (const auto& column : placement_columns()) head.emplace_back(column.heading);
  for (const auto& stride : block.strides)
    head.push_back("<span class=\"unit\">stride</span> " + html_text(shorten(stride, 20)));
  auto text = heading + table_start(head, 1);
  bool exact = true;
  for (const auto& placement : block.rows) {
    std::vector<std::string> cells{html_text(shorten(placement.placement, kLongestCell))};
    for (const auto& column : placement_columns()) {
      cells.push_back(html_text(column.text(placement)));
      if (column.shows_census && placement.census == CensusClass::kWeak)
        cells.back() += " <abbr title=\"" + html_text(placement.weak_label) + "\">weak</abbr>";
      if (column.shows_census && placement.census == CensusClass::kMissing)
        cells.back() += " <abbr title=\"the placement was not proven\">no census</abbr>";
    }
    for (const auto& cell : placement.cells) {
      // Three digits of each figure, however large its neighbours are.
      auto figure = cell ? three_digits(cell->median * scale.factor) : std::string("-");
      if (cell && cell->n > 1) {
        figure += " " + interval_text({cell->interval.low * scale.factor,
                                       cell->interval.high * scale.factor});
        exact = exact && cell->interval_is_95;
      }
      cells.push_back(with_interval(figure));
    }
    text += table_row("td", cells, 1);
  }
  return text + kTableEnd +
         note(fmt::format("{}: median and {}; strides in bytes.", axis_words(metric, scale),
                          exact
                              ? "its 95 % interval"
                              : "its interval, of 95 % from six values on, below that the range"));
}

std::string placements_section(const Report& report) {
  if (report.table.blocks.empty()) return {};
  auto text = section_start("Placements");
  for (const auto& block : report.table.blocks) text += placement_section(block, report);
  if (!report.show_times) text += note(emulated_footnote(*report.set) + census_note(report.table));
  return text + "</section>\n";
}

const char* class_of(ClaimVerdict verdict) {
  return verdict == ClaimVerdict::kConfirmed ? "good"
         : verdict == ClaimVerdict::kRefuted ? "bad"
                                             : "open";
}

std::string claims_section(const std::vector<JudgedClaim>& claims) {
  if (claims.empty()) return {};
  auto text = section_start("Claims") + "<dl class=\"claims\">\n";
  for (const auto& [claim, judgement] : claims)
    text += fmt::format("<dt>{} <span class=\"{}\">{}</span></dt><dd><em>{}</em><br>{}</dd>\n",
                        html_text(claim->id), class_of(judgement.verdict),
                        html_text(verdict_text(judgement.verdict)), html_text(claim->statement),
                        html_text(judgement.sentence));
  return text + "</dl>\n" +
         note(
             "What was said, mostly on linux-mm, and what these rows say to it. How each verdict "
             "is drawn: "
             "zpanalyze report --claims, --debates.") +
         "</section>\n";
}

// docs/reports/ksm_zero_pages_fork.md
bool is_known_bug(const ErrorRow& row) {
  const auto counter = row.reason.find("ksm_zero_pages: ");
  return counter != row.reason.npos && row.reason.find("too many", counter) != row.reason.npos;
}

// What went wrong, before any figure.
std::string failures(const std::vector<ErrorRow>& failed, const ResultSet& set) {
  if (failed.empty()) return {};
  const auto by_kernel = std::ranges::count_if(failed, is_known_bug);
  const bool all = by_kernel == static_cast<std::ptrdiff_t>(failed.size());
  auto text = fmt::format(
      "<div class=\"banner\"><strong class=\"bad\">{} failed verification{}.</strong><ul>\n",
      failed.size() == 1 ? "1 row" : fmt::format("{} rows", failed.size()),
      by_kernel == 0 ? std::string()
      : all          ? std::string(": a kernel bug")
                     : fmt::format(", {} of them because of a kernel bug", by_kernel));
  for (const auto& error : grouped_errors(failed, &set)) text += element("li", error) + "\n";
  return text + "</ul></div>\n";
}

std::string family_figures(const FamilyTable& table) {
  std::vector<std::string> rows, keys;
  for (const auto& row : table.rows) rows.push_back(html_text(shorten(row.label, kLongestCell)));
  for (const auto& key : table.keys) keys.push_back(html_text(shorten(key, 60)));
  const auto lines = with_fewer_columns(rows, keys, [&](std::size_t row, std::size_t key) {
    const auto& figure = table.rows[row].figures[key];
    return figure.empty() ? "&ndash;" : figure;
  });
  auto text = table_start(lines.front(), 1);
  for (std::size_t line = 1; line < lines.size(); ++line) text += table_row("td", lines[line], 1);
  return text + kTableEnd;
}

std::string family_section(const FamilyTable& table) {
  auto text = element("h3", shorten(table.heading, 400)) + "\n";
  if (!table.keys.empty()) text += family_figures(table);
  for (const auto& [label, reason] : table.unmeasured)
    text += fmt::format(
        "<p class=\"{}\">{}</p>\n", reason.starts_with(kSkippedPrefix) ? "note" : "bad",
        html_text((label.empty() ? "" : shorten(label, 120) + ": ") + shorten(reason, 600)));
  return text;
}

std::string figures_section(const FigureTable& table) {
  if (table.rows.empty()) return {};
  auto text = section_start("Figures") +
              table_start({"benchmark", html_text(figure_heading(table)), "&plusmn;", "n"}, 1);
  for (const auto& figure : table.rows)
    text += table_row("td",
                      {html_text(shorten(figure.name, kLongestCell)), table.value_text(figure),
                       table.spread_text(figure), fmt::format("{}", figure.summary.n)},
                      1);
  return text + kTableEnd + note(figure_note(table)) + "</section>\n";
}

std::string figure(const PagePicture& picture) {
  const auto uri = [](const std::string& svg) {
    return "data:image/svg+xml;base64," + base64(svg);
  };
  const auto caption = html_text(picture.plot.caption);
  return fmt::format(
      "<figure><picture>\n<source media=\"(max-width: 36rem)\" srcset=\"{}\">\n"
      "<img src=\"{}\" alt=\"{}\" width=\"800\" height=\"{}\">\n"
      "</picture><figcaption>{}</figcaption></figure>\n",
      uri(picture.narrow_svg), uri(picture.svg), caption, picture.plot.height_px, caption);
}

std::string facts(const std::vector<Fact>& list) {
  std::string text = "<dl>\n";
  for (const auto& fact : list)
    text += element("dt", fact.key) + element("dd", shorten(fact.value, 2000)) + "\n";
  return text + "</dl>\n";
}

// What is in <pre> anyhow.
std::string text_section(const char* title, const std::string& text) {
  return section_start(title) + "<pre>" + html_lines(text) + "</pre></section>\n";
}

// What stands before the first full stop or semicolon, large: the rest qualifies it.
std::string headline(const std::string& text) {
  constexpr std::size_t kShortest = 40;
  int depth = 0;
  for (std::size_t end = 0; end < text.size(); ++end) {
    depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    const auto next = text.substr(end, 2);
    if (depth > 0 || end < kShortest || (next != "; " && next != ". ")) continue;
    auto rest = text.substr(end + 2);
    if (next == "; ") rest = capitalised(rest);
    return "<p class=\"headline\">" + html_text(text.substr(0, end) + ".") + "</p>\n<p>" +
           html_text(rest) + "</p>\n";
  }
  return text.empty() ? text : "<p class=\"headline\">" + html_text(text) + "</p>\n";
}

// A link to each section of `body`.
std::string contents(const std::string& body) {
  std::string links;
  constexpr std::string_view kStart = "<h2 id=\"";
  for (auto at = body.find(kStart); at != body.npos; at = body.find(kStart, at + 1)) {
    const auto id = at + kStart.size(), title = body.find('>', id) + 1;
    links +=
        fmt::format("<li><a href=\"#{}\">{}</a></li>\n", body.substr(id, body.find('"', id) - id),
                    body.substr(title, body.find('<', title) - title));
  }
  return "<nav><ul>\n" + links + "</ul></nav>\n";
}

std::string provenance(const Report& report) {
  auto text = section_start("Provenance") + facts(report.provenance) +
              "<div class=\"wide\"><table class=\"files\">\n<thead>" +
              table_row("th", {"file", "sha256"}, 1) + "</thead>\n<tbody>\n";
  for (const auto& source : report.sources)
    text += table_row("td", {html_text(shorten(source.path, 300)), source.sha256}, 1);
  return text + kTableEnd +
         "<details><summary>Everything the run says about its machine</summary>\n" +
         facts(report.context) + "</details></section>\n";
}

}  // namespace

std::string render_html(const Report& report, const std::vector<PagePicture>& pictures) {
  const auto kernel = kernel_of(report.set->context());
  const auto title = heading_of(report, kernel.empty() ? std::string("report") : kernel);
  auto page = page_start(title) + "<p class=\"host\">" + html_text(host_line(*report.set)) +
              "</p>\n" + headline(report.headline);
  if (is_emulated(*report.set))
    page += fmt::format("<p class=\"banner\">Emulated run: {}times say nothing about a CPU.</p>\n",
                        census_note(report.table).empty() ? "what is mapped is real, " : "");
  page += failures(report.failed, *report.set);
  if (!report.warnings.empty())
    page += fmt::format("<p class=\"banner\">{} <a href=\"#Warnings\">Warnings: {}</a></p>\n",
                        html_text(shorten(report.warnings.front(), 200)), report.warnings.size());
  std::string body;
  if (report.comparison) body += comparison_section(*report.comparison);
  body += knob_section(report.knob);
  if (report.loops)
    body += text_section("What programs feel", render_loop_table(*report.loops, kPageColumns));
  body += claims_section(report.claims);
  if (!report.costs.rows.empty())
    body +=
        text_section("What it costs, what it gives", render_cost_table(report.costs, kPageColumns));
  body += placements_section(report);
  if (!report.families.empty()) {
    body += section_start("Other benchmarks");
    for (const auto& table : report.families) body += family_section(table);
    body += note("Medians of the repetitions, in the units that the names of the figures end in.") +
            "</section>\n";
  }
  body += figures_section(report.figures);
  body += listed("Not measured", grouped_errors(report.table.errors, report.set));
  if (pictures.size() > 1) {
    body += section_start("Pictures");
    for (std::size_t i = 1; i < pictures.size(); ++i) body += figure(pictures[i]);
    body += "</section>\n";
  }
  body += listed("Warnings", report.warnings) + listed("How measured", report.how) +
          listed("Limits", report.limits) + provenance(report);
  // The finding's own picture stands next to its words.
  if (!pictures.empty()) page += figure(pictures.front());
  return page + contents(body) + body + page_end();
}

}  // namespace zp::analysis
