// SPDX-License-Identifier: MIT
#include "analysis/views/mixed_table.hpp"

#include <algorithm>

#include "analysis/rows/blocks.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "analysis/views/gaps.hpp"
#include "harness/names/benchmark_name.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

struct Cell {
  std::string row, placement, table;
};

std::optional<Cell> cell_of(const std::string& text) {
  const auto name = parse_name(text);
  const auto placement = name.find("placement"), table = name.find("table"),
             share = name.find("zero_share"), order = name.find("order");
  if (name.family != "mixed" || !placement || !table || !share || !order) return std::nullopt;
  // Of one kind of pages there is no order.
  const bool one_kind = *share == "0" || *share == "100";
  return Cell{one_kind ? fmt::format("{} %", *share) : fmt::format("{} % {}", *share, *order),
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
  const auto look = [&](const std::string& text) {
    if (const auto cell = cell_of(text); cell && natural_less(table.table_bytes, cell->table))
      table.table_bytes = cell->table;
  };
  for (std::size_t i = 0; i < set.cell_count(); ++i) look(set.cell_name(i));
  for (const auto& error : set.errors()) look(error.name);
  const auto add_once = [](std::vector<std::string>& list, const std::string& item) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  };
  for (std::size_t i = 0; i < set.cell_count(); ++i) {
    const auto cell = cell_of(set.cell_name(i));
    if (!cell || cell->table != table.table_bytes) continue;
    auto sparse = set.values(i, "ns_per_read_sparse"), stream = set.values(i, "ns_per_read_stream");
    if (sparse.empty() || stream.empty()) continue;
    add_once(table.rows, cell->row);
    add_once(table.placements, cell->placement);
    table.reads[{cell->row, cell->placement}] = {median(std::move(sparse)),
                                                 median(std::move(stream))};
  }
  std::vector<Gap> gaps;
  for (const auto& error : set.errors())
    if (const auto cell = cell_of(error.name); cell && cell->table == table.table_bytes)
      gaps.push_back({cell->row, cell->placement, printable(error.reason)});
  table.unmeasured = gathered(gaps, table.placements);
  std::stable_sort(table.placements.begin(), table.placements.end(), placement_less);
  std::stable_sort(table.rows.begin(), table.rows.end(), natural_less);
  return table;
}

std::string render_mixed_table(const MixedTable& table, std::size_t width, bool enough) {
  std::string text;
  if (!table.rows.empty()) {
    const auto bytes = parse_number(table.table_bytes);
    text += paragraph(
        fmt::format("Tables of {} of which a share are zero pages, the rest private: ns per read, "
                    "sparse (shuffled, one in 512 bytes) and stream (every line in order):",
                    bytes ? human_size(*bytes) : table.table_bytes),
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
  for (const auto& [which, why] : table.unmeasured)
    text += paragraph("  " + shorten(which, 200) + ": " + shorten(why, 400), width, 4);
  return text;
}

}  // namespace zp::analysis
