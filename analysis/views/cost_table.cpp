// SPDX-License-Identifier: MIT
#include "analysis/views/cost_table.hpp"

#include <algorithm>

#include "analysis/rows/blocks.hpp"
#include "analysis/rows/family_rows.hpp"
#include "analysis/stats/descriptive.hpp"
#include "analysis/text/ascii.hpp"
#include "analysis/text/text_table.hpp"
#include "harness/support/text.hpp"
#include "harness/support/units.hpp"

namespace zp::analysis {
namespace {

using Known = std::optional<double>;

// The reads that count here: by one thread, table in address order.
struct Read {
  std::string placement, stride;
  std::uint64_t table_bytes = 0;
  double ns = 0;
};

// Of tables of several sizes those of the largest, which is then named in `sizes`.
std::vector<Read> reads_of_largest_table(const ResultSet& set, std::string& sizes) {
  std::vector<Read> reads;
  for (std::size_t cell = 0; cell < set.cell_count(); ++cell) {
    const auto name = parse_name(set.cell_name(cell));
    const auto placement = name.find("placement"), stride = name.find("stride");
    if (name.family != "read" || !placement || (stride != "64" && stride != "4096") ||
        name.find("walk") != "sequential" || name.find("threads").value_or("1") != "1" ||
        name.find("offset") == "rotated" || name.find("node") || name.find("register"))
      continue;
    const auto bytes = parse_number(std::string(name.find("table").value_or("")));
    auto values = set.values(cell, "ns_per_read");
    if (bytes && !values.empty())
      reads.push_back(
          {std::string(*placement), std::string(*stride), *bytes, median(std::move(values))});
  }
  if (reads.empty()) return reads;
  const auto largest = std::ranges::max(reads, {}, &Read::table_bytes).table_bytes;
  if (std::erase_if(reads, [&](const Read& read) { return read.table_bytes != largest; }) > 0)
    sizes += fmt::format("{}read {}", sizes.empty() ? "" : ", ", exact_size(largest));
  return reads;
}

Known read_ns(const std::vector<Read>& reads, std::string_view placement, std::string_view stride) {
  for (const Read& read : reads)
    if (read.placement == placement && read.stride == stride) return read.ns;
  return std::nullopt;
}

// Bytes of the largest table per second that this loop gets through.
Known loop_speed(const std::optional<LoopTable>& loops, const std::string& placement,
                 const char* loop) {
  const auto* const speed = loops ? loops->find(loop, placement) : nullptr;
  return speed == nullptr ? std::nullopt : Known(speed->median);
}

Known sum(const Known& a, const Known& b) {
  return a && b ? Known(*a + *b) : std::nullopt;
}

// Of zeros alone, merged with the knob as the placement has it.
Known merge_cpu_ns(const FamilyRun& run, const std::string& placement) {
  const bool knob = placement == "ksm_zero_page";
  if (!knob && placement != "ksm_single") return std::nullopt;
  const PartList parts{
      {"contents", "zero:100"}, {"use_zero_pages", knob ? "1" : "0"}, {"mode", "plain"}};
  return sum(run.figure("scan", parts, "first_cpu_ns_per_page"),
             run.figure("scan", parts, "second_cpu_ns_per_page"));
}

std::string cell(const Known& figure) {
  return figure ? three_digits(*figure) : "-";
}

}  // namespace

CostTable cost_table(const ResultSet& set, bool show_times, const std::optional<LoopTable>& loops) {
  FamilyRun run = family_run(set);
  std::erase_if(run.rows, [](const FamilyRow& row) {
    const auto& family = row.name.family;
    return family != "metadata" && family != "cow" && family != "scan";
  });
  run = of_largest_tables(std::move(run));
  CostTable table{{}, run.sizes};
  const auto reads = show_times ? reads_of_largest_table(set, table.sizes) : std::vector<Read>();
  std::vector<std::string> placements;
  for (const FamilyRow& row : run.rows) {
    const auto placement = row.name.find("placement");
    if (row.name.family != "scan" && placement &&
        std::ranges::find(placements, *placement) == placements.end())
      placements.emplace_back(*placement);
  }
  std::ranges::sort(placements, placement_less);
  for (const std::string& placement : placements) {
    const PartList here{{"placement", placement}};
    const auto of_metadata = [&](const char* key) { return run.figure("metadata", here, key); };
    CostRow row;
    row.placement = placement;
    row.freed_bytes = of_metadata("free_change_bytes_per_page");
    row.rmap_items = of_metadata("rmap_items_per_page");
    row.record_bytes = sum(of_metadata("computed_rmap_bytes_per_page"),
                           of_metadata("computed_stable_node_bytes_per_page"));
    if (show_times) {
      row.ksmd_cpu_ns = merge_cpu_ns(run, placement);
      row.first_write_ns = run.figure("cow", here, "ns_per_page");
      row.line_read_ns = read_ns(reads, placement, "64");
      row.page_read_ns = read_ns(reads, placement, "4096");
      row.sum_speed = loop_speed(loops, placement, "sum");
      row.gather_speed = loop_speed(loops, placement, "gather");
    }
    const Known all[] = {row.freed_bytes,  row.rmap_items,     row.record_bytes,
                         row.ksmd_cpu_ns,  row.first_write_ns, row.line_read_ns,
                         row.page_read_ns, row.sum_speed,      row.gather_speed};
    if (std::count_if(std::begin(all), std::end(all), [](const Known& f) { return f; }) > 1)
      table.rows.push_back(std::move(row));
  }
  return table;
}

std::string render_cost_table(const CostTable& costs, std::size_t width) {
  const auto& rows = costs.rows;
  if (rows.empty()) return "";
  const bool reads = std::ranges::any_of(
      rows, [](const CostRow& row) { return row.line_read_ns || row.page_read_ns; });
  const bool loops = !reads && std::ranges::any_of(rows, [](const CostRow& row) {
    return row.sum_speed || row.gather_speed;
  });
  const auto gb = [](const Known& speed) { return speed ? Known(*speed / 1e9) : speed; };
  TextTable table(2, 1);
  table.add_row({"", "freed", "rmap", "records", "ksmd's", "first", loops ? "sum" : "read of",
                 loops ? "gather" : "read of"});
  table.add_row({"per page", "bytes", "items", "bytes", "CPU ns", "write ns",
                 loops ? "GB/s" : "a line", loops ? "GB/s" : "a page"});
  std::vector<std::string> placements;
  for (const CostRow& row : rows) placements.push_back(row.placement);
  const auto labels = distinct_labels(placements, 20);
  for (const CostRow& row : rows)
    table.add_row({labels[static_cast<std::size_t>(&row - rows.data())], cell(row.freed_bytes),
                   cell(row.rmap_items), cell(row.record_bytes), cell(row.ksmd_cpu_ns),
                   cell(row.first_write_ns), cell(loops ? gb(row.sum_speed) : row.line_read_ns),
                   cell(loops ? gb(row.gather_speed) : row.page_read_ns)});
  return paragraph(
             fmt::format(
                 "What it costs, what it gives (medians; {}{}; -: not in this run):",
                 loops ? "GB/s of a table that two loops get through"
                       : "reads in ns, one in each 64 and in each 4096 bytes",
                 costs.sizes.empty() ? "" : fmt::format("; {}: {}", kOfSeveralSizes, costs.sizes)),
             width, 2) +
         table.text();
}

}  // namespace zp::analysis
