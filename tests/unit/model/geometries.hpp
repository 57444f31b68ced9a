// SPDX-License-Identifier: MIT
// Geometries, tables and walks the model's tests share.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/model/machine.hpp"

namespace zp::model {

// How often a property is tried: less in builds for a debugger or a sanitizer, which are slow.
inline constexpr std::uint64_t rounds(std::uint64_t full) {
#ifdef NDEBUG
  return full;
#else
  return full / 10;
#endif
}

inline constexpr std::uint64_t kBase = 0x7f1200000000;

inline std::uint64_t bits(std::initializer_list<unsigned> which) {
  std::uint64_t mask = 0;
  for (const unsigned bit : which) mask |= std::uint64_t{1} << bit;
  return mask;
}

// As published: Lipp and others, "Take A Way", 2020, figure of the micro-tag functions.
inline const std::vector<std::uint64_t>& zen2_utag() {
  static const std::vector<std::uint64_t> masks{bits({12, 27}), bits({13, 26}), bits({14, 25}),
                                                bits({15, 20}), bits({16, 21}), bits({17, 22}),
                                                bits({18, 23}), bits({19, 24})};
  return masks;
}

// frames[i % count]: the table laid out by colour; count = pages gives private frames.
inline std::vector<std::uint64_t> coloured(std::size_t pages, std::size_t count,
                                           std::uint64_t first = 0x40000) {
  std::vector<std::uint64_t> pfns(pages);
  for (std::size_t i = 0; i < pages; ++i) pfns[i] = first + i % count;
  return pfns;
}

// A machine of a geometry that must be possible.
inline Machine machine_of(const Geometry& geometry) {
  auto machine = Machine::create(geometry);
  if (!machine) throw std::runtime_error(machine.error().message);
  return std::move(*machine);
}

inline Geometry one_level(std::uint64_t size, std::uint32_t ways, std::uint32_t line,
                          SynonymRule rule = SynonymRule::kNone) {
  Geometry geometry;
  geometry.caches = {{size, ways, line, Replacement::kLru}};
  geometry.synonyms = rule;
  return geometry;
}

// Small shapes, so that short walks fill and overflow every level. `rule` may ask for more.
inline Geometry random_geometry(std::mt19937_64& random, SynonymRule rule) {
  const auto pick = [&](auto... values) {
    const std::vector<std::uint64_t> all{static_cast<std::uint64_t>(values)...};
    return all[random() % all.size()];
  };
  const auto policy = [&] {
    return std::vector{Replacement::kLru, Replacement::kLru, Replacement::kFifo,
                       Replacement::kTreePlru}[random() % 4];
  };
  Geometry geometry;
  geometry.synonyms = rule;
  geometry.translate_on_miss = rule == SynonymRule::kLogicalTag && random() % 2;
  geometry.utag_bits = {bits({12, 15}), bits({13}), bits({14, 16, 17})};
  const auto l1_line = static_cast<std::uint32_t>(pick(16, 32, 64, 256));
  const std::size_t levels =
      rule == SynonymRule::kNone || rule == SynonymRule::kDuplicate || rule == SynonymRule::kUtag
          ? 1 + random() % 4
          : 2 + random() % 3;
  std::uint32_t line = l1_line;
  for (std::size_t k = 0; k < levels; ++k) {
    CacheGeometry cache;
    cache.replacement = policy();
    const bool plru = cache.replacement == Replacement::kTreePlru;
    cache.ways = static_cast<std::uint32_t>(plru ? pick(1, 2, 4, 8) : pick(1, 2, 3, 4, 6, 8, 12));
    const bool same_line = k == 1 && rule != SynonymRule::kVirtualCoherency;
    if (k > 0 && !same_line)
      line = std::min(1024U, line * static_cast<std::uint32_t>(pick(1, 1, 2, 4)));
    cache.line_bytes = line;
    std::uint64_t sets = pick(1, 4, 16, 64, 256, 3, 45, 120) << k;
    if (k == 0 && rule == SynonymRule::kUtag) sets = std::min<std::uint64_t>(sets, 4096 / line);
    if (k == 0 && rule == SynonymRule::kVirtualCoherency)
      sets = std::bit_floor(std::min<std::uint64_t>(sets, 32768 / line));
    cache.size_bytes = sets * cache.ways * line;
    geometry.caches.push_back(cache);
  }
  if (rule == SynonymRule::kExclusive && random() % 2) {
    const auto low = static_cast<unsigned>(pick(12, 12, 13, 14));
    const auto top_of_index =
        static_cast<unsigned>(std::bit_width(geometry.caches[0].way_bytes() - 1)) - 1;
    geometry.synonym_bits = {low,
                             std::max(low, top_of_index) + static_cast<unsigned>(random() % 4)};
  }
  for (std::size_t k = 0; k < random() % 3; ++k) {
    TlbGeometry tlb;
    tlb.replacement = policy();
    tlb.ways = static_cast<std::uint32_t>(pick(1, 2, 4, 16));
    tlb.entries = tlb.ways * static_cast<std::uint32_t>(pick(1, 4, 8, 3));
    tlb.pages_per_entry = static_cast<std::uint32_t>(pick(1, 1, 2));
    tlb.page_sizes_bytes = {4096, 16384};
    geometry.tlbs.push_back(tlb);
  }
  return geometry;
}

inline const std::vector<SynonymRule>& all_rules() {
  static const std::vector<SynonymRule> rules{
      SynonymRule::kNone,      SynonymRule::kUtag,       SynonymRule::kDuplicate,
      SynonymRule::kExclusive, SynonymRule::kLogicalTag, SynonymRule::kVirtualCoherency};
  return rules;
}

inline std::string describe(const Geometry& geometry) {
  std::string text{name_of(geometry.synonyms)};
  for (const auto& cache : geometry.caches)
    text += fmt::format(" {}B/{}w/{}B/{}", cache.size_bytes, cache.ways, cache.line_bytes,
                        name_of(cache.replacement));
  for (const auto& tlb : geometry.tlbs)
    text += fmt::format(" tlb {}/{}w x{} {}", tlb.entries, tlb.ways, tlb.pages_per_entry,
                        name_of(tlb.replacement));
  if (geometry.synonym_bits)
    text += fmt::format(" bits {}-{}", geometry.synonym_bits->first, geometry.synonym_bits->second);
  return text;
}

inline std::string describe(const Counts& counts) {
  return fmt::format("reads {} misses {} {} {} {} tlb {} {} synonym {} exceptions {}", counts.reads,
                     counts.misses[0], counts.misses[1], counts.misses[2], counts.misses[3],
                     counts.tlb_misses[0], counts.tlb_misses[1], counts.synonym_misses,
                     counts.exceptions);
}

inline Geometry s390_like(SynonymRule rule) {
  Geometry geometry = one_level(128 << 10, 8, 256, rule);  // way 16 KiB: 4 colours
  geometry.caches.push_back({2 << 20, 8, 256, Replacement::kLru});
  return geometry;
}

// R4000SC: primary 8 KiB direct mapped, 16-byte lines; secondary 1 MiB with 128-byte lines.
inline Geometry r4000sc_like(std::uint32_t secondary_line) {
  Geometry geometry = one_level(8 << 10, 1, 16, SynonymRule::kVirtualCoherency);
  geometry.caches.push_back({1 << 20, 1, secondary_line, Replacement::kLru});
  return geometry;
}

}  // namespace zp::model
