// SPDX-License-Identifier: MIT
// Dense loops that no library has: sums, STREAM's triad, columns.

#include "harness/programs/loops.hpp"
#include "harness/programs/parts.hpp"

namespace zp::programs {
namespace {

Outcome<ReadyProgram> prepare_sum(const ProgramTable& table) {
  const double* x = doubles(table);
  const std::size_t count = table.bytes / sizeof(double);
  return ReadyProgram{[=] { return bits(sum(x, count)); }, bits(sum_of(table)), count, {}};
}

Outcome<ReadyProgram> prepare_triad(const ProgramTable& table) {
  constexpr double kB = 3, kQ = 2;
  const double* c = doubles(table);
  const std::size_t count = table.bytes / sizeof(double);
  auto a = Array::make(count, -1), b = Array::make(count, kB);
  if (!a || !b) return tl::make_unexpected((a ? b : a).error());
  ReadyProgram program;
  program.run = [=, a = *a, b = *b] {
    triad(a.data(), b.data(), c, kQ, count);
    return bits(a.data()[count - 1]);
  };
  program.expected = bits(kB);
  program.elements = count;
  program.verify = [table, a = *a, count] {
    const std::size_t page = table.page_bytes / sizeof(double);
    for (std::size_t i = 0; i < count; ++i)
      if (a.data()[i] != kB + (i % page == 0 ? kQ * table.first_double(i / page) : 0)) return false;
    return true;
  };
  return program;
}

Outcome<ReadyProgram> prepare_column(const ProgramTable& table, bool padded) {
  const auto matrix = matrix_of(table, padded);
  if (!matrix) return fail(matrix);
  ReadyProgram program;
  program.run = [x = doubles(table), m = *matrix] {
    double total = 0;
    for (std::uint64_t i = 0; i < m.columns; ++i) total += column(x + i, m.pitch, m.rows);
    return bits(total);
  };
  program.expected = bits(sum_of(table, *matrix));
  program.elements = matrix->elements();
  return program;
}

constexpr ProgramEntry kEntries[] = {
    {"sum", "sum of doubles, eight vectors at a time", "own", true, 0, prepare_sum},
    {"triad", "STREAM's triad: a = b + q * c, where c is the table", "own", false, 16,
     prepare_triad},
    {"column", "sum of a matrix column by column, rows of one page", "own", false, 0,
     [](const ProgramTable& table) { return prepare_column(table, false); }},
    {"column_padded", "the same, a line of 64 bytes between the rows", "own", false, 0,
     [](const ProgramTable& table) { return prepare_column(table, true); }},
};

}  // namespace

std::span<const ProgramEntry> loop_entries() {
  return kEntries;
}

}  // namespace zp::programs
