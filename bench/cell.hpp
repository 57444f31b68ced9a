// SPDX-License-Identifier: MIT
// A cell: one measured combination, and its name (results/README.md, "Names").
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/ksm/registration.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/walk/walk.hpp"

namespace zp {

enum class Share {
  kSplit,  // each thread walks its own part of the table
  kWhole,  // each thread walks the whole table
};

struct Cell {
  PlacementId placement;
  std::uint64_t table_bytes = 0;
  std::uint64_t stride_bytes = 0;
  Order walk = Order::kSequential;
  bool rotated = false;  // the offset in the page moves on; only where the stride is whole pages
  Share share = Share::kSplit;
  std::optional<int> node;  // asked for; else the first node
  int threads = 1;
  Registration registration = Registration::kMadvise;

  friend bool operator==(const Cell&, const Cell&) = default;
};

std::string to_name(const Cell& cell, std::uint64_t page_bytes);

// Cells that are measured on one and the same table.
bool same_table(const Cell& a, const Cell& b);

// Throughput and, where the walk is dependent, latency of reads.
inline constexpr std::string_view kReadFamily = "read";

// What is to be measured: the cross product of these lists, and that of each further block.
struct Matrix {
  std::string name;
  std::vector<std::string> families;  // kReadFamily stands for the cross product of the lists below
  std::vector<PlacementId> placements;
  std::vector<std::uint64_t> tables_bytes, strides_bytes;
  std::vector<Order> walks;
  std::vector<bool> rotated;  // for strides of whole pages
  std::vector<Share> shares;  // for more than one thread
  std::vector<int> threads;
  std::vector<int> nodes;                   // empty: the first node
  std::vector<Registration> registrations;  // of KSM's placements; empty: madvise
  std::vector<Matrix> more;  // further blocks, each a cross product; of these the lists above alone
};

// All cells whose name is wanted, each once, table by table, in an order fixed by the seed: tables
// shuffled, cells of a table shuffled. Of several blocks, cells with more colours than pages are
// left out. Errors: kUsage for what can't be walked (stride 0 or above the table,
// a size that is not a multiple of the page, more colours than pages, a node that is not there).
Outcome<std::vector<Cell>> expand(
    const Matrix& asked, std::uint64_t page_bytes, std::uint64_t seed,
    const std::function<bool(const std::string& name)>& wanted = [](const auto&) { return true; });

}  // namespace zp
