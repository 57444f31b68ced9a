// SPDX-License-Identifier: MIT
// Loops as a program has them, compiled for several instruction sets and chosen when the program
// starts. In a file of their own: no caller can fold or hoist them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zp::programs {

// Eight vectors of partial sums: bound by the loads, not by the additions.
double sum(const double* x, std::size_t count);

// STREAM's: a = b + q * c
void triad(double* a, const double* b, const double* c, double q, std::size_t count);

// The sum of one column of a matrix.
double column(const double* top, std::size_t pitch, std::size_t rows);

// The sum of x[index].
double gather(const double* x, const std::uint32_t* index, std::size_t count);

// y = A x of a matrix in compressed rows, each of `row` elements; gives the sum of y.
double spmv(const double* values, const std::uint32_t* columns, std::size_t rows, std::size_t row,
            const double* x, double* y);

}  // namespace zp::programs
