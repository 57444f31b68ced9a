// SPDX-License-Identifier: MIT
// OpenBLAS, on one thread: dot products, and matrix times vector in both directions.
#include "harness/programs/parts.hpp"

#if ZP_HAVE_BLAS
#include <cblas.h>

#include <cstdlib>

#include "harness/host/library.hpp"
#endif

namespace zp::programs {
namespace {

#if ZP_HAVE_BLAS

Outcome<Library> open_blas() {
  // Read when it is loaded; it would start a thread for each CPU.
  ::setenv("OPENBLAS_NUM_THREADS", "1", 1);
  return Library::open("libopenblas.so.0");
}

Outcome<ReadyProgram> prepare_dot(const ProgramTable& table) {
  const auto blas = open_blas();
  if (!blas) return fail(blas);
  const auto dot = blas->function<decltype(cblas_ddot)>("cblas_ddot");
  if (!dot) return fail(dot);
  if (auto halves = check_halves(table); !halves) return fail(halves);
  double expected = 0;
  for (std::uint64_t page = 0, half = table.pages() / 2; page < half; ++page)
    expected += table.first_double(page) * table.first_double(page + half);
  const std::uint64_t half = table.bytes / sizeof(double) / 2;
  return ReadyProgram{[f = *dot, x = doubles(table), half] {
                        return bits(f(static_cast<blasint>(half), x, 1, x + half, 1));
                      },
                      bits(expected),
                      2 * half,
                      {}};
}

Outcome<ReadyProgram> prepare_gemv(const ProgramTable& table, bool transposed, bool padded) {
  const auto matrix = matrix_of(table, padded);
  if (!matrix) return fail(matrix);
  const auto blas = open_blas();
  if (!blas) return fail(blas);
  const auto gemv = blas->function<decltype(cblas_dgemv)>("cblas_dgemv");
  if (!gemv) return fail(gemv);
  const std::uint64_t outputs = transposed ? matrix->columns : matrix->rows;
  const auto x = Array::make(transposed ? matrix->rows : matrix->columns, 1),
             y = Array::make(outputs, 0);
  if (!x || !y) return tl::make_unexpected((x ? y : x).error());
  ReadyProgram program;
  program.run = [=, f = *gemv, a = doubles(table), m = *matrix, x = *x, y = *y] {
    f(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, static_cast<blasint>(m.rows),
      static_cast<blasint>(m.columns), 1, a, static_cast<blasint>(m.pitch), x.data(), 1, 0,
      y.data(), 1);
    double total = 0;
    for (std::uint64_t i = 0; i < outputs; ++i) total += y.data()[i];
    return bits(total);
  };
  program.expected = bits(sum_of(table, *matrix));
  program.elements = matrix->elements();
  return program;
}

#else

Outcome<ReadyProgram> absent(const ProgramTable&) {
  return fail(ExitCode::kCannotRun,
              "zpbench was built without OpenBLAS (libopenblas-dev when it was configured)");
}
Outcome<ReadyProgram> prepare_dot(const ProgramTable& table) {
  return absent(table);
}
Outcome<ReadyProgram> prepare_gemv(const ProgramTable& table, bool, bool) {
  return absent(table);
}

#endif

constexpr ProgramEntry kEntries[] = {
    {"dot", "product of the table's halves (ddot)", "OpenBLAS", true, 0, prepare_dot},
    {"gemv", "matrix times vector, rows of one page (dgemv)", "OpenBLAS", true, 0,
     [](const ProgramTable& table) { return prepare_gemv(table, false, false); }},
    {"gemv_padded", "the same, a line of 64 bytes between the rows", "OpenBLAS", true, 0,
     [](const ProgramTable& table) { return prepare_gemv(table, false, true); }},
    {"gemv_t", "transposed matrix times vector, rows of one page", "OpenBLAS", true, 0,
     [](const ProgramTable& table) { return prepare_gemv(table, true, false); }},
    {"gemv_t_padded", "the same, a line of 64 bytes between the rows", "OpenBLAS", true, 0,
     [](const ProgramTable& table) { return prepare_gemv(table, true, true); }},
};

}  // namespace

std::span<const ProgramEntry> blas_entries() {
  return kEntries;
}

}  // namespace zp::programs
