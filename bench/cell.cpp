// SPDX-License-Identifier: MIT
#include "bench/cell.hpp"

#include <algorithm>

#include "harness/host/topology.hpp"
#include "harness/names/name_parts.hpp"
#include "harness/support/shuffle.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

// A thread without a read of its own has no time per read.
Outcome<void> check_split(const Matrix& matrix) {
  if (std::find(matrix.shares.begin(), matrix.shares.end(), Share::kSplit) == matrix.shares.end())
    return {};
  for (const std::uint64_t table : matrix.tables_bytes)
    for (const std::uint64_t stride : matrix.strides_bytes)
      for (const int threads : matrix.threads)
        if (const std::uint64_t reads = table / stride; reads < static_cast<std::uint64_t>(threads))
          return fail(ExitCode::kUsage,
                      "threads {}: a table of {} has only {} reads at stride {} to split", threads,
                      human_size(table), reads, stride);
  return {};
}

// What is listed twice is measured once.
void drop_repeats(std::vector<Cell>& cells) {
  std::vector<Cell> kept;
  for (const Cell& cell : cells)
    if (std::find(kept.begin(), kept.end(), cell) == kept.end()) kept.push_back(cell);
  cells = std::move(kept);
}

Outcome<void> check(const Matrix& matrix, std::uint64_t page_bytes) {
  for (const std::uint64_t table : matrix.tables_bytes) {
    if (table == 0 || table % page_bytes != 0)
      return fail(ExitCode::kUsage, "table of {} bytes: must be a multiple of the page ({} bytes)",
                  table, page_bytes);
    for (const std::uint64_t stride : matrix.strides_bytes)
      if (stride == 0 || stride % sizeof(std::uint64_t) != 0 || stride > table)
        return fail(ExitCode::kUsage,
                    "stride {}: must be a multiple of 8, above 0 and at most the table ({})",
                    stride, human_size(table));
  }
  for (const int threads : matrix.threads)
    if (threads < 1 || threads > 4096)
      return fail(ExitCode::kUsage, "threads {}: must be 1 to 4096", threads);
  if (auto enough = check_split(matrix); !enough) return enough;
  for (const int node : matrix.nodes)
    if (auto cpus = cpus_of_node(node); !cpus) return tl::make_unexpected(cpus.error());
  return {};
}

// Only of cells that are left: --exclude can take small tables from placements they are too small
// for.
Outcome<void> check_colours(const std::vector<Cell>& cells, std::uint64_t page_bytes) {
  for (const Cell& cell : cells)
    if (const std::uint64_t pages = cell.table_bytes / page_bytes; cell.placement.colours > pages)
      return fail(ExitCode::kUsage, "placement {} needs {} pages; a table of {} has {}",
                  to_string(cell.placement), cell.placement.colours, human_size(cell.table_bytes),
                  pages);
  return {};
}

// How this placement's memory is registered for merging; one way where it is not.
std::vector<Registration> registrations_of(const Matrix& block, const PlacementId& placement) {
  if (block.registrations.empty() || !placement.entry().needs_ksm) return {Registration::kMadvise};
  return block.registrations;
}

// The tables of a block that are not there yet.
void add_tables(const Matrix& block, std::vector<Cell>& tables) {
  const auto add = [&tables](const Cell& table) {
    if (std::none_of(tables.begin(), tables.end(),
                     [&](const Cell& known) { return same_table(known, table); }))
      tables.push_back(table);
  };
  for (const PlacementId& placement : block.placements)
    for (const std::uint64_t bytes : block.tables_bytes) {
      Cell table;
      table.placement = placement;
      table.table_bytes = bytes;
      for (const Registration registration : registrations_of(block, placement)) {
        table.registration = registration;
        if (block.nodes.empty()) add(table);
        for (const int node : block.nodes) {
          table.node = node;
          add(table);
        }
        table.node.reset();
      }
    }
}

template <class T>
bool has(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

bool has_table(const Matrix& block, const Cell& table) {
  return has(block.placements, table.placement) && has(block.tables_bytes, table.table_bytes) &&
         has(registrations_of(block, table.placement), table.registration) &&
         (table.node ? has(block.nodes, *table.node) : block.nodes.empty());
}

// The cells of one table: strides, walks, threads and what each of them brings.
void add_cells(const Matrix& matrix, const Cell& table, std::uint64_t page_bytes,
               std::vector<Cell>& cells) {
  Cell cell = table;
  for (const std::uint64_t stride : matrix.strides_bytes)
    for (const Order walk : matrix.walks)
      for (const int threads : matrix.threads)
        for (const bool rotated : matrix.rotated)
          for (const Share share : matrix.shares) {
            const bool whole_pages = stride % page_bytes == 0;
            if ((!whole_pages && rotated != matrix.rotated.front()) ||
                (threads == 1 && share != matrix.shares.front()))
              continue;  // no such choice here: once is enough
            cell.stride_bytes = stride;
            cell.walk = walk;
            cell.threads = threads;
            cell.rotated = whole_pages && rotated;
            cell.share = share;
            cells.push_back(cell);
          }
}

}  // namespace

std::string to_name(const Cell& cell, std::uint64_t page_bytes) {
  NameWriter name(cell.walk == Order::kDependent ? "latency" : "read");
  name.add("placement", to_string(cell.placement))
      .add("table", cell.table_bytes)
      .add("stride", cell.stride_bytes)
      .add("walk", to_string(cell.walk));
  if (cell.stride_bytes % page_bytes == 0) name.add("offset", cell.rotated ? "rotated" : "fixed");
  if (cell.threads > 1) name.add("share", cell.share == Share::kSplit ? "split" : "whole");
  if (cell.node) name.add("node", static_cast<std::uint64_t>(*cell.node));
  if (cell.registration != Registration::kMadvise)
    name.add("register", to_string(cell.registration));
  return name.add("threads", static_cast<std::uint64_t>(cell.threads)).text();
}

bool same_table(const Cell& a, const Cell& b) {
  return a.placement == b.placement && a.table_bytes == b.table_bytes && a.node == b.node &&
         a.registration == b.registration;
}

Outcome<std::vector<Cell>> expand(const Matrix& asked, std::uint64_t page_bytes, std::uint64_t seed,
                                  const std::function<bool(const std::string& name)>& wanted) {
  std::vector<Matrix> blocks{asked};
  blocks.insert(blocks.end(), asked.more.begin(), asked.more.end());
  std::vector<Cell> tables;
  for (const Matrix& block : blocks) {
    if (auto checked = check(block, page_bytes); !checked)
      return tl::make_unexpected(checked.error());
    add_tables(block, tables);
  }
  std::mt19937_64 random(seed);
  shuffle(tables, random);
  std::vector<Cell> cells;
  for (const Cell& table : tables) {
    std::vector<Cell> of_table;
    for (const Matrix& block : blocks)
      if (has_table(block, table)) add_cells(block, table, page_bytes, of_table);
    drop_repeats(of_table);
    shuffle(of_table, random);
    std::erase_if(of_table, [&](const Cell& cell) {
      return (blocks.size() > 1 && cell.placement.colours > cell.table_bytes / page_bytes) ||
             !wanted(to_name(cell, page_bytes));
    });
    cells.insert(cells.end(), of_table.begin(), of_table.end());
  }
  if (auto fit = check_colours(cells, page_bytes); !fit) return tl::make_unexpected(fit.error());
  return cells;
}

}  // namespace zp
