// SPDX-License-Identifier: MIT
#include "harness/programs/loops.hpp"

// The same source for each instruction set; the dynamic linker takes the widest that the CPU has.
#if defined(__x86_64__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define ZP_CLONES [[gnu::target_clones("default", "avx2", "avx512f")]]
#endif
#endif
#ifndef ZP_CLONES
#define ZP_CLONES [[gnu::noinline]]
#endif

namespace zp::programs {

ZP_CLONES double sum(const double* x, std::size_t count) {
  typedef double Vector __attribute__((vector_size(32), aligned(8), may_alias));
  constexpr std::size_t kLanes = sizeof(Vector) / sizeof(double);
  Vector s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{};
  std::size_t i = 0;
  for (; i + 8 * kLanes <= count; i += 8 * kLanes) {
    const auto* at = reinterpret_cast<const Vector*>(x + i);
    s0 += at[0];
    s1 += at[1];
    s2 += at[2];
    s3 += at[3];
    s4 += at[4];
    s5 += at[5];
    s6 += at[6];
    s7 += at[7];
  }
  s0 = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  double total = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) total += s0[lane];
  for (; i < count; ++i) total += x[i];
  return total;
}

ZP_CLONES void triad(double* a, const double* b, const double* c, double q, std::size_t count) {
#pragma omp simd
  for (std::size_t i = 0; i < count; ++i) a[i] = b[i] + q * c[i];
}

ZP_CLONES double column(const double* top, std::size_t pitch, std::size_t rows) {
  double total = 0;
  for (std::size_t row = 0; row < rows; ++row) total += top[row * pitch];
  return total;
}

ZP_CLONES double gather(const double* x, const std::uint32_t* index, std::size_t count) {
  double total = 0;
#pragma omp simd reduction(+ : total)
  for (std::size_t i = 0; i < count; ++i) total += x[index[i]];
  return total;
}

ZP_CLONES double spmv(const double* values, const std::uint32_t* columns, std::size_t rows,
                      std::size_t row, const double* x, double* y) {
  double all = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const double* v = values + r * row;
    const std::uint32_t* c = columns + r * row;
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (std::size_t i = 0; i < row; ++i) total += v[i] * x[c[i]];
    y[r] = total;
    all += total;
  }
  return all;
}

}  // namespace zp::programs
