// SPDX-License-Identifier: MIT
#include "harness/walk/kernels.hpp"

#include <algorithm>
#include <bit>

// GCC's noipa keeps a caller from learning that a kernel is pure, which noinline alone does not.
#if defined(__clang__)
#define ZP_KERNEL [[gnu::noinline]]
#else
#define ZP_KERNEL [[gnu::noipa]]
#endif

namespace zp {

// Not in an anonymous namespace: the test of the machine code finds them by name.
namespace kernels {

inline std::uint64_t load(const std::byte* address) {
  return *reinterpret_cast<const std::uint64_t*>(address);
}

// A value that the compiler knows nothing of. Else clang makes the eight addresses below one chain
// of additions, which takes longer than the loads (L1-resident: 0.32 ns per read, not 0.13).
template <class T>
T opaque(T value) {
  asm("" : "+r"(value));
  return value;
}

// Eight independent loads a turn, each with a sum of its own: what bounds the loop is the memory,
// not the loop.
ZP_KERNEL std::uint64_t sequential(const std::byte* at, std::uint64_t stride, std::uint64_t reads) {
  const std::uint64_t two = opaque(2 * stride), three = opaque(3 * stride), eight = 8 * stride;
  const std::byte* far = opaque(at + 4 * stride);
  std::uint64_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0, sum4 = 0, sum5 = 0, sum6 = 0, sum7 = 0;
  for (std::uint64_t turn = reads / 8; turn != 0; --turn) {
    sum0 += load(at);
    sum1 += load(at + stride);
    sum2 += load(at + two);
    sum3 += load(at + three);
    at = opaque(at + eight);  // here, not below: the next turn's loads need not wait for it
    sum4 += load(far);
    sum5 += load(far + stride);
    sum6 += load(far + two);
    sum7 += load(far + three);
    far = opaque(far + eight);
  }
  for (reads %= 8; reads != 0; --reads, at += stride) sum0 += load(at);
  return sum0 + sum1 + sum2 + sum3 + sum4 + sum5 + sum6 + sum7;
}

// Strides of whole pages, with the offset in the page moved on at every read.
ZP_KERNEL std::uint64_t sequential_rotated(const std::byte* at, std::uint64_t stride,
                                           std::uint64_t reads, std::uint64_t rotate,
                                           std::uint64_t page_mask) {
  std::uint64_t sum0 = 0, sum1 = 0, turned = 0;
  for (std::uint64_t turn = reads / 4; turn != 0; --turn, at += 4 * stride, turned += 4 * rotate) {
    sum0 += load(at + (turned & page_mask));
    sum1 += load(at + stride + ((turned + rotate) & page_mask));
    sum0 += load(at + 2 * stride + ((turned + 2 * rotate) & page_mask));
    sum1 += load(at + 3 * stride + ((turned + 3 * rotate) & page_mask));
  }
  for (reads %= 4; reads != 0; --reads, at += stride, turned += rotate)
    sum0 += load(at + (turned & page_mask));
  return sum0 + sum1;
}

// Calls read(slot) in the order of Permutation::for_each. Where values fall beyond the count, they
// are left out some dozens at a time: a branch for each would be guessed wrong every few reads,
// which takes longer than most reads do.
template <class Read>
void for_each_slot(const Permutation& order, std::uint64_t count, Read&& read) {
  const Permutation shuffled = order;  // in registers: the compiler knows nothing of the original's
  if (shuffled.values() == count) {
    for (std::uint64_t i = 0; i < count; ++i) read(shuffled.once(i));
    return;
  }
  constexpr std::uint64_t kBatch = 64;
  std::uint64_t slots[kBatch];
  for (std::uint64_t i = 0; i < shuffled.values();) {
    std::uint64_t found = 0;
    for (const std::uint64_t end = std::min(i + kBatch, shuffled.values()); i < end; ++i) {
      slots[found] = shuffled.once(i);
      found += slots[found] < count ? 1 : 0;
    }
    for (std::uint64_t k = 0; k < found; ++k) read(slots[k]);
  }
}

ZP_KERNEL std::uint64_t random(const Walk& walk, const Permutation& order) {
  const Walk w = walk;
  std::uint64_t sum = 0;
  for_each_slot(order, w.reads,
                [&](std::uint64_t slot) { sum += load(w.base + w.offset_in_table(slot)); });
  return sum;
}

// As `random` where the count of slots is a power of two: no value falls beyond it.
template <class AddressOf>
std::uint64_t random_sum(std::uint64_t reads, const Permutation& shuffled, AddressOf address_of) {
  std::uint64_t sum0 = 0, sum1 = 0, i = 0;
  for (; i + 2 <= reads; i += 2) {
    sum0 += load(address_of(shuffled.once(i)));
    sum1 += load(address_of(shuffled.once(i + 1)));
  }
  if (i < reads) sum0 += load(address_of(shuffled.once(i)));
  return sum0 + sum1;
}

ZP_KERNEL std::uint64_t random_power_of_two(const Walk& walk, const Permutation& order) {
  const Walk w = walk;
  const Permutation shuffled = order;
  return random_sum(w.reads, shuffled,
                    [w](std::uint64_t slot) { return w.base + slot * w.stride_bytes; });
}

ZP_KERNEL std::uint64_t random_power_of_two_rotated(const Walk& walk, const Permutation& order) {
  const Walk w = walk;
  const Permutation shuffled = order;
  return random_sum(w.reads, shuffled,
                    [w](std::uint64_t slot) { return w.base + w.offset_in_table(slot); });
}

// The word read last is an operand of the next address (masked with a zero that the compiler does
// not know to be one), so a load can't start before the one before it has ended, whatever the
// table holds. Everything else of the address does not depend on it and is computed ahead.
ZP_KERNEL std::uint64_t dependent(const Walk& walk, const Permutation& order, std::uint64_t zero) {
  const Walk w = walk;
  std::uint64_t sum = 0, word = 0;
  for_each_slot(order, w.reads, [&](std::uint64_t slot) {
    word = load(w.base + w.offset_in_table(slot) + (word & zero));
    sum += word;
  });
  return sum;
}

// The same three orders over chosen pages. Each address costs a look-up in their list, a few lines
// that stay in the first level; it waits for no other read.
ZP_KERNEL std::uint64_t chosen_sequential(const Walk& walk) {
  const std::byte* base = walk.base;
  const std::uint64_t* pages = walk.pages.data();
  const std::uint64_t step = std::min(walk.stride_bytes, walk.page_bytes);
  const std::uint64_t last = walk.pages.size() - 1, mask = walk.page_bytes - 1;
  const auto shift = static_cast<unsigned>(std::countr_zero(walk.page_bytes));
  std::uint64_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0, at = 0;
  const auto next = [&] {
    const std::byte* address = base + pages[at >> shift & last] + (at & mask);
    at += step;
    return address;
  };
  for (std::uint64_t turn = walk.reads / 4; turn != 0; --turn) {
    sum0 += load(next());
    sum1 += load(next());
    sum2 += load(next());
    sum3 += load(next());
  }
  for (std::uint64_t left = walk.reads % 4; left != 0; --left) sum0 += load(next());
  return sum0 + sum1 + sum2 + sum3;
}

ZP_KERNEL std::uint64_t chosen_rotated(const Walk& walk) {
  const Walk w = walk;
  std::uint64_t sum0 = 0, sum1 = 0, i = 0;
  for (; i + 2 <= w.reads; i += 2) {
    sum0 += load(w.base + w.offset_in_pages(i));
    sum1 += load(w.base + w.offset_in_pages(i + 1));
  }
  if (i < w.reads) sum0 += load(w.base + w.offset_in_pages(i));
  return sum0 + sum1;
}

ZP_KERNEL std::uint64_t chosen_random(const Walk& walk, const Permutation& order) {
  const Walk w = walk;
  std::uint64_t sum = 0;
  for_each_slot(order, w.reads,
                [&](std::uint64_t slot) { sum += load(w.base + w.offset_in_pages(slot)); });
  return sum;
}

ZP_KERNEL std::uint64_t chosen_dependent(const Walk& walk, const Permutation& order,
                                         std::uint64_t zero) {
  const Walk w = walk;
  std::uint64_t sum = 0, word = 0;
  for_each_slot(order, w.reads, [&](std::uint64_t slot) {
    word = load(w.base + w.offset_in_pages(slot) + (word & zero));
    sum += word;
  });
  return sum;
}

}  // namespace kernels

std::uint64_t run_walk(const Walk& walk) {
  if (!walk.pages.empty()) {
    if (walk.order == Order::kSequential)
      return walk.rotate_bytes == 0 ? kernels::chosen_sequential(walk)
                                    : kernels::chosen_rotated(walk);
    const Permutation shuffled(walk.reads, walk.seed);
    return walk.order == Order::kDependent ? kernels::chosen_dependent(walk, shuffled, 0)
                                           : kernels::chosen_random(walk, shuffled);
  }
  if (walk.order == Order::kSequential && walk.rotate_bytes == 0)
    return kernels::sequential(walk.base, walk.stride_bytes, walk.reads);
  if (walk.order == Order::kSequential)
    return kernels::sequential_rotated(walk.base, walk.stride_bytes, walk.reads, walk.rotate_bytes,
                                       walk.page_bytes - 1);
  const Permutation shuffled(walk.reads, walk.seed);
  if (walk.order == Order::kDependent) return kernels::dependent(walk, shuffled, 0);
  if (shuffled.values() != walk.reads) return kernels::random(walk, shuffled);
  return walk.rotate_bytes == 0 ? kernels::random_power_of_two(walk, shuffled)
                                : kernels::random_power_of_two_rotated(walk, shuffled);
}

}  // namespace zp
