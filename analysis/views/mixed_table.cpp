// SPDX-License-Identifier: MIT
#include "analysis/views/loop_table.hpp"

#include <algorithm>

#include "analysis/rows/unit_values.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "harness/names/benchmark_name.hpp"

namespace zp::analysis {
namespace {

std::optional<ProgramCell> mixed_cell(const std::string& text) {
  const auto name = parse_name(text);
  const auto placement = name.find("placement"), table = name.find("table"),
             share = name.find("zero_share"), order = name.find("order");
  if (name.family != "mixed" || !placement || !table || !share || !order) return std::nullopt;
  // Pages of one kind have no order.
  const bool one_kind = *share == "0" || *share == "100";
  return ProgramCell{
      one_kind ? fmt::format("{} %", *share) : fmt::format("{} % {}", *share, *order),
      std::string(*placement), std::string(*table)};
}

constexpr const char* kSparse = "ns_per_read_sparse";
constexpr const char* kFadesOn = "read_fault";

// In random order, pass by pass; a table without zero pages has no order.
std::vector<std::pair<std::string, PairedChange>> fading_of(
    const ResultSet& set, const std::map<std::string, std::size_t>& cells) {
  const auto none = cells.find("0 %");
  if (none == cells.end()) return {};
  const auto plan = units_within(set, kSparse);
  std::vector<std::string> shares;
  std::vector<UnitDifference> differences;
  for (const char* share : {"50", "90", "99", "100"}) {
    auto found = cells.find(fmt::format("{} % random", share));
    if (found == cells.end()) found = cells.find(fmt::format("{} %", share));
    if (found == cells.end()) continue;
    auto difference = unit_differences(set, none->second, found->second, kSparse, plan);
    if (count_present(difference.values) < kLeastUnits) continue;
    shares.emplace_back(share);
    differences.push_back(std::move(difference));
  }
  const auto changes = paired_changes(differences);
  std::vector<std::pair<std::string, PairedChange>> fading;
  for (std::size_t i = 0; i < changes.size(); ++i) fading.emplace_back(shares[i], changes[i]);
  return fading;
}

std::string faded(const MixedTable& table) {
  std::string text;
  for (const auto& [share, change] : table.fading)
    text += fmt::format("{}{} with {} % of them{}", text.empty() ? "" : ", ",
                        three_digits(change.ratio), share,
                        change.disturbed.mostly()             ? " (undecided: disturbed)"
                        : change.effect == Effect::kUndecided ? " (undecided)"
                                                              : "");
  if (text.empty()) return "";
  return "- How does it fade? A sparse read takes these parts of its time without zero pages: " +
         text + " (" + kFadesOn + ", random order).";
}

}  // namespace

MixedTable mixed_table(const ResultSet& set) {
  MixedTable table;
  std::map<std::string, std::size_t> fading;
  fill_grid(table, set, mixed_cell, [&](const ProgramCell& place, std::size_t cell) -> std::string {
    auto sparse = set.values(cell, kSparse);
    auto stream = set.values(cell, "ns_per_read_stream");
    if (sparse.empty() || stream.empty()) return "";
    table.reads[{place.row, place.placement}] = {median(std::move(sparse)),
                                                 median(std::move(stream))};
    if (place.placement == kFadesOn) fading.emplace(place.row, cell);
    return place.row;
  });
  table.fading = fading_of(set, fading);
  std::ranges::stable_sort(table.rows, natural_less);
  return table;
}

std::string render_mixed_table(const MixedTable& table, std::size_t width) {
  std::string text;
  if (!table.rows.empty()) {
    text += paragraph(
        fmt::format("Tables of {} of which a share are zero pages, the rest private: ns per read, "
                    "sparse (shuffled, one in 512 bytes) and stream (every line in order):",
                    table.table_size()),
        width, 2);
    TextTable figures(2, 1);
    std::vector<std::string> below{""};
    for (std::size_t p = 0; p < table.placements.size(); ++p) {
      figures.add_heading(shorten(table.placements[p], 13), 2 * p + 1, 2 * p + 2);
      below.emplace_back("sparse");
      below.emplace_back("stream");
    }
    figures.add_row(below);
    for (const auto& row : table.rows) {
      std::vector<std::string> line{shorten(row, 14)};
      for (const auto& placement : table.placements) {
        const auto found = table.reads.find({row, placement});
        const bool there = found != table.reads.end();
        line.push_back(there ? three_digits(found->second.sparse_ns) : "-");
        line.push_back(there ? three_digits(found->second.stream_ns) : "-");
      }
      figures.add_row(line);
    }
    text += "\n" + figures.text();
    if (const auto words = faded(table); !words.empty()) text += "\n" + paragraph(words, width, 2);
  }
  return text + render_unmeasured(table, width);
}

}  // namespace zp::analysis
