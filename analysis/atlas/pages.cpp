// SPDX-License-Identifier: MIT
// The atlas as pages that need nothing else. Without scripts all is there, in order of name; the
// one script sorts and filters the overview.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/atlas/atlas.hpp"
#include "analysis/report/page.hpp"
#include "analysis/rows/errors.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/stats/moderated.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/views/family_table.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

constexpr std::size_t kTextWidth = 100;

// Cells with a figure sort by it, as numbers, the others by their text.
constexpr std::string_view kScript = R"(
const table = document.querySelector('table'), body = table.tBodies[0];
const box = document.querySelector('#filter'), heads = [...table.tHead.rows[0].cells];
table.classList.add('sorts');
box.closest('p').hidden = false;
box.oninput = () => {
  const wanted = box.value.toLowerCase();
  for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
};
heads.forEach((head, column) => {
  const button = document.createElement('button');
  button.textContent = head.textContent;
  head.replaceChildren(button);
  button.onclick = () => {
    const sign = head.ariaSort == 'ascending' ? -1 : 1;
    const key = row => row.cells[column].dataset.key ?? row.cells[column].textContent;
    const order = (a, b) => isNaN(a - b) ? a.localeCompare(b, 'en', {numeric: true}) : a - b;
    body.append(...[...body.rows].sort((a, b) => sign * order(key(a), key(b))));
    for (const other of heads) other.ariaSort = null;
    head.ariaSort = sign > 0 ? 'ascending' : 'descending';
  };
});
)";

// Texts wrap, figures don't; a row can be linked to. On a phone a row is a card, and each of its
// cells says what it is.
constexpr std::string_view kOverviewStyle =
    "<style>main { max-width: 84rem; } tbody > tr > * { vertical-align: top; }\n"
    "th, td { text-align: left; white-space: normal; padding: .25rem .5rem; }\n"
    "td { min-width: 6.5rem; } .figure { white-space: nowrap; }\n"
    "tr:target > * { outline: 1px solid var(--good); }\n"
    "a { color: var(--link); } :root { --link: #0b57d0; }\n"
    "@media (prefers-color-scheme: dark) { :root { --link: #8ab4f8; } }\n"
    "thead button { all: unset; cursor: pointer; } thead button:focus-visible { outline: 1px "
    "solid; }\n"
    "[aria-sort=ascending] button::after { content: ' \\25b2'; }\n"
    "[aria-sort=descending] button::after { content: ' \\25bc'; }\n"
    "input { font: inherit; padding: .2rem .4rem; max-width: 12rem; }\n"
    "@media (max-width: 60rem) {\n"
    "  table, tbody, tbody tr, tbody th, tbody td { display: block; } thead { display: none; }\n"
    "  .sorts thead { display: block; } .sorts thead tr { display: flex; flex-wrap: wrap; }\n"
    "  thead th { border: 1px solid var(--line); margin: 0 .3rem .3rem 0; padding: .2rem .5rem; }\n"
    "  th:first-child { position: static; max-width: none; padding-left: .5rem; }\n"
    "  tbody tr { padding: .4rem 0; }\n"
    "  tbody tr:nth-child(odd) { background: var(--band); } tbody th { font-weight: 600; }\n"
    "  tbody tr[hidden] { display: none; }\n"
    "  td::before { content: attr(data-label); display: block; font-size: .75rem; color: "
    "var(--soft); }\n"
    "}</style>\n";

constexpr std::array kColumns{"CPU",
                              "kernel",
                              "zero pages",
                              "does one frame cost?",
                              "how many suffice",
                              "use_zero_pages=1",
                              "synonym rule"};

std::string interval_of(const PairedChange& change) {
  if (!change.interval) return {};
  return fmt::format(" <span class=\"figure\">({} to {})</span>",
                     percent_change(change.interval->low), percent_change(change.interval->high));
}

constexpr const char* kNoTime = "<span class=\"open\">no time: emulated</span>";
constexpr const char* kNotMeasured = "<span class=\"open\">not measured</span>";

// What a hurried reader came for.
const char* answer_of(const AtlasEntry& entry) {
  const auto any = [&](auto which) {
    return std::ranges::any_of(entry.costs,
                               [&](const OneFrameCost& cost) { return which(cost.change); });
  };
  if (any([](const auto& change) { return change.effect == Effect::kSlower; })) return "yes";
  if (any([](const auto& change) { return change.probable == Effect::kSlower; })) return "probably";
  const bool none = !any([](const auto& change) {
    return change.effect != Effect::kSame && change.effect != Effect::kFaster;
  });
  return none ? "no" : "not shown";
}

