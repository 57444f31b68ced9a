// SPDX-License-Identifier: MIT
// The shape of a data-cache hierarchy and its TLBs: plain numbers, no latencies, no sources
// (those belong to a Description). What a Machine is built from.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/support/error.hpp"

namespace zp::model {

inline constexpr std::size_t kMaxCaches = 4;
inline constexpr std::size_t kMaxTlbs = 3;
inline constexpr std::uint32_t kMaxWays = 64;

enum class Replacement { kLru, kFifo, kRandom, kTreePlru };

// What the first level does when a frame it holds is read through another virtual address.
// Each is sourced in docs/model.md.
enum class SynonymRule {
  kNone,              // indexed and tagged by physical address: an alias is a plain hit
  kUtag,              // AMD Zen: a hit also needs an equal hash of the virtual address
  kDuplicate,         // virtual index, no detection: a copy per colour, no penalty beyond capacity
  kExclusive,         // one copy: an alias at another index, or other synonym bits, moves the line
  kLogicalTag,        // a hit needs the same virtual page: any alias is a miss that retags
  kVirtualCoherency,  // R4000SC: the secondary line knows one colour, another one is an exception
};

enum class Prefetch { kNone, kNextLine, kStride };

struct CacheGeometry {
  std::uint64_t size_bytes = 0;
  std::uint32_t ways = 0;
  std::uint32_t line_bytes = 0;
  Replacement replacement = Replacement::kLru;

  std::uint64_t way_bytes() const { return size_bytes / ways; }
  std::uint64_t sets() const { return way_bytes() / line_bytes; }
  // Bits below are those of the set, in whatever address it is taken from: tags do without them.
  // Bits from 12 up can differ between a virtual and a physical address, so they are all kept.
  unsigned tag_shift() const {
    return std::min(12U, static_cast<unsigned>(std::countr_zero(way_bytes())));
  }
};

struct TlbGeometry {
  std::uint32_t entries = 0;
  std::uint32_t ways = 0;  // ways == entries: fully associative
  Replacement replacement = Replacement::kLru;
  std::uint32_t pages_per_entry = 1;            // 2 on MIPS: an even and an odd page
  std::vector<std::uint64_t> page_sizes_bytes;  // what one entry can map, ascending
};

struct Geometry {
  std::vector<CacheGeometry> caches;  // the first level first
  std::vector<TlbGeometry> tlbs;      // may be empty
  SynonymRule synonyms = SynonymRule::kNone;
  // kUtag: bit i of the utag is the parity of the virtual address under this mask.
  std::vector<std::uint64_t> utag_bits;
  // kExclusive: the lowest and the highest bit of the virtual address that a hit needs equal,
  // besides the index. Without them the index alone decides.
  std::optional<std::pair<unsigned, unsigned>> synonym_bits;
  // kVirtualCoherency: the lowest and the highest bit of the virtual address kept as PIdx.
  std::pair<unsigned, unsigned> coherency_bits{12, 14};
  Prefetch prefetch = Prefetch::kNone;
  // A first level that is looked up by virtual address alone needs a translation only to fill.
  bool translate_on_miss = false;

  bool has_chance() const;  // some level replaces at random
};

std::uint64_t longest_line_bytes(const Geometry& geometry);

// Refuses what can't be built (sizes that give no whole number of sets, a rule without the level it
// needs, ...) with one line that names the level.
Outcome<void> check(const Geometry& geometry);

// The largest page size of `tlb` that is not above the mapping: larger mappings are entered in
// pieces of it. 0 when it holds only larger pages.
std::uint64_t entry_page_bytes(const TlbGeometry& tlb, std::uint64_t mapping_bytes);

// Names as the CPU descriptions write them.
std::string_view name_of(Replacement replacement);
std::string_view name_of(SynonymRule rule);
std::string_view name_of(Prefetch prefetch);

}  // namespace zp::model
