// SPDX-License-Identifier: MIT
// The mail: what was measured, the table, how, limits, where the JSON is.
#include <algorithm>
#include <filesystem>
#include <set>

#include "analysis/formats/formats.hpp"
#include "analysis/load/sha256.hpp"
#include "analysis/report/report.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/views/render_knob_table.hpp"
#include "analysis/views/render_placement_table.hpp"

namespace zp::analysis {
namespace {

std::string wrapped_list(const char* title, const std::vector<std::string>& items,
                         std::size_t width) {
  if (items.empty()) return {};
  std::string text = std::string("\n") + title + "\n";
  for (const auto& item : items) text += paragraph("- " + shorten(item, 600), width, 2);
  return text;
}

// The last steps of a path.
std::string end_of(const std::filesystem::path& path, std::size_t steps) {
  std::filesystem::path end;
  auto rest = path;
  for (; steps > 0 && rest.has_filename(); --steps, rest = rest.parent_path())
    end = end.empty() ? rest.filename() : rest.filename() / end;
  return end.string();
}

// "2026-11-23T230302Z/pass-01.json", with as many steps before it as tell the files apart.
std::vector<std::string> in_their_runs(const std::vector<Source>& sources) {
  constexpr std::size_t kRunAndFile = 2, kMostSteps = 8;
  std::vector<std::string> names;
  for (auto steps = kRunAndFile; steps <= kMostSteps; ++steps) {
    names.clear();
    for (const auto& source : sources)
      names.push_back(end_of(std::filesystem::path(source.path).lexically_normal(), steps));
    if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) break;
  }
  return names;
}

// Where there are many, one sum stands for all; whoever has the files can take it again.
std::string raw_results(const std::vector<Source>& sources, std::size_t width) {
  constexpr std::size_t kMost = 30, kFirst = 3;
  const auto shown = sources.size() > kMost ? kFirst : sources.size();
  std::string text = "\n---\nRaw results (sha256, file):\n";
  // A sum is not broken: it is to be copied whole. Where the file lay here is nothing to readers.
  const auto names = in_their_runs(sources);
  for (std::size_t i = 0; i < shown; ++i)
    text += "  " + sources[i].sha256 + "\n    " + shorten(names[i], width - 4) + "\n";
  if (shown == sources.size()) return text;
  std::vector<std::string> sums;
  for (const auto& source : sources) sums.push_back(source.sha256 + "\n");
  std::ranges::sort(sums);
  return text + "  " + sha256_of_text(fmt::format("{}", fmt::join(sums, ""))) + "\n" +
         paragraph(fmt::format("    of these and {} more, {} files in all: sha256sum FILE... | cut "
                               "-c1-64 | LC_ALL=C sort | sha256sum ('report --md' lists them)",
                               sources.size() - shown, sources.size()),
                   width, 4);
}

}  // namespace

std::string render_cover(const Report& report, std::size_t width) {
  std::string text;
  const bool knob = !report.comparison && report.knob.row_count() > 0;
  if (knob)
    text += render_knob_table(report.knob, width) + "\n";
  else if (!report.headline.empty())
    text += paragraph(report.headline, width) + "\n";
  if (report.comparison) {
    text += render_commit(*report.comparison, width);
  } else if (!report.table.blocks.empty() || !report.table.errors.empty()) {
    const PlacementTableStyle style{.width = width, .show_times = report.show_times};
    text += render_placement_table(report.table, *report.set, style);
  }
  if (report.loops) text += "\n" + render_loop_table(*report.loops, width);
  if (!report.costs.rows.empty()) text += "\n" + render_cost_table(report.costs, width);
  if (!report.families.empty()) text += "\n" + render_family_tables(report.families, width);
  if (!report.figures.rows.empty()) {
    // Nothing above has said which machine.
    if (text.empty()) text = paragraph(host_line(*report.set), width);
    text += "\n" + render_figure_table(report.figures, width);
  }
  text += wrapped_list("How measured:", report.how, width);
  text += wrapped_list("Limits:", report.limits, width);
  text += wrapped_list("Warnings:", report.warnings, width);
  return text + raw_results(report.sources, width);
}

}  // namespace zp::analysis
