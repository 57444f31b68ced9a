// SPDX-License-Identifier: MIT
// The atlas as pages that need nothing else. Without scripts all is there, in order of name; the
// one script sorts and filters the overview.
#include <fmt/format.h>

#include "analysis/atlas/atlas.hpp"
#include "analysis/report/page.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kTextWidth = 100;

constexpr std::string_view kScript = R"(
const table = document.querySelector('table'), body = table.tBodies[0];
const box = document.querySelector('#filter');
box.closest('p').hidden = false;
box.oninput = () => {
  const wanted = box.value.toLowerCase();
  for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
};
[...table.tHead.rows[0].cells].forEach((head, column) => {
  const button = document.createElement('button');
  button.textContent = head.textContent;
  head.replaceChildren(button);
  let down = false;
  button.onclick = () => {
    const key = row => row.cells[column].textContent;
    body.append(...[...body.rows].sort((a, b) =>
      (down ? -1 : 1) * key(a).localeCompare(key(b), 'en', {numeric: true})));
    down = !down;
  };
});
)";

// Texts wrap, figures don't; a row can be linked to.
constexpr std::string_view kOverviewStyle =
    "<style>main { max-width: 100rem; } tbody > tr > * { vertical-align: top; }\n"
    "td.text { text-align: left; white-space: normal; min-width: 11rem; }\n"
    "tbody th { white-space: normal; min-width: 9rem; }\n"
    "tr:target > * { outline: 1px solid var(--good); }\n"
    "thead button { all: unset; cursor: pointer; } thead button:focus { outline: 1px solid; }\n"
    "input { font: inherit; padding: .2rem .4rem; }</style>\n";

std::string interval_of(const PairedChange& change) {
  if (!change.interval) return {};
  return fmt::format(" ({} .. {})", percent_change(change.interval->low),
                     percent_change(change.interval->high));
}

std::string costs_html(const AtlasEntry& entry) {
  if (entry.emulated) return "<span class=\"open\">no time: emulated</span>";
  if (entry.costs.empty()) return "<span class=\"open\">not measured</span>";
  std::string text;
  for (const auto& cost : entry.costs)
    text += fmt::format("{}{}: <span class=\"{}\">{}</span>{}", text.empty() ? "" : "<br>",
                        html_text(cost.cell), class_of(cost.change.effect),
                        percent_change(cost.change.ratio), interval_of(cost.change));
  return text;
}

// The largest change of that kind, by name; "" without one.
std::string most_of(const KnobTable& table, Effect effect) {
  const auto [block, row] = largest_change(table, effect, &PairedChange::effect);
  if (row == nullptr) return {};
  return fmt::format("<span class=\"{}\">{}</span>{}: {} {}, {}", class_of(effect),
                     percent_change(row->change.ratio), interval_of(row->change),
                     html_text(row->walk), html_text(knob_texts(*row).label),
                     exact_size(block->table_bytes));
}

std::string knob_html(const AtlasEntry& entry) {
  const auto rows = entry.knob.row_count();
  if (entry.emulated) return "<span class=\"open\">no time: emulated</span>";
  if (rows == 0) return "<span class=\"open\">not measured</span>";
  auto text = fmt::format("{} of {} rows slower, {} faster", entry.knob.count(Effect::kSlower),
                          rows, entry.knob.count(Effect::kFaster));
  for (const auto effect : {Effect::kSlower, Effect::kFaster})
    if (const auto most = most_of(entry.knob, effect); !most.empty()) text += "<br>" + most;
  return text;
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "&ndash;" : html_text(shorten(text, 400));
}

std::string rule_html(const AtlasEntry& entry) {
  if (entry.rule.empty() && entry.rule_source.empty())
    return "<span class=\"open\">not measured</span>";
  return or_dash(entry.rule) + "<br><small>" + html_text(shorten(entry.rule_source, 200)) +
         "</small>";
}

std::string anchor_of(const AtlasCpu& cpu, std::size_t kernel) {
  return fmt::format("{}-{}", cpu.file.substr(0, cpu.file.rfind('.')), kernel + 1);
}

