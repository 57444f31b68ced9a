// SPDX-License-Identifier: MIT
#include "bench/cell.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "harness/host/topology.hpp"
#include "harness/support/shuffle.hpp"
#include "harness/support/text.hpp"

namespace zp {
namespace {

// A thread without a read of its own has no time per read.
Outcome<void> check_split(const Matrix& matrix) {
  if (std::ranges::find(matrix.shares, Share::kSplit) == matrix.shares.end()) return {};
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
    if (std::ranges::find(kept, cell) == kept.end()) kept.push_back(cell);
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
    if (auto cpus = cpus_of_node(node); !cpus) return fail(cpus);
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

// Those that a walk reads, whose stride may be several pages.
std::uint64_t colours_read(const Cell& cell, std::uint64_t page_bytes) {
  std::set<std::uint64_t> colours;
  const std::uint64_t all = cell.placement.colours, again = all * page_bytes;  // bytes
  const std::uint64_t reads =
      std::min(cell.table_bytes / cell.stride_bytes, again / std::gcd(again, cell.stride_bytes));
  for (std::uint64_t read = 0; read < reads && colours.size() < all; ++read)
    colours.insert(read * cell.stride_bytes / page_bytes % all);
  return colours.size();
}

// A row would say of frames that nobody read what they cost.
Outcome<void> check_colours_read(const std::vector<Cell>& cells, std::uint64_t page_bytes) {
  for (const Cell& cell : cells) {
    if (cell.stride_bytes <= page_bytes || cell.placement.colours == 0) continue;
    if (const auto colours = colours_read(cell, page_bytes); colours < cell.placement.colours)
      return fail(ExitCode::kUsage,
                  "stride {}: of the {} colours of placement {} in a table of {} it reads {}: take "
                  "strides up to the page ({} bytes)",
                  cell.stride_bytes, cell.placement.colours, to_string(cell.placement),
                  human_size(cell.table_bytes), colours, page_bytes);
  }
  return {};
}

template <class T>
std::string text_of(const T& value) {
  using std::to_string;
  return std::string(to_string(value));
}
std::string text_of(const std::optional<int>& value) {
  return std::to_string(*value);
}

template <class Do>
void for_each_axis(Do&& visit) {
  std::apply([&](const auto&... axis) { (visit(axis), ...); }, kAxes);
}

// The cross product of one block.
std::vector<Cell> cells_of(const Matrix& block, std::uint64_t page_bytes) {
  std::vector<Cell> cells{Cell{}};
  for_each_axis([&](const auto& axis) {
    const auto& values = block.*axis.values;
    if (values.empty()) return;
    std::vector<Cell> product;
    for (Cell cell : cells) {
      if (!axis.rules.is_choice(cell, page_bytes)) {
        product.push_back(cell);
        continue;
      }
      for (const auto& value : values) {
        cell.*axis.value = value;
        product.push_back(cell);
      }
    }
    cells = std::move(product);
  });
  return cells;
}

}  // namespace

Outcome<int> parse_count(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number > 1'000'000 || text.find_first_not_of("0123456789") != text.npos)
    return fail(ExitCode::kUsage, "'{}' is not a count", text);
  return static_cast<int>(*number);
}

std::string to_name(const Cell& cell, std::uint64_t page_bytes) {
  BenchmarkName name{cell.walk == Order::kDependent ? "latency" : "read", {}};
  for (const NamePartKind& part : kNameParts)
    for_each_axis([&](const auto& axis) {
      if (axis.part.text == part.key && axis.rules.is_choice(cell, page_bytes) &&
          (axis.rules.always_named || cell.*axis.value != Cell{}.*axis.value))
        name.parts.push_back({std::string(part.key), text_of(cell.*axis.value)});
    });
  return to_text(name);
}

bool Matrix::has_reads() const {
  return std::ranges::find(families, kReadFamily) != families.end();
}

bool same_table(const Cell& a, const Cell& b) {
  bool same = true;
  for_each_axis(
      [&](const auto& axis) { same &= !axis.rules.of_table || a.*axis.value == b.*axis.value; });
  return same;
}

Outcome<std::vector<Cell>> expand(const Matrix& asked, std::uint64_t page_bytes, std::uint64_t seed,
                                  const std::function<bool(const std::string& name)>& wanted,
                                  std::vector<Cell>* left_out) {
  std::vector<Matrix> blocks{asked};
  blocks.insert(blocks.end(), asked.more.begin(), asked.more.end());
  std::vector<Cell> all, tables;
  for (const Matrix& block : blocks) {
    if (auto checked = check(block, page_bytes); !checked) return fail(checked);
    const auto of_block = cells_of(block, page_bytes);
    all.insert(all.end(), of_block.begin(), of_block.end());
  }
  for (const Cell& cell : all) {
    const auto is_same = [&cell](const Cell& table) { return same_table(table, cell); };
    if (std::ranges::none_of(tables, is_same)) tables.push_back(cell);
  }
  std::mt19937_64 random(seed);
  shuffle(tables, random);
  std::vector<Cell> cells;
  for (const Cell& table : tables) {
    std::vector<Cell> of_table;
    std::ranges::copy_if(all, std::back_inserter(of_table),
                         [&table](const Cell& cell) { return same_table(cell, table); });
    drop_repeats(of_table);
    shuffle(of_table, random);
    std::erase_if(of_table, [&](const Cell& cell) { return !wanted(to_name(cell, page_bytes)); });
    if (blocks.size() > 1)
      std::erase_if(of_table, [&](const Cell& cell) {
        const bool too_small = cell.placement.colours > cell.table_bytes / page_bytes;
        if (too_small && left_out != nullptr) left_out->push_back(cell);
        return too_small;
      });
    cells.insert(cells.end(), of_table.begin(), of_table.end());
  }
  if (auto fit = check_colours(cells, page_bytes); !fit) return fail(fit);
  if (auto read = check_colours_read(cells, page_bytes); !read) return fail(read);
  return cells;
}

}  // namespace zp
