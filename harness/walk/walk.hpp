// SPDX-License-Identifier: MIT
// The order in which a table is read. A walk reads one 8-byte word per slot, every slot once.
// This folder includes nothing but std, so that a cache model can replay the very same walk.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace zp {

enum class Order {
  kSequential,  // slots in address order: throughput, prefetchers work
  kRandom,     // slots in shuffled order, addresses known in advance: throughput, prefetchers don't
  kDependent,  // shuffled, and each address needs the word read before: latency
};

std::string_view to_string(Order order);

// A bijection on [0, count), cheap enough to compute for each read, so that a shuffled walk needs
// no table of indices (which would compete for the very caches that are measured). Multiplication
// by an odd number and x ^= x >> s are both bijections on k bits. Values that fall beyond `count`
// are left out (for_each), or mapped again until they fall inside (operator()).
//
// How often a walk comes back to what a TLB or a cache still holds depends on the multipliers. With
// these it is within 12 % of what true shuffling gives, for pages and for the low bits of slots
// (the frames of a placement), in windows of 6 to 4096 reads and for k from 12 to 20. With two
// multiplications, none of 50 000 pairs was within 30 %. The seed only says where in the order a
// walk starts, so that the figures do not depend on it.
class Permutation {
 public:
  Permutation(std::uint64_t count, std::uint64_t seed);

  // The i-th value. For i in [0, count) they are the slots, though not in for_each's order unless
  // the count is a power of two.
  [[nodiscard]] std::uint64_t operator()(std::uint64_t i) const {
    do i = once(i);
    while (i >= count_);
    return i;
  }

  // Calls visit(slot) for each slot: the order of a shuffled walk.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::uint64_t i = 0; i < values(); ++i)
      if (const std::uint64_t slot = once(i); slot < count_) visit(slot);
  }

  // A bijection on [0, values()), the power of two that is not below the count.
  [[nodiscard]] std::uint64_t once(std::uint64_t i) const {
    i = (i * 0xaefbed2383975233 + offset_) & mask_;
    i ^= i >> shift_;
    i = (i * 0x78283e51284cbcb7) & mask_;
    i ^= i >> shift_;
    return (i * 0xeca8173ffd69482b) & mask_;
  }
  [[nodiscard]] std::uint64_t values() const { return mask_ + 1; }

 private:
  std::uint64_t count_, mask_, offset_;
  unsigned shift_;
};

struct Walk {
  const std::byte* base = nullptr;
  std::uint64_t stride_bytes = 0;  // a multiple of 8
  std::uint64_t reads = 0;         // slots; slot s starts at byte s * stride_bytes
  std::uint64_t page_bytes = 0;    // a power of two
  // Moves each read on within its page: slot s reads at s * rotate_bytes modulo the page.
  // Only for strides that are a multiple of the page; 0 keeps the offset fixed.
  std::uint64_t rotate_bytes = 0;
  Order order = Order::kSequential;
  std::uint64_t seed = 0;  // of the shuffled orders
  // Byte offsets of the pages that are read in place of the table's, round and round; a power of
  // two of them. Empty: the table's pages as they lie.
  std::span<const std::uint64_t> pages = {};

  [[nodiscard]] std::uint64_t offset_of_slot(std::uint64_t slot) const {
    return pages.empty() ? offset_in_table(slot) : offset_in_pages(slot);
  }

  [[nodiscard]] std::uint64_t offset_in_table(std::uint64_t slot) const {
    return slot * stride_bytes + ((slot * rotate_bytes) & (page_bytes - 1));
  }

  // REQUIRES: there are pages. A stride of several pages takes the next of them. A rotated offset
  // moves on once more each round, or every page would be read at a few offsets of its own only.
  [[nodiscard]] std::uint64_t offset_in_pages(std::uint64_t slot) const {
    const std::uint64_t at = slot * std::min(stride_bytes, page_bytes);
    const std::uint64_t turns = slot + (slot >> std::countr_zero(pages.size()));
    return pages[at >> std::countr_zero(page_bytes) & (pages.size() - 1)] +
           ((at + turns * rotate_bytes) & (page_bytes - 1));
  }
};

// Calls visit(byte offset from base) for each read in the walk's order: the definition that the
// kernels are tested against, and what a model replays.
template <class Visit>
void replay(const Walk& walk, Visit&& visit) {
  if (walk.order == Order::kSequential) {
    for (std::uint64_t i = 0; i < walk.reads; ++i) visit(walk.offset_of_slot(i));
  } else {
    Permutation(walk.reads, walk.seed).for_each([&](std::uint64_t slot) {
      visit(walk.offset_of_slot(slot));
    });
  }
}

// Thread `index` of `count`: its own contiguous share of the slots; of chosen pages, as many reads
// that begin with the first page.
Walk share_of(const Walk& walk, unsigned index, unsigned count);

}  // namespace zp
