// SPDX-License-Identifier: MIT
#include "harness/programs/program.hpp"

#include <algorithm>

#include "harness/programs/parts.hpp"
#include "harness/support/units.hpp"

namespace zp {

double ProgramTable::first_double(std::uint64_t page) const {
  return std::bit_cast<double>(contents.first_word(first_vpn + page));
}

std::span<const ProgramEntry> program_catalogue() {
  static const std::vector<ProgramEntry> all = [] {
    std::vector<ProgramEntry> entries;
    for (const auto part :
         {programs::vector_entries(), programs::loop_entries(), programs::blas_entries(),
          programs::sparse_entries(), programs::libc_entries(), programs::zlib_entries()})
      entries.insert(entries.end(), part.begin(), part.end());
    return entries;
  }();
  return all;
}

namespace programs {

Outcome<Array> Array::make(std::uint64_t count, double value) {
  const std::uint64_t page = system_page_bytes();
  auto table = Table::map((count * sizeof(double) + page - 1) / page * page, page);
  if (!table) return fail(table);
  std::fill_n(reinterpret_cast<double*>(table->base()), count, value);
  return Array(std::move(*table));
}

Outcome<void> check_halves(const ProgramTable& table) {
  if (table.pages() % 2 == 0) return {};
  return fail(ExitCode::kUsage, "a table of {} page(s) has no two halves", table.pages());
}

Outcome<Matrix> matrix_of(const ProgramTable& table, bool padded) {
  constexpr std::uint64_t kLeastRows = 16, kLineDoubles = 8;
  Matrix matrix;
  matrix.columns = table.page_bytes / sizeof(double);
  matrix.pitch = matrix.columns + (padded ? kLineDoubles : 0);
  const std::uint64_t count = table.bytes / sizeof(double);
  if (count >= matrix.columns) matrix.rows = (count - matrix.columns) / matrix.pitch + 1;
  if (matrix.rows < kLeastRows)
    return fail(ExitCode::kUsage, "a table of {} has {} row(s) of a page; it takes {}",
                human_size(table.bytes), matrix.rows, kLeastRows);
  return matrix;
}

double sum_of(const ProgramTable& table, const Matrix& matrix) {
  double sum = 0;
  for (std::uint64_t page = 0; page < table.pages(); ++page) {
    const std::uint64_t at = page * table.page_bytes / sizeof(double);
    if (at / matrix.pitch < matrix.rows && at % matrix.pitch < matrix.columns)
      sum += table.first_double(page);
  }
  return sum;
}

double sum_of(const ProgramTable& table) {
  double sum = 0;
  for (std::uint64_t page = 0; page < table.pages(); ++page) sum += table.first_double(page);
  return sum;
}

}  // namespace programs
}  // namespace zp
