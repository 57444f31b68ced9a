// SPDX-License-Identifier: MIT
#include "bench/cell.hpp"

#include <gmock/gmock.h>

#include <set>

#include "bench/context.hpp"
#include "tests/outcome.hpp"
#include "tests/unit/fake_tree.hpp"

namespace zp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::uint64_t kPageBytes = 4096;

Matrix small_matrix() {
  Matrix matrix;
  matrix.placements = {{PlacementKind::kPrivate}, {PlacementKind::kMemfdColoured, 8}};
  matrix.tables_bytes = {1 << 20, 1 << 21};
  matrix.strides_bytes = {64, 4096, 12288};
  matrix.walks = {Order::kSequential, Order::kRandom, Order::kDependent};
  matrix.offsets = {Offset::kRotated, Offset::kFixed};
  matrix.shares = {Share::kSplit, Share::kWhole};
  matrix.threads = {1, 2};
  return matrix;
}

std::vector<std::string> names_of(const Matrix& matrix, std::uint64_t seed) {
  const auto cells = value_of(expand(matrix, kPageBytes, seed));
  std::vector<std::string> names;
  for (const Cell& cell : cells) names.push_back(to_name(cell, kPageBytes));
  return names;
}

// results/README.md, "Names".
TEST(Cell, NamesAreThoseOfTheSchema) {
  Cell cell;
  cell.placement = {PlacementKind::kKsmSingle};
  cell.table_bytes = 268435456;
  cell.stride_bytes = 1024;
  EXPECT_EQ(to_name(cell, kPageBytes),
            "read/placement:ksm_single/table:268435456/stride:1024/walk:sequential/threads:1");
  cell.placement = {PlacementKind::kKsmColoured, 8};
  cell.walk = Order::kDependent;
  EXPECT_EQ(
      to_name(cell, kPageBytes),
      "latency/placement:ksm_coloured:8/table:268435456/stride:1024/walk:dependent/threads:1");
  cell.stride_bytes = 8192;
  cell.offset = Offset::kRotated;
  cell.walk = Order::kRandom;
  cell.threads = 4;
  cell.share = Share::kWhole;
  cell.node = 1;
  EXPECT_EQ(to_name(cell, kPageBytes),
            "read/placement:ksm_coloured:8/table:268435456/stride:8192/walk:random/offset:rotated/"
            "share:whole/node:1/threads:4");
  cell.registration = Registration::kPrctl;
  EXPECT_EQ(to_name(cell, kPageBytes),
            "read/placement:ksm_coloured:8/table:268435456/stride:8192/walk:random/offset:rotated/"
            "share:whole/node:1/register:prctl/threads:4");
  cell.registration = Registration::kMadvise;
  cell.offset = Offset::kFixed;
  cell.share = Share::kSplit;
  EXPECT_THAT(to_name(cell, kPageBytes), HasSubstr("/offset:fixed/share:split/"));
  // The offset is only a choice where the stride is whole pages.
  EXPECT_THAT(to_name(cell, 65536), testing::Not(HasSubstr("offset:")));
}

TEST(Expand, EveryCombinationOnce) {
  const auto names = names_of(small_matrix(), 1);
  const std::set<std::string> distinct(names.begin(), names.end());
  EXPECT_EQ(distinct.size(), names.size());
  // 2 placements x 2 tables x 3 walks x (1 + 2 + 2 strides and offsets) x (1 + 2 threads and
  // shares)
  EXPECT_EQ(names.size(), 2U * 2 * 3 * 5 * 3);
}

TEST(Expand, TheOrderIsFixedByTheSeed) {
  const auto first = names_of(small_matrix(), 7);
  EXPECT_EQ(names_of(small_matrix(), 7), first);
  auto second = names_of(small_matrix(), 8);
  EXPECT_NE(second, first);
  EXPECT_THAT(second, testing::UnorderedElementsAreArray(first));
  // Results name the seed, so the order must not change with the version either.
  EXPECT_EQ(first.front(),
            "latency/placement:private/table:2097152/stride:64/walk:dependent/threads:1");
}

TEST(Expand, ATableIsMadeOnce) {
  Matrix matrix = small_matrix();
  const auto cells = *expand(matrix, kPageBytes, 3);
  int tables = 1;
  for (std::size_t i = 1; i < cells.size(); ++i) tables += !same_table(cells[i - 1], cells[i]);
  EXPECT_EQ(tables, 4);
}

