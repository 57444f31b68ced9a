// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analysis/claims/claims.hpp"
#include "analysis/claims/judges.hpp"
#include "analysis/rows/host.hpp"
#include "analysis/rows/metric.hpp"
#include "analysis/text/markup.hpp"
#include "analysis/text/text_table.hpp"
#include "harness/support/words.hpp"

namespace zp::analysis {
namespace {

std::string ruler(std::size_t columns) {
  std::string line = "| :--";
  for (std::size_t i = 1; i < columns; ++i) line += " | --:";
  return line + " |\n";
}

// A row's name without what all rows share: "use_zero_pages:1, table:64m".
std::vector<std::string> short_names(const std::vector<const FamilyRow*>& rows) {
  const auto common = common_parts(rows);
  std::vector<std::string> names;
  for (const FamilyRow* row : rows) {
    std::string text;
    for (const NamePart& part : row->name.parts)
      if (std::ranges::find(common, part) == common.end())
        text += (text.empty() ? "" : ", ") + part.key + " " + part.value;
    names.push_back(markdown_text(text.empty() ? row->name.family : text));
  }
  return names;
}

std::string table_of(const std::vector<const FamilyRow*>& rows, const FamilyRun& run) {
  const auto keys = figure_keys(rows, !run.emulated);
  if (keys.empty()) return "";
  std::vector<std::string> headings;
  for (const auto& key : keys) headings.push_back(markdown_text(heading_in(*run.set, key)));
  auto lines =
      with_fewer_columns(short_names(rows), headings, [&](std::size_t row, std::size_t key) {
        const auto value = rows[row]->figure(keys[key]);
        return value ? short_number(*value) : "";
      });
  lines.front().front() = rows.size() < keys.size() ? "figure" : "cell";
  std::string text = markdown_row(lines.front()) + ruler(lines.front().size());
  for (std::size_t line = 1; line < lines.size(); ++line) text += markdown_row(lines[line]);
  return text;
}

// Of the rows that have figures from other repetitions, or of those that have none.
std::string reasons_of(const std::vector<const FamilyRow*>& rows, bool measured) {
  std::string text;
  const auto names = short_names(rows);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (!rows[i]->reasons.empty() && rows[i]->figures.empty() != measured)
      text += fmt::format("- {}: {}\n", names[i], markdown_text(rows[i]->reason()));
  return text;
}

std::string section(const Claim& claim, std::span<const FamilyRun> runs) {
  std::string text = fmt::format("\n## {}\n\n> {}\n", claim.id, claim.statement);
  for (const FamilyRun& run : runs) {
    const auto rows = run.of_family(claim.family);
    const Judgement judgement = claim.judge(run);
    text += fmt::format("\n**{}: {}**: {}\n", markdown_text(run.label),
                        verdict_text(judgement.verdict), markdown_text(judgement.sentence));
    std::vector<const FamilyRow*> measured;
    std::ranges::copy_if(rows, std::back_inserter(measured),
                         [](const FamilyRow* row) { return !row->figures.empty(); });
    if (const auto table = table_of(measured, run); !table.empty()) text += "\n" + table;
    if (const auto reasons = reasons_of(rows, true); !reasons.empty())
      text += "\nRows of which a repetition failed:\n\n" + reasons;
    if (const auto reasons = reasons_of(rows, false); !reasons.empty())
      text += "\nRows without figures:\n\n" + reasons;
  }
  return text;
}

// The command that makes the page again.
std::string command_of(std::string_view option, std::span<const FamilyRun> runs) {
  std::string text = fmt::format("zpanalyze report {}", option);
  for (const FamilyRun& run : runs)
    for (const Run& part : run.set->runs()) text += " " + part.path;
  return text;
}

std::string summary(std::span<const Claim> claims, std::span<const FamilyRun> runs) {
  std::vector<std::string> line{"claim"};
  for (const FamilyRun& run : runs) line.push_back(markdown_text(run.label));
  std::string table = markdown_row(line) + ruler(line.size());
  for (const Claim& claim : claims) {
    line = {fmt::format("[{0}](#{0})", claim.id)};
    for (const FamilyRun& run : runs) line.emplace_back(verdict_text(claim.judge(run).verdict));
    table += markdown_row(line);
  }
  return table;
}

std::string page(std::string text, std::string_view option, std::span<const Claim> claims,
                 std::span<const FamilyRun> runs) {
  text += summary(claims, runs) + "\n## The rules\n\n";
  for (const Claim& claim : claims)
    text += fmt::format("- **{}**: {}\n", markdown_text(claim.id), claim.rule);
  text += "\n## The runs\n\n";
  for (const FamilyRun& run : runs) {
    const auto disturbance = disturbance_in(*run.set), unproven = unproven_in(*run.set);
    text += "- " + markdown_text(run.label + ": " + host_line(*run.set));
    text += unproven.empty() ? "" : "; " + markdown_text(unproven);
    for (const auto& missing : run.set->missing_passes())
      text += "; " + markdown_text(missing.reason);
    text += disturbance.empty() ? "" : ". " + markdown_text(disturbance);
    if (!run.sizes.empty()) text += fmt::format("; {}: {}", kOfSeveralSizes, run.sizes);
    text += "\n";
  }
  text +=
      "\nThis command makes the page:\n\n```text\n" + fenced(command_of(option, runs)) + "\n```\n";
  for (const Claim& claim : claims) text += section(claim, runs);
  return text;
}

}  // namespace

std::string_view verdict_text(ClaimVerdict verdict) {
  return word_for(verdict, {"confirmed", "refuted", "depends", "undecided", "no data"});
}

std::string render_claims(std::span<const FamilyRun> runs) {
  return page(
      "# The claims of the use\\_zero\\_pages threads, measured\n\n"
      "What was said on linux-mm in January 2017 and September 2022, and what the runs\n"
      "below say about it. All the verdicts come first, then the rules that compute them\n"
      "from the runs' rows, then each claim with its figures. Figures are medians of the\n"
      "repetitions. Ratios of costs are taken within each pass (boot, host, where there are\n"
      "several) and given as their geometric mean with its 95 % interval; fewer than three\n"
      "decide nothing. Times of emulated machines are left out, as they say nothing about a\n"
      "CPU; verdicts on those machines rest on counts. Words in quotation marks are the\n"
      "threads' own. Knob off means `ksm_default`, KSM as shipped since Linux 4.13;\n"
      "`ksm_single`, one frame for all pages, is what 4.11 and 4.12 did and what the thread\n"
      "of 2017 argued about.\n\n",
      "--claims", claims(), runs);
}

std::string render_debates(std::span<const FamilyRun> runs) {
  return page(
      "# The debates about zero pages since 2024, measured\n\n"
      "What was said on linux-mm, mostly without a table, and what the runs below say about\n"
      "it. All the verdicts come first, then the rules that compute them from the runs'\n"
      "rows, then each claim with its figures. Figures are medians of the repetitions.\n"
      "Ratios of costs are taken within each pass (boot, host, where there are several) and\n"
      "given as their geometric mean with its 95 % interval; fewer than three decide\n"
      "nothing. Times of emulated machines are left out. Words in quotation marks are the\n"
      "mails' own, followed by the Message-Id or by the address where the mail was read.\n\n",
      "--debates", debates(), runs);
}

}  // namespace zp::analysis
