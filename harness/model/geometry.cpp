// SPDX-License-Identifier: MIT
#include "harness/model/geometry.hpp"

#include <string>

#include "harness/support/words.hpp"

namespace zp::model {
namespace {

constexpr std::uint64_t kSmallestPage = 4096;
constexpr std::size_t kMaxUtagBits = 31;  // a utag of 32 ones would be the mark of an empty entry
// 64 MiB of tags: 1 GiB in lines of 64 bytes. A TLB is searched entry by entry.
constexpr std::uint64_t kMostLines = 1 << 24, kMostTlbEntries = 0xffff;

Outcome<void> check_cache(const CacheGeometry& cache, const std::string& name) {
  if (cache.ways == 0 || cache.ways > kMaxWays)
    return fail(ExitCode::kUsage, "{}: {} ways; the model takes 1 to {}", name, cache.ways,
                kMaxWays);
  if (cache.line_bytes < 8 || cache.line_bytes > kSmallestPage ||
      !std::has_single_bit(cache.line_bytes))
    return fail(ExitCode::kUsage, "{}: line of {} bytes; it must be a power of two from 8 to {}",
                name, cache.line_bytes, kSmallestPage);
  const std::uint64_t sets = cache.sets();
  if (sets * cache.ways * cache.line_bytes != cache.size_bytes || sets == 0)
    return fail(ExitCode::kUsage,
                "{}: {} bytes in {} ways of {}-byte lines is no whole number of sets; check size, "
                "ways and line",
                name, cache.size_bytes, cache.ways, cache.line_bytes);
  if (sets > kMostLines / ((cache.ways + 7) / 8 * 8))
    return fail(ExitCode::kUsage, "{}: {} bytes is more than the model holds", name,
                cache.size_bytes);
  if (cache.replacement == Replacement::kTreePlru && !std::has_single_bit(cache.ways))
    return fail(ExitCode::kUsage, "{}: tree_plru needs a power of two of ways, not {}", name,
                cache.ways);
  return {};
}

Outcome<void> check_tlb(const TlbGeometry& tlb, const std::string& name) {
  const bool shaped = tlb.ways != 0 && tlb.entries % tlb.ways == 0 && tlb.entries != 0;
  if (tlb.entries > kMostTlbEntries)
    return fail(ExitCode::kUsage, "{}: {} entries; the model takes up to {}", name, tlb.entries,
                kMostTlbEntries);
  if (!shaped)
    return fail(ExitCode::kUsage, "{}: {} entries in {} ways is no whole number of sets", name,
                tlb.entries, tlb.ways);
  if (tlb.replacement == Replacement::kTreePlru &&
      (!std::has_single_bit(tlb.ways) || tlb.ways > kMaxWays))
    return fail(ExitCode::kUsage, "{}: tree_plru needs a power of two of ways up to {}, not {}",
                name, kMaxWays, tlb.ways);
  if (tlb.pages_per_entry == 0 || !std::has_single_bit(tlb.pages_per_entry))
    return fail(ExitCode::kUsage, "{}: {} pages an entry; it must be a power of two", name,
                tlb.pages_per_entry);
  if (tlb.page_sizes_bytes.empty()) return fail(ExitCode::kUsage, "{}: no page size", name);
  for (std::uint64_t bytes : tlb.page_sizes_bytes)
    if (!std::has_single_bit(bytes) || bytes < kSmallestPage)
      return fail(ExitCode::kUsage, "{}: page size {} is not a power of two from {} up", name,
                  bytes, kSmallestPage);
  return {};
}

Outcome<void> check_rule(const Geometry& geometry) {
  const CacheGeometry& l1 = geometry.caches[0];
  const SynonymRule rule = geometry.synonyms;
  const bool one_copy = rule == SynonymRule::kExclusive || rule == SynonymRule::kLogicalTag;
  const bool coherent = rule == SynonymRule::kVirtualCoherency;
  if (one_copy || coherent) {
    if (geometry.caches.size() < 2)
      return fail(ExitCode::kUsage,
                  "l1d: rule {} needs a second level: its directory knows the copy", name_of(rule));
    const CacheGeometry& l2 = geometry.caches[1];
    if (one_copy && l1.line_bytes != l2.line_bytes)
      return fail(ExitCode::kUsage, "l2: rule {} needs the line of l1d ({} bytes), not {}",
                  name_of(rule), l1.line_bytes, l2.line_bytes);
    if (coherent && l2.line_bytes < l1.line_bytes)
      return fail(ExitCode::kUsage, "l2: a line of {} bytes is below that of l1d ({})",
                  l2.line_bytes, l1.line_bytes);
  }
  if (geometry.translate_on_miss && rule != SynonymRule::kLogicalTag)
    return fail(ExitCode::kUsage, "dtlb: a look-up on misses only needs rule logical_tag, not {}",
                name_of(rule));
  if (coherent && !std::has_single_bit(l1.sets()))
    return fail(ExitCode::kUsage, "l1d: rule {} needs a power of two of sets, not {}",
                name_of(rule), l1.sets());
  if (coherent) {
    const auto [low, high] = geometry.coherency_bits;
    if (low != 12 || high < low || high > 20 || l1.way_bytes() > (2ULL << high))
      return fail(ExitCode::kUsage,
                  "l1d: coherency bits {}..{} must start at 12 and cover the index of a way of {} "
                  "bytes",
                  low, high, l1.way_bytes());
  }
  if (geometry.synonym_bits) {
    const auto [low, high] = *geometry.synonym_bits;
    if (rule != SynonymRule::kExclusive)
      return fail(ExitCode::kUsage, "l1d: synonym bits belong to rule exclusive, not {}",
                  name_of(rule));
    if (low < 12 || high < low || high > 42 || l1.way_bytes() > (2ULL << high))
      return fail(ExitCode::kUsage,
                  "l1d: synonym bits {}..{} must lie in 12..42 and reach the top of the index of "
                  "a way of {} bytes",
                  low, high, l1.way_bytes());
  }
  if (rule == SynonymRule::kUtag) {
    if (geometry.utag_bits.empty() || geometry.utag_bits.size() > kMaxUtagBits)
      return fail(ExitCode::kUsage, "l1d: rule utag needs 1 to {} hash bits", kMaxUtagBits);
    for (const std::uint64_t mask : geometry.utag_bits)
      if (mask == 0 || (mask & 0xfff) != 0 || (mask >> 52) != 0)
        return fail(ExitCode::kUsage, "l1d: utag bits of mask {:#x} must lie in 12..51", mask);
    if (l1.way_bytes() > kSmallestPage)
      return fail(ExitCode::kUsage, "l1d: rule utag needs a way within a page, not {} bytes",
                  l1.way_bytes());
  }
  return {};
}

}  // namespace

Outcome<void> check(const Geometry& geometry) {
  if (geometry.caches.empty() || geometry.caches.size() > kMaxCaches)
    return fail(ExitCode::kUsage, "{} cache levels; the model takes 1 to {}",
                geometry.caches.size(), kMaxCaches);
  if (geometry.tlbs.size() > kMaxTlbs)
    return fail(ExitCode::kUsage, "{} TLB levels; the model takes up to {}", geometry.tlbs.size(),
                kMaxTlbs);
  for (std::size_t k = 0; k < geometry.caches.size(); ++k) {
    const std::string name = k == 0 ? "l1d" : fmt::format("l{}", k + 1);
    if (auto ok = check_cache(geometry.caches[k], name); !ok) return ok;
  }
  for (std::size_t k = 0; k < geometry.tlbs.size(); ++k)
    if (auto ok = check_tlb(geometry.tlbs[k], fmt::format("dtlb{}", k + 1)); !ok) return ok;
  return check_rule(geometry);
}

std::uint64_t longest_line_bytes(const Geometry& geometry) {
  std::uint64_t longest = 0;
  for (const CacheGeometry& cache : geometry.caches)
    longest = std::max<std::uint64_t>(longest, cache.line_bytes);
  return longest;
}

bool Geometry::has_chance() const {
  const auto random = [](const auto& level) { return level.replacement == Replacement::kRandom; };
  return std::ranges::any_of(caches, random) || std::ranges::any_of(tlbs, random);
}

std::uint64_t entry_page_bytes(const TlbGeometry& tlb, std::uint64_t mapping_bytes) {
  std::uint64_t best = 0;
  for (std::uint64_t bytes : tlb.page_sizes_bytes)
    if (bytes <= mapping_bytes) best = std::max(best, bytes);
  return best;
}

std::string_view name_of(Replacement replacement) {
  return word_for(replacement, {"lru", "fifo", "random", "tree_plru"});
}

std::string_view name_of(SynonymRule rule) {
  return word_for(rule,
                  {"none", "utag", "duplicate", "exclusive", "logical_tag", "virtual_coherency"});
}

std::string_view name_of(Prefetch prefetch) {
  return word_for(prefetch, {"none", "next_line", "stride"});
}

}  // namespace zp::model
