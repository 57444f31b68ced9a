// SPDX-License-Identifier: MIT
// The catalogue's entries, a file each for those of one origin, and what they share.
#pragma once

#include <bit>
#include <memory>

#include "harness/memory/table.hpp"
#include "harness/programs/program.hpp"

namespace zp::programs {

std::span<const ProgramEntry> blas_entries();
std::span<const ProgramEntry> libc_entries();
std::span<const ProgramEntry> loop_entries();
std::span<const ProgramEntry> sparse_entries();
std::span<const ProgramEntry> vector_entries();
std::span<const ProgramEntry> zlib_entries();

inline std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

inline const double* doubles(const ProgramTable& table) {
  return reinterpret_cast<const double*>(table.base);
}

// Errors: kUsage for a table of an odd number of pages.
Outcome<void> check_halves(const ProgramTable& table);

// Private memory of a program, page-aligned, in small pages as the table, filled with one value.
class Array {
 public:
  static Outcome<Array> make(std::uint64_t count, double value);
  [[nodiscard]] double* data() const { return reinterpret_cast<double*>(table_->base()); }

 private:
  explicit Array(Table table) : table_(std::make_shared<Table>(std::move(table))) {}
  std::shared_ptr<Table> table_;  // closures are copied
};

// The table as a matrix: rows of one page of doubles, `pitch` doubles from one to the next.
struct Matrix {
  std::uint64_t rows = 0, columns = 0, pitch = 0;

  [[nodiscard]] std::uint64_t elements() const { return rows * columns; }
};

// With the pitch of a page, a power of two, or `padded` by a line of 64 bytes.
// Errors: kUsage for a table with fewer rows than 16.
Outcome<Matrix> matrix_of(const ProgramTable& table, bool padded);

// The sum of all elements of the matrix.
double sum_of(const ProgramTable& table, const Matrix& matrix);

// The sum of the whole table.
double sum_of(const ProgramTable& table);

}  // namespace zp::programs
