// SPDX-License-Identifier: MIT
// Reads through an index: gather, and a sparse matrix times a vector.
#include <limits>

#include "harness/programs/loops.hpp"
#include "harness/programs/parts.hpp"
#include "harness/support/units.hpp"
#include "harness/walk/walk.hpp"

namespace zp::programs {
namespace {

constexpr std::size_t kRow = 16;              // elements of a row of the sparse matrix
constexpr std::uint64_t kLineElements = 8;    // one read in each 64 bytes
constexpr std::uint64_t kVectorBytes = 8192;  // x where the values are the table: stays in L1

using Index = std::shared_ptr<std::vector<std::uint32_t>>;

// The first element of each line, in shuffled order: every line once.
Outcome<Index> shuffled_lines(const ProgramTable& table) {
  const std::uint64_t lines = table.bytes / (kLineElements * sizeof(double));
  if (lines < kRow || table.bytes / sizeof(double) > std::numeric_limits<std::uint32_t>::max())
    return fail(ExitCode::kUsage, "a table of {} is not one that 32-bit indices can sparsely read",
                human_size(table.bytes));
  const Permutation shuffled(lines, 1);
  auto index = std::make_shared<std::vector<std::uint32_t>>(lines);
  for (std::uint64_t i = 0; i < lines; ++i)
    (*index)[i] = static_cast<std::uint32_t>(shuffled(i) * kLineElements);
  return index;
}

Outcome<ReadyProgram> prepare_gather(const ProgramTable& table) {
  const auto index = shuffled_lines(table);
  if (!index) return fail(index);
  return ReadyProgram{
      [x = doubles(table), i = *index] { return bits(gather(x, i->data(), i->size())); },
      bits(sum_of(table)),
      (*index)->size(),
      {}};
}

Outcome<ReadyProgram> prepare_values(const ProgramTable& table) {
  const std::size_t count = table.bytes / sizeof(double);
  constexpr std::uint64_t kColumns = kVectorBytes / sizeof(double);
  const auto x = Array::make(kColumns, 1), y = Array::make(count / kRow, 0);
  if (!x || !y) return tl::make_unexpected((x ? y : x).error());
  const Permutation shuffled(kColumns, 1);
  auto columns = std::make_shared<std::vector<std::uint32_t>>(count);
  for (std::size_t i = 0; i < count; ++i)
    (*columns)[i] = static_cast<std::uint32_t>(shuffled(i % kColumns));
  return ReadyProgram{
      [values = doubles(table), columns, x = *x, y = *y, count] {
        return bits(spmv(values, columns->data(), count / kRow, kRow, x.data(), y.data()));
      },
      bits(sum_of(table)),
      count,
      {}};
}

Outcome<ReadyProgram> prepare_x(const ProgramTable& table) {
  const auto index = shuffled_lines(table);
  if (!index) return fail(index);
  const std::size_t rows = (*index)->size() / kRow;
  const auto values = Array::make(rows * kRow, 1), y = Array::make(rows, 0);
  if (!values || !y) return tl::make_unexpected((values ? y : values).error());
  if ((*index)->size() % kRow != 0)
    return fail(ExitCode::kUsage, "the lines of a table of {} do not fill rows of {}",
                human_size(table.bytes), kRow);
  return ReadyProgram{[x = doubles(table), i = *index, values = *values, y = *y, rows] {
                        return bits(spmv(values.data(), i->data(), rows, kRow, x, y.data()));
                      },
                      bits(sum_of(table)),
                      rows * kRow,
                      {}};
}

constexpr ProgramEntry kEntries[] = {
    {"gather", "sum through an index: one double of each line, shuffled", "own", false, 1,
     prepare_gather},
    {"spmv_values", "sparse matrix times a vector: its values are the table", "own", false, 5,
     prepare_values},
    {"spmv_x", "sparse matrix times a vector: the vector is the table", "own", false, 2, prepare_x},
};

}  // namespace

std::span<const ProgramEntry> sparse_entries() {
  return kEntries;
}

}  // namespace zp::programs