TEST(Expand, ListedTwiceIsMeasuredOnce) {
  Matrix matrix = small_matrix();
  matrix.strides_bytes = {64, 64};
  matrix.tables_bytes.push_back(matrix.tables_bytes.front());
  const auto names = names_of(matrix, 1);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

// What several threads share is no choice of one, in whichever block it stands.
TEST(Expand, OneThreadIsMeasuredOnceWhateverItShares) {
  Matrix matrix = small_matrix();
  matrix.threads = {1};
  matrix.shares = {Share::kSplit};
  const auto once = names_of(matrix, 1);
  Matrix whole = matrix;
  whole.shares = {Share::kWhole};
  matrix.more = {whole};
  EXPECT_THAT(names_of(matrix, 1), testing::UnorderedElementsAreArray(once));
}

TEST(Expand, HowMemoryIsRegisteredIsAChoiceOfKsmPlacementsAlone) {
  Matrix matrix = small_matrix();
  matrix.placements.push_back({PlacementKind::kKsmSingle});
  const auto as_before = names_of(matrix, 1);
  matrix.registrations = {Registration::kMadvise, Registration::kPrctl};
  auto names = names_of(matrix, 1);
  std::erase_if(names, [](const std::string& name) {
    return name.find("ksm_single") != name.npos && name.find("/register:prctl/") != name.npos;
  });
  EXPECT_THAT(names, testing::UnorderedElementsAreArray(as_before));
  EXPECT_EQ(names_of(matrix, 1).size(), as_before.size() + as_before.size() / 3);
}

TEST(Expand, RefusesWhatCannotBeWalked) {
  const auto refusal = [](auto&& change) {
    Matrix matrix = small_matrix();
    change(matrix);
    const auto cells = expand(matrix, kPageBytes, 1);
    EXPECT_FALSE(cells);
    if (cells) return std::string();
    EXPECT_EQ(cells.error().code, ExitCode::kUsage);
    return cells.error().message;
  };
  for (const std::uint64_t stride : {0ULL, 4ULL, 12ULL, (1ULL << 20U) + 8U, ~0ULL})
    EXPECT_THAT(refusal([&](Matrix& m) { m.strides_bytes = {stride}; }),
                HasSubstr(fmt::format("stride {}", stride)));
  for (const std::uint64_t table : {0ULL, 4095ULL, 6144ULL})
    EXPECT_THAT(refusal([&](Matrix& m) { m.tables_bytes = {table}; }),
                HasSubstr(fmt::format("table of {} bytes", table)));
  EXPECT_THAT(refusal([](Matrix& m) {
                m.placements = {{PlacementKind::kKsmColoured, 512}};
              }),
              HasSubstr("ksm_coloured:512 needs 512 pages; a table of 1 MiB has 256"));
  for (const int threads : {0, -1, 4097})
    EXPECT_THAT(refusal([&](Matrix& m) { m.threads = {threads}; }),
                HasSubstr(fmt::format("threads {}", threads)));
  EXPECT_THAT(refusal([](Matrix& m) { m.nodes = {63}; }), HasSubstr("unknown node 63"));
  // Strides of several pages that pass over colours: rows would say that all were read.
  for (const auto& [stride, colours] : {std::pair{8192, 4}, {32768, 1}})
    EXPECT_THAT(
        refusal([&, stride = stride](Matrix& m) {
          m.placements = {{PlacementKind::kMemfdColoured, 8}};
          m.tables_bytes = {1 << 20};
          m.strides_bytes = {static_cast<std::uint64_t>(stride)};
        }),
        HasSubstr(fmt::format("of the 8 colours of placement memfd_coloured:8 in a table of "
                              "1 MiB it reads {}:",
                              colours)));
  // A thread without a read has no time.
  EXPECT_THAT(refusal([](Matrix& m) { m.strides_bytes = {1 << 20}; }), HasSubstr("1 reads"));
}

TEST(Expand, WhatIsLeftOutNeedNotBePossible) {
  Matrix matrix = small_matrix();
  matrix.tables_bytes = {4 * kPageBytes, 1 << 20};  // too small for eight colours
  matrix.strides_bytes = {64, 4096};
  EXPECT_FALSE(expand(matrix, kPageBytes, 1));
  const auto cells = value_of(expand(matrix, kPageBytes, 1, [](const std::string& name) {
    return name.find("memfd_coloured:8/table:16384/") == std::string::npos;
  }));
  for (const Cell& cell : cells)
    EXPECT_TRUE(cell.placement.kind == PlacementKind::kPrivate || cell.table_bytes == 1 << 20);
}

// CPUs 0 and 1 are of one core, 2 and 3 of another; the second has a smaller L1.
TEST(Threads, ThatShareACoreOrReadThroughUnlikeCachesAreWarnedOf) {
  const FakeTree tree;
  for (const int cpu : {0, 1, 2, 3}) {
    const auto of_cpu = fmt::format("sys/devices/system/cpu/cpu{}/", cpu);
    tree.write(of_cpu + "topology/thread_siblings_list", cpu < 2 ? "0-1" : "2-3");
    tree.write(of_cpu + "cache/index0/type", "Data");
    tree.write(of_cpu + "cache/index0/level", "1");
    tree.write(of_cpu + "cache/index0/size", cpu < 2 ? "48K" : "32K");
  }
  const auto warned = [&](std::size_t threads, const std::vector<int>& cpus) {
    return thread_warnings(tree.roots(), threads, cpus);
  };
  EXPECT_EQ(warned(1, {0, 1, 2, 3}), Facts{});
  const auto unlike = Pair("unlike_cpus", HasSubstr("CPUs 0 and 2 have unlike caches"));
  EXPECT_THAT(warned(2, {0, 1, 2, 3}), ElementsAre(unlike)) << "a core each";
  EXPECT_THAT(warned(3, {0, 1, 2, 3}),
              ElementsAre(Pair("shared_cores", HasSubstr("2 core(s)")), unlike));
  EXPECT_THAT(warned(2, {0, 1}), ElementsAre(Pair("shared_cores", HasSubstr("CPUs 0 and 1"))));
}

}  // namespace
}  // namespace zp