std::string overview_row(const AtlasCpu& cpu, std::size_t kernel) {
  const AtlasEntry& entry = cpu.kernels[kernel];
  const auto anchor = anchor_of(cpu, kernel);
  auto text = fmt::format(
      "<tr id=\"{0}\"><th scope=\"row\"><a "
      "href=\"{1}#{0}\">{2}</a></th><td>{3}<br><small>{4}</small></td>",
      anchor, cpu.file, html_text(shorten(cpu.cpu, 100)), or_dash(entry.kernel),
      html_text(shorten(entry.machine, 60)));
  text += fmt::format("<td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td>",
                      or_dash(entry.zero_pages), costs_html(entry), or_dash(entry.suffices));
  return text + fmt::format("<td class=\"text\">{}</td><td class=\"text\">{}</td></tr>\n",
                            knob_html(entry), rule_html(entry));
}

std::string overview(const Atlas& atlas) {
  auto page = page_start("zpbench: does my CPU care how zero pages are backed?", kScript);
  page += kOverviewStyle;
  page +=
      "<p>One frame behind a whole table, read through many addresses: what it costs against eight "
      "frames, how many zero pages would do, and what <code>use_zero_pages</code> changes. Each "
      "row is one kernel on one CPU. In brackets the 95&nbsp;% interval; coloured figures are "
      "beyond doubt (p &lt; 0.005 after Holm).</p>\n"
      "<p hidden><label>Filter <input id=\"filter\" type=\"search\"></label></p>\n"
      "<div class=\"wide\"><table>\n<thead><tr><th>CPU</th><th>kernel</th><th>its zero pages</th>"
      "<th>one frame against eight, 64 MiB</th><th>zero pages that suffice</th>"
      "<th>use_zero_pages=1</th><th>synonym rule</th></tr></thead>\n<tbody>\n";
  for (const auto& cpu : atlas.cpus)
    for (std::size_t kernel = 0; kernel < cpu.kernels.size(); ++kernel)
      page += overview_row(cpu, kernel);
  page += fmt::format(
      "</tbody></table></div>\n<p class=\"note\">{} run{} of {} CPU{}{}.</p>\n", atlas.runs,
      atlas.runs == 1 ? "" : "s", atlas.cpus.size(), atlas.cpus.size() == 1 ? "" : "s",
      atlas.left_out == 0
          ? std::string()
          : fmt::format("; {} left out that name neither CPU nor kernel", atlas.left_out));
  return page + "<script>" + std::string(kScript) + "</script>\n" + page_end();
}

std::string kernel_section(const AtlasCpu& cpu, std::size_t kernel) {
  const AtlasEntry& entry = cpu.kernels[kernel];
  auto text = fmt::format("<section id=\"{}\"><h2>{}</h2>\n<p class=\"host\">{}</p>\n",
                          anchor_of(cpu, kernel), html_text(shorten(entry.kernel, 120)),
                          html_text(host_line(entry.set.context())));
  if (entry.emulated) text += "<p class=\"banner\">Emulated: times say nothing about a CPU.</p>\n";
  text += "<dl>\n";
  for (const auto& [name, value] :
       {std::pair("zero pages of this kernel", or_dash(entry.zero_pages)),
        std::pair("one frame against eight, 64 MiB", costs_html(entry)),
        std::pair("zero pages that suffice", or_dash(entry.suffices)),
        std::pair("synonym rule", rule_html(entry))})
    text += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, value);
  text += "</dl>\n";
  if (entry.knob.row_count() > 0)
    text += "<pre>" + html_lines(render_knob_table(entry.knob, kTextWidth)) + "</pre>\n";
  if (!entry.times_of.empty())
    text +=
        "<p class=\"note\">The runs don't record their boots, so times are those of the one that "
        "holds the most, " +
        html_text(shorten(entry.times_of, 300)) + ".</p>\n";
  text += "<h3>Runs</h3><ul>\n";
  for (const auto& run : entry.set.runs()) text += element("li", shorten(run.path, 300)) + "\n";
  return text + "</ul></section>\n";
}

}  // namespace

std::vector<AtlasPage> render_atlas(const Atlas& atlas) {
  std::vector<AtlasPage> pages{{"index.html", overview(atlas)}};
  for (const auto& cpu : atlas.cpus) {
    auto html = page_start("zpbench: " + cpu.cpu) + "<p><a href=\"index.html\">All CPUs</a></p>\n";
    for (std::size_t kernel = 0; kernel < cpu.kernels.size(); ++kernel)
      html += kernel_section(cpu, kernel);
    pages.push_back({cpu.file, html + page_end()});
  }
  return pages;
}

}  // namespace zp::analysis