std::string costs_html(const AtlasEntry& entry) {
  if (entry.emulated) return kNoTime;
  if (entry.costs.empty()) return kNotMeasured;
  auto text = element("strong", answer_of(entry));
  for (const auto& cost : entry.costs)
    text += fmt::format("<br>{}: <span class=\"{}\">{}</span>{}", html_text(cost.cell),
                        class_of(cost.change.effect), percent_change(cost.change.ratio),
                        interval_of(cost.change));
  return text;
}

std::string suffices_html(const AtlasEntry& entry) {
  if (entry.emulated) return kNoTime;
  if (entry.suffices.empty()) return kNotMeasured;
  std::string text;
  for (const auto& walk : entry.suffices)
    text += (text.empty() ? "" : "<br>") + html_text(shorten(walk, 80));
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

bool has_verdicts(const KnobTable& knob) {
  return knob.row_count() > 0 && knob.units >= kLeastUnits;
}

std::string knob_html(const AtlasEntry& entry) {
  const auto rows = entry.knob.row_count();
  if (entry.emulated) return kNoTime;
  if (rows == 0) return entry.knob.unpaired.empty() ? kNotMeasured : "in no pass both on and off";
  if (!has_verdicts(entry.knob))
    return fmt::format(
        "<span class=\"open\">not known: {} {}, an interval needs {}</span>", entry.knob.units,
        entry.knob.units == 1 ? unit_word(entry.knob.unit) : units_word(entry.knob.unit),
        kLeastUnits);
  auto text = fmt::format("{} of {} rows slower, {} faster", entry.knob.count(Effect::kSlower),
                          rows, entry.knob.count(Effect::kFaster));
  for (const auto effect : {Effect::kSlower, Effect::kFaster})
    if (const auto most = most_of(entry.knob, effect); !most.empty()) text += "<br>" + most;
  if (const auto left_out = entry.knob.unpaired_count(); left_out > 0)
    text +=
        fmt::format("<br>{} more in no {} both on and off", left_out, unit_word(entry.knob.unit));
  return text;
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "&ndash;" : html_text(shorten(text, 400));
}

std::string rule_html(const AtlasEntry& entry) {
  if (entry.rule_source.empty()) return kNotMeasured;
  const auto source = "<small>" + html_text(shorten(entry.rule_source, 200)) + "</small>";
  return entry.rule.empty() ? source : html_text(shorten(entry.rule, 400)) + "<br>" + source;
}

std::string anchor_of(const AtlasCpu& cpu, std::size_t kernel) {
  return fmt::format("{}-{}", cpu.file.substr(0, cpu.file.rfind('.')), kernel + 1);
}

// "AMD EPYC" and, smaller, "family 25 model 1: Zen 3".
std::string cpu_html(const std::string& cpu) {
  const auto shown = shorten(cpu, 100);
  const auto brackets = shown.find(" (");
  if (brackets == shown.npos) return html_text(shown);
  return html_text(shown.substr(0, brackets)) + " <small>" + html_text(shown.substr(brackets + 1)) +
         "</small>";
}

// Cells of a figure sort by it; those without one come first.
std::string key_of(bool there, double figure) {
  return there ? fmt::format(" data-key=\"{:.4f}\"", figure) : " data-key=\"-1\"";
}

double worst_of(const AtlasEntry& entry) {
  double worst = 0;
  for (const auto& cost : entry.costs) worst = std::max(worst, cost.change.ratio);
  return worst;
}

std::string overview_row(const AtlasCpu& cpu, std::size_t kernel) {
  const AtlasEntry& entry = cpu.kernels[kernel];
  const auto anchor = anchor_of(cpu, kernel);
  auto text = fmt::format("<tr id=\"{0}\"><th scope=\"row\"><a href=\"{1}#{0}\">{2}</a></th>",
                          anchor, cpu.file, cpu_html(cpu.cpu));
  const auto cell = [&](std::size_t column, const std::string& html, const std::string& key = "") {
    text += fmt::format("<td data-label=\"{}\"{}>{}</td>", kColumns[column], key, html);
  };
  auto kernel_text =
      fmt::format("{} <a href=\"#{}\" title=\"link to this row\">#</a><br><small>{}</small>",
                  or_dash(entry.kernel), anchor, html_text(shorten(entry.machine, 60)));
  for (const auto& doubt : {unproven_in(entry.set), disturbed_count(entry.set)})
    if (!doubt.empty()) kernel_text += "<br><small>" + html_text(doubt) + "</small>";
  cell(1, kernel_text);
  cell(2, or_dash(entry.zero_pages));
  cell(3, costs_html(entry), key_of(!entry.costs.empty(), worst_of(entry)));
  cell(4, suffices_html(entry));
  cell(5, knob_html(entry),
       key_of(has_verdicts(entry.knob), static_cast<double>(entry.knob.count(Effect::kSlower))));
  cell(6, rule_html(entry));
  return text + "</tr>\n";
}

std::string overview(const Atlas& atlas) {
  auto page = page_start("zpbench: does my CPU care how zero pages are backed?", kScript);
  page += kOverviewStyle;
  page +=
      "<p>One frame behind a whole table, read through many addresses: what it costs against eight "
      "frames, how many zero pages would do, and what <code>use_zero_pages</code> changes. Each "
      "row is one kernel on one CPU. Costs are of a table of 64&nbsp;MiB; in brackets the "
      "95&nbsp;% interval. A cell is a walk and its stride in bytes. Coloured figures, and "
      "<strong>yes</strong>, are beyond doubt (p &lt; " +
      fmt::format("{}", kAlpha) +
      " after Holm).</p>\n"
      "<p hidden><label>Filter <input id=\"filter\" type=\"search\"></label></p>\n"
      "<div class=\"wide\"><table>\n<thead><tr>";
  for (const char* column : kColumns) page += element("th", column);
  page += "</tr></thead>\n<tbody>\n";
  for (const auto& cpu : atlas.cpus)
    for (std::size_t kernel = 0; kernel < cpu.kernels.size(); ++kernel)
      page += overview_row(cpu, kernel);
  page +=
      fmt::format("</tbody></table></div>\n<p class=\"note\">{} run{} of {} CPU{}", atlas.runs,
                  atlas.runs == 1 ? "" : "s", atlas.cpus.size(), atlas.cpus.size() == 1 ? "" : "s");
  if (atlas.left_out > 0)
    page += fmt::format("; {} left out that name neither CPU nor kernel", atlas.left_out);
  if (atlas.mixed > 0)
    page +=
        fmt::format("; {} left out whose passes are of several machines or kernels", atlas.mixed);
  for (const auto& [passes, why] : atlas.missing_passes)
    page += fmt::format("; {}: {}", passes, html_text(why));
  page += ".</p>\n";
  return page + "<script>" + std::string(kScript) + "</script>\n" + page_end();
}

// The sentence above the table wraps as the page does.
std::string knob_of_cpu(const KnobTable& knob) {
  const auto text = render_knob_table(knob, kTextWidth);
  const auto table = std::min(text.find("\n\n"), text.size());
  return "<p>" + html_lines(text.substr(0, table)) + "</p>\n<pre>" +
         html_lines(text.substr(std::min(table + 2, text.size()))) + "</pre>\n";
}

// Of reads; families have pages of their own.
std::string not_measured(const ResultSet& set) {
  auto errors = marked_errors(set);
  erase_family_errors(errors);
  if (errors.empty()) return {};
  std::string text = "<h3>Not measured</h3><ul>\n";
  for (const auto& error : grouped_errors(errors, &set)) text += element("li", error) + "\n";
  return text + "</ul>\n";
}

std::string kernel_section(const AtlasCpu& cpu, std::size_t kernel) {
  const AtlasEntry& entry = cpu.kernels[kernel];
  auto text = fmt::format("<section id=\"{}\"><h2>{}</h2>\n<p class=\"host\">{}</p>\n",
                          anchor_of(cpu, kernel), html_text(shorten(entry.kernel, 120)),
                          html_text(host_line(entry.set)));
  for (const auto& doubt : {unproven_in(entry.set), disturbance_in(entry.set)})
    if (!doubt.empty()) text += note(doubt);
  if (entry.emulated) text += "<p class=\"banner\">Emulated: times say nothing about a CPU.</p>\n";
  text += "<dl>\n";
  for (const auto& [name, value] :
       {std::pair("zero pages of this kernel", or_dash(entry.zero_pages)),
        std::pair("one frame against eight, 64 MiB", costs_html(entry)),
        std::pair("zero pages that suffice", suffices_html(entry)),
        std::pair("synonym rule", rule_html(entry))})
    text += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, value);
  text += "</dl>\n";
  if (entry.knob.row_count() + entry.knob.unpaired_count() > 0) text += knob_of_cpu(entry.knob);
  for (const auto& said : {entry.times_of, entry.differs})
    if (!said.empty()) text += note(said);
  text += not_measured(entry.set);
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
