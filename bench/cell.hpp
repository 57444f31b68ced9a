// SPDX-License-Identifier: MIT
// A cell: one measured combination, its name (results/README.md, "Names"), and the axes along which
// cells differ.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "harness/ksm/registration.hpp"
#include "harness/names/name_parts.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/error.hpp"
#include "harness/support/parse_word.hpp"
#include "harness/support/units.hpp"
#include "harness/walk/walk.hpp"

namespace zp {

enum class Offset {
  kFixed,    // a read falls where its stride says
  kRotated,  // it moves on by a cache line from page to page
};

enum class Share {
  kSplit,  // each thread walks its own part of the table
  kWhole,  // each thread walks the whole table
};

constexpr std::string_view to_string(Offset offset) {
  return offset == Offset::kRotated ? "rotated" : "fixed";
}
constexpr std::string_view to_string(Share share) {
  return share == Share::kWhole ? "whole" : "split";
}

struct Cell {
  PlacementId placement;
  std::uint64_t table_bytes = 0;
  std::uint64_t stride_bytes = 0;
  Order walk = Order::kSequential;
  int threads = 1;
  std::optional<int> node;  // asked for; else the first node
  Registration registration = Registration::kMadvise;
  Offset offset = Offset::kFixed;
  Share share = Share::kSplit;

  friend bool operator==(const Cell&, const Cell&) = default;
};

std::string to_name(const Cell& cell, std::uint64_t page_bytes);

// Cells that are measured on one and the same table.
bool same_table(const Cell& a, const Cell& b);

// Throughput and, where the walk is dependent, latency of reads.
inline constexpr std::string_view kReadFamily = "read";

// What is to be measured: the cross product of these lists, and that of each further block. Along
// an empty list cells have the value that a Cell begins with.
struct Matrix {
  std::string name;
  std::vector<std::string> families;  // kReadFamily stands for the cross product of the lists below
  std::vector<PlacementId> placements;
  std::vector<std::uint64_t> tables_bytes, strides_bytes;
  std::vector<Order> walks;
  std::vector<int> threads;
  std::vector<int> nodes;
  std::vector<Registration> registrations;
  std::vector<Offset> offsets;
  std::vector<Share> shares;
  std::set<std::string> absent_caches;  // "l3": that tables was to fit, of all blocks
  std::vector<Matrix> more;  // further blocks, each a cross product; of these the lists above alone

  [[nodiscard]] bool has_reads() const;
};

Outcome<int> parse_count(std::string_view text);

struct AxisRules {
  bool of_table = false;      // another value means another table
  bool may_be_empty = false;  // the list
  bool always_named = true;   // else only where it is not what a Cell begins with
  // Where there is a choice; elsewhere cells have what a Cell begins with, and no name says it.
  bool (*is_choice)(const Cell& cell, std::uint64_t page_bytes) = [](const Cell&, std::uint64_t) {
    return true;
  };
};

// What cells differ in: a list of the matrix, a value of the cell, a part of its name.
template <class Value, class Listed>
struct Axis {
  const char* list;     // an option of the command line, a line of a matrix file
  const char* initial;  // what it is when nobody says
  const char* help;
  NamePartKey part;
  Value Cell::*value;
  std::vector<Listed> Matrix::*values;
  Outcome<Listed> (*parse)(std::string_view text);
  AxisRules rules;
};

template <class Value, class Listed>
constexpr Axis<Value, Listed> axis(const char* list, const char* initial, const char* help,
                                   NamePartKey part, Value Cell::*value,
                                   std::vector<Listed> Matrix::*values,
                                   Outcome<Listed> (*parse)(std::string_view),
                                   AxisRules rules = {}) {
  return {list, initial, help, part, value, values, parse, rules};
}

// In the order of --help and of the cross product, the last one innermost.
inline constexpr std::tuple kAxes{
    axis("placements", "", "which frames back the table; see --doctor", "placement",
         &Cell::placement, &Matrix::placements, parse_placement, {.of_table = true}),
    axis(
        "tables", "64m",
        "sizes; or l1, l2, l3: half of that cache; shared_l2: KSM as shipped has 4 times L2 behind "
        "it",
        "table", &Cell::table_bytes, &Matrix::tables_bytes, parse_size_bytes, {.of_table = true}),
    axis("strides", "64,256,1024,4096", "bytes from one read to the next", "stride",
         &Cell::stride_bytes, &Matrix::strides_bytes, parse_size_bytes),
    axis("walks", "sequential", "sequential, random, dependent", "walk", &Cell::walk,
         &Matrix::walks, parse_word<Order::kSequential, Order::kRandom, Order::kDependent>),
    axis("threads", "1", "thread counts", "threads", &Cell::threads, &Matrix::threads, parse_count),
    axis("nodes", "", "NUMA nodes of table and CPUs (default: first)", "node", &Cell::node,
         &Matrix::nodes, parse_count,
         {.of_table = true, .may_be_empty = true, .always_named = false}),
    axis("register", "madvise", "madvise, prctl: how KSM's placements ask to be merged", "register",
         &Cell::registration, &Matrix::registrations,
         parse_word<Registration::kMadvise, Registration::kPrctl>,
         {.of_table = true,
          .always_named = false,
          .is_choice = [](const Cell& cell,
                          std::uint64_t) { return cell.placement.entry().needs_ksm; }}),
    axis("offsets", "fixed", "fixed, rotated: in the page, where the stride is whole pages",
         "offset", &Cell::offset, &Matrix::offsets, parse_word<Offset::kFixed, Offset::kRotated>,
         {.is_choice =
              [](const Cell& cell, std::uint64_t page_bytes) {
                return cell.stride_bytes % page_bytes == 0;
              }}),
    axis("shares", "split", "split, whole: what each of several threads walks", "share",
         &Cell::share, &Matrix::shares, parse_word<Share::kSplit, Share::kWhole>,
         {.is_choice = [](const Cell& cell, std::uint64_t) { return cell.threads > 1; }}),
};

// All cells whose name is wanted, each once, table by table, in an order fixed by the seed: tables
// shuffled, cells of a table shuffled. Of several blocks, cells with more colours than pages are
// left out, and go to `left_out`. Errors: kUsage for what can't be walked (stride 0 or above the
// table, a size that is not a multiple of the page, more colours than pages, a stride of several
// pages that passes over some colours, a node that is not there).
Outcome<std::vector<Cell>> expand(
    const Matrix& asked, std::uint64_t page_bytes, std::uint64_t seed,
    const std::function<bool(const std::string& name)>& wanted = [](const auto&) { return true; },
    std::vector<Cell>* left_out = nullptr);

}  // namespace zp
