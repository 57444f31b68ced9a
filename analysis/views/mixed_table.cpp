// SPDX-License-Identifier: MIT
#include "analysis/views/loop_table.hpp"

#include <algorithm>

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

std::string faded(const MixedTable& table) {
  const std::string placement = "read_fault";
  const auto none = table.reads.find({"0 %", placement});
  if (none == table.reads.end() || none->second.sparse_ns <= 0) return "";
  std::string text;
  for (const char* share : {"50", "90", "99", "100"}) {
    auto found = table.reads.find({fmt::format("{} % random", share), placement});
    if (found == table.reads.end())
      found = table.reads.find({fmt::format("{} %", share), placement});
    if (found == table.reads.end()) continue;
    text += fmt::format("{}{} with {} % of them", text.empty() ? "" : ", ",
                        three_digits(found->second.sparse_ns / none->second.sparse_ns), share);
  }
  if (text.empty()) return "";
  return "- How does it fade? A sparse read takes these parts of its time without zero pages: " +
         text + " (" + placement + ", random order).";
}

}  // namespace

MixedTable mixed_table(const ResultSet& set) {
  MixedTable table;
  fill_grid(table, set, mixed_cell, [&](const ProgramCell& place, std::size_t cell) -> std::string {
    auto sparse = set.values(cell, "ns_per_read_sparse");
    auto stream = set.values(cell, "ns_per_read_stream");
    if (sparse.empty() || stream.empty()) return "";
    table.reads[{place.row, place.placement}] = {median(std::move(sparse)),
                                                 median(std::move(stream))};
    return place.row;
  });
  std::ranges::stable_sort(table.rows, natural_less);
  return table;
}

std::string render_mixed_table(const MixedTable& table, std::size_t width, bool enough) {
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
    if (const auto words = faded(table); enough && !words.empty())
      text += "\n" + paragraph(words, width, 2);
  }
  return text + render_unmeasured(table, width);
}

}  // namespace zp::analysis
