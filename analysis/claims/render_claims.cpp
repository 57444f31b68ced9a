// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analysis/claims/claims.hpp"
#include "analysis/claims/judges.hpp"
#include "analysis/render/host.hpp"
#include "analysis/render/markup.hpp"
#include "harness/names/row_keys.hpp"

namespace zp::analysis {
namespace {

std::string joined(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string ruler(std::size_t columns) {
  std::string line = "| :--";
  for (std::size_t i = 1; i < columns; ++i) line += " | --:";
  return line + " |\n";
}

// A row's name without what all rows share: "use_zero_pages:1, table:64m".
std::vector<std::string> short_names(const std::vector<const ClaimRow*>& rows) {
  std::vector<std::string> names;
  for (const ClaimRow* row : rows) {
    std::string text;
    for (const NamePart& part : row->name.parts) {
      const bool common =
          rows.size() > 1 && std::all_of(rows.begin(), rows.end(), [&](const ClaimRow* other) {
            return other->has(part.key, part.value);
          });
      if (common) continue;
      text += (text.empty() ? "" : ", ") + part.key + " " + part.value;
    }
    names.push_back(markdown_text(text.empty() ? row->name.family : text));
  }
  return names;
}

std::vector<std::string> figure_keys(const std::vector<const ClaimRow*>& rows, bool emulated) {
  std::vector<std::string> keys;
  for (const ClaimRow* row : rows)
    for (const auto& [key, value] : row->figures)
      if (!(emulated && metric_of(key).depends_on_clock) &&
          std::find(keys.begin(), keys.end(), key) == keys.end())
        keys.push_back(key);
  return keys;
}

std::string cell_text(const ClaimRow& row, const std::string& key) {
  const auto value = row.figure(key);
  return value ? short_number(*value) : "";
}

// Whichever of rows and figures there are fewer of are the columns.
std::string table_of(const std::vector<const ClaimRow*>& rows, bool emulated) {
  const auto keys = figure_keys(rows, emulated);
  if (keys.empty()) return "";
  const auto names = short_names(rows);
  std::string text;
  if (rows.size() < keys.size()) {
    std::vector<std::string> line{"figure"};
    line.insert(line.end(), names.begin(), names.end());
    text = joined(line) + ruler(line.size());
    for (const std::string& key : keys) {
      line = {markdown_text(key)};
      for (const ClaimRow* row : rows) line.push_back(cell_text(*row, key));
      text += joined(line);
    }
    return text;
  }
  std::vector<std::string> line{"cell"};
  for (const std::string& key : keys) line.push_back(markdown_text(key));
  text = joined(line) + ruler(line.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    line = {names[i]};
    for (const std::string& key : keys) line.push_back(cell_text(*rows[i], key));
    text += joined(line);
  }
  return text;
}

std::string reasons_of(const std::vector<const ClaimRow*>& rows) {
  std::string text;
  const auto names = short_names(rows);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (!rows[i]->reason.empty())
      text += fmt::format("- {}: {}\n", names[i], markdown_text(rows[i]->reason));
  return text;
}

std::string section(const Claim& claim, std::span<const ClaimRun> runs) {
  std::string text = fmt::format("\n## {}\n\n> {}\n", claim.family, claim.statement);
  for (const ClaimRun& run : runs) {
    const auto rows = run.of_family(claim.family);
    const Judgement judgement = claim.judge(run);
    text += fmt::format("\n**{}: {}**: {}\n", markdown_text(run.label),
                        verdict_text(judgement.verdict), markdown_text(judgement.sentence));
    std::vector<const ClaimRow*> measured;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(measured),
                 [](const ClaimRow* row) { return !row->figures.empty(); });
    if (const auto table = table_of(measured, run.emulated); !table.empty()) text += "\n" + table;
    if (const auto reasons = reasons_of(rows); !reasons.empty())
      text += "\nRows without figures:\n\n" + reasons;
  }
  return text + fmt::format("\nRule: {}\n", claim.rule);
}

}  // namespace

std::string_view verdict_text(ClaimVerdict verdict) {
  switch (verdict) {
    case ClaimVerdict::kConfirmed:
      return "confirmed";
    case ClaimVerdict::kRefuted:
      return "refuted";
    case ClaimVerdict::kDepends:
      return "depends";
    case ClaimVerdict::kUndecided:
      return "undecided";
    case ClaimVerdict::kNoData:
      return "no data";
  }
  return "";
}

std::string render_claims(std::span<const ClaimRun> runs) {
  std::string text =
      "# The claims of the 2017 use\\_zero\\_pages thread, measured\n\n"
      "Written by `zpanalyze report --claims` from the runs below; every verdict is computed from\n"
      "their rows by the rule under its table. Figures are medians of the repetitions; intervals\n"
      "are of 95 %, and where the repetitions are too few for one, no time decides. Times of\n"
      "emulated machines are left out: they say nothing about a CPU; what is confirmed there "
      "rests\n"
      "on counts. Quotation marks hold the thread's own words.\n\n";
  for (const ClaimRun& run : runs)
    text += "- " + markdown_text(run.label + ": " + host_line(run.set->context())) + "\n";
  text += "\n";
  std::vector<std::string> line{"claim"};
  for (const ClaimRun& run : runs) line.push_back(markdown_text(run.label));
  std::string table = joined(line) + ruler(line.size());
  for (const Claim& claim : claims()) {
    line = {fmt::format("[{0}](#{0})", claim.family)};
    for (const ClaimRun& run : runs) line.emplace_back(verdict_text(claim.judge(run).verdict));
    table += joined(line);
  }
  text += table;
  for (const Claim& claim : claims()) text += section(claim, runs);
  return text;
}

}  // namespace zp::analysis
