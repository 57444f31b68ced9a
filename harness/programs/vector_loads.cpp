// SPDX-License-Identifier: MIT
#include "harness/programs/vector_loads.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// Eight loads a turn, each or-ed into a register of its own: no load waits for another.
#define ZP_VECTOR_READ(Vector, load, combine)                                       \
  constexpr std::size_t kStep = sizeof(Vector);                                     \
  Vector v0{}, v1{}, v2{}, v3{}, v4{}, v5{}, v6{}, v7{};                            \
  for (const std::byte* const end = base + bytes; base != end; base += 8 * kStep) { \
    v0 = combine(v0, load(base));                                                   \
    v1 = combine(v1, load(base + kStep));                                           \
    v2 = combine(v2, load(base + 2 * kStep));                                       \
    v3 = combine(v3, load(base + 3 * kStep));                                       \
    v4 = combine(v4, load(base + 4 * kStep));                                       \
    v5 = combine(v5, load(base + 5 * kStep));                                       \
    v6 = combine(v6, load(base + 6 * kStep));                                       \
    v7 = combine(v7, load(base + 7 * kStep));                                       \
  }                                                                                 \
  v0 = combine(combine(combine(v0, v1), combine(v2, v3)), combine(combine(v4, v5), combine(v6, v7)))

namespace zp::programs {
namespace {

template <class Vector>
std::uint64_t all_words(const Vector& vector) {
  std::uint64_t words[sizeof(Vector) / sizeof(std::uint64_t)], all = 0;
  __builtin_memcpy(words, &vector, sizeof words);
  for (const std::uint64_t word : words) all |= word;
  return all;
}

#if defined(__x86_64__)

std::uint64_t read_sse2(const std::byte* base, std::size_t bytes) {
  const auto load = [](const std::byte* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  };
  ZP_VECTOR_READ(__m128i, load, _mm_or_si128);
  return all_words(v0);
}

#define ZP_LOAD_256(at) _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at))
[[gnu::target("avx2")]] std::uint64_t read_avx2(const std::byte* base, std::size_t bytes) {
  ZP_VECTOR_READ(__m256i, ZP_LOAD_256, _mm256_or_si256);
  std::uint64_t words[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), v0);
  return words[0] | words[1] | words[2] | words[3];
}

#define ZP_LOAD_512(at) _mm512_loadu_si512(at)
[[gnu::target("avx512f")]] std::uint64_t read_avx512(const std::byte* base, std::size_t bytes) {
  ZP_VECTOR_READ(__m512i, ZP_LOAD_512, _mm512_or_si512);
  std::uint64_t words[8], all = 0;
  _mm512_storeu_si512(words, v0);
  for (const std::uint64_t word : words) all |= word;
  return all;
}

constexpr VectorLoads kSse2{"SSE2", 16, read_sse2}, kAvx2{"AVX2", 32, read_avx2},
    kAvx512{"AVX-512", 64, read_avx512};

#elif defined(__aarch64__)

std::uint64_t read_neon(const std::byte* base, std::size_t bytes) {
  const auto load = [](const std::byte* at) {
    return vld1q_u64(reinterpret_cast<const std::uint64_t*>(at));
  };
  ZP_VECTOR_READ(uint64x2_t, load, vorrq_u64);
  return all_words(v0);
}

constexpr VectorLoads kNeon{"NEON", 16, read_neon};

#endif

}  // namespace

const VectorLoads* widest_vector_loads() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return &kAvx512;
  return __builtin_cpu_supports("avx2") ? &kAvx2 : &kSse2;
#elif defined(__aarch64__)
  return &kNeon;
#else
  return nullptr;
#endif
}

}  // namespace zp::programs
