// SPDX-License-Identifier: MIT
// The inner loop of a Machine, one instantiation per synonym rule. Private to machine.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/model/machine.hpp"
#include "harness/model/tag_store.hpp"
#include "harness/model/utag.hpp"

namespace zp::model {

struct Machine::Core {
  virtual ~Core() = default;
  virtual void run(std::span<const Access> accesses) = 0;
  virtual void run(const MappedTable& table, std::span<const std::uint64_t> offsets) = 0;
  virtual void run_strided(const MappedTable& table, std::uint64_t first, std::uint64_t stride,
                           std::uint64_t count) = 0;
  virtual std::vector<std::uint32_t> contents() const = 0;

  Geometry geometry;
  std::uint64_t mapping_bytes = 0;
  Counts counts;
};

template <SynonymRule kRule>
struct Machine::RuleCore final : Machine::Core {
  static constexpr bool kVirtualIndex =
      kRule != SynonymRule::kNone && kRule != SynonymRule::kUtag;  // a utag way lies within a page
  static constexpr bool kOneCopy =
      kRule == SynonymRule::kExclusive || kRule == SynonymRule::kLogicalTag;
  static constexpr bool kCoherent = kRule == SynonymRule::kVirtualCoherency;
  // The second level knows which copy the first one may hold, as the hardware's directory does.
  static constexpr bool kDirectory = kOneCopy || kCoherent;
  // An entry of the first level answers to some bits of the virtual address only.
  static constexpr bool kPageWord = kRule == SynonymRule::kUtag || kOneCopy;

  using FirstLevel = TagStore<kPageWord ? Payload::kWord : Payload::kNone>;
  using SecondLevel = TagStore<kDirectory ? Payload::kWord : Payload::kNone>;

  RuleCore(const Geometry& shape, std::uint64_t mapping, std::uint64_t granule)
      : l1(FirstLevel::of(shape.caches[0], apart(shape, 0, granule))), utag(shape.utag_bits) {
    geometry = shape;
    mapping_bytes = mapping;
    if (shape.caches.size() > 1)
      l2.emplace(SecondLevel::of(shape.caches[1], apart(shape, 1, granule)));
    if (shape.synonym_bits) {
      const auto [low, high] = *shape.synonym_bits;
      synonym_shift = low;
      synonym_mask = static_cast<std::uint32_t>((2ULL << (high - low)) - 1);
    }
    for (std::size_t k = 2; k < shape.caches.size(); ++k)
      deeper.push_back(TagStore<Payload::kNone>::of(shape.caches[k], apart(shape, k, granule)));
    for (const TlbGeometry& tlb : shape.tlbs) {
      const std::uint64_t unit = entry_page_bytes(tlb, mapping) * tlb.pages_per_entry;
      const auto shift = static_cast<unsigned>(std::countr_zero(unit));
      tlbs.emplace_back(tlb.entries / tlb.ways, tlb.ways, unit, unit, shift, tlb.replacement);
    }
  }

  [[gnu::flatten]] void run(std::span<const Access> accesses) override {
    counts.reads += accesses.size();
    for (const Access& access : accesses) read(access.virtual_address, access.physical_address);
  }

  [[gnu::flatten]] void run(const MappedTable& table,
                            std::span<const std::uint64_t> offsets) override {
    counts.reads += offsets.size();
    for (const std::uint64_t offset : offsets)
      read(table.virtual_address(offset), table.physical_address(offset));
  }

  // Page by page, so that the translation is made once per page; within a page only one read per
  // line is looked up, as the others find the line they have just used.
  [[gnu::flatten]] void run_strided(const MappedTable& table, std::uint64_t first,
                                    std::uint64_t stride, std::uint64_t count) override {
    counts.reads += count;
    const std::uint64_t line = std::uint64_t{1} << l1.unit_shift();
    // Where the stride divides the line and the first read is the first of its line, steps of a
    // line meet every line once.
    const bool by_line = stride <= line && line % stride == 0 && first % line < stride;
    const std::uint64_t step = by_line ? line : stride;
    const std::uint64_t last = first + stride * (count - 1);
    const bool new_line_each_step = step >= line && geometry.prefetch == Prefetch::kNone;
    read(table.virtual_address(first), table.physical_address(first));
    for (std::uint64_t offset = first + step; offset <= last;) {
      const std::uint64_t end = std::min(last, offset | 4095) + 1;
      const std::uint64_t va = table.virtual_address(0);
      const std::uint64_t pa = table.physical_address(offset) - offset;
      if (!new_line_each_step) {
        for (; offset < end; offset += step) read(va + offset, pa + offset);
        continue;
      }
      enter_page(va + offset);
      for (; offset < end; offset += step) look_up(va + offset, pa + offset);
      remember_line(va + offset - step, pa + offset - step);
    }
  }

  std::vector<std::uint32_t> contents() const override {
    std::vector<std::uint32_t> all;
    l1.append_contents(all);
    if (l2) l2->append_contents(all);
    for (const auto& cache : deeper) cache.append_contents(all);
    for (const auto& tlb : tlbs) tlb.append_contents(all);
    for (const std::uint64_t word :
         {last_line_va, last_line_pa, last_page, std::uint64_t{page_word},
          std::uint64_t{translated}, previous_va, static_cast<std::uint64_t>(previous_distance)})
      FirstLevel::append_word(all, word);
    return all;
  }

 private:
  // How far apart the lines of level k are that can be read: where one of the longest is read a
  // granule, shorter ones of another level lie in groups, and their level is kept whole.
  static std::uint64_t apart(const Geometry& shape, std::size_t k, std::uint64_t granule) {
    const std::uint32_t line = shape.caches[k].line_bytes;
    return granule != 0 && line == longest_line_bytes(shape) ? granule : line;
  }

  void read(std::uint64_t va, std::uint64_t pa) {
    if ((va >> l1.unit_shift()) == last_line_va && (pa >> l1.unit_shift()) == last_line_pa) return;
    remember_line(va, pa);
    enter_page(va);
    if (geometry.prefetch == Prefetch::kNone) [[likely]]
      look_up(va, pa);
    else
      look_up_and_prefetch(va, pa);
  }

  void remember_line(std::uint64_t va, std::uint64_t pa) {
    last_line_va = va >> l1.unit_shift();
    last_line_pa = pa >> l1.unit_shift();
  }

  void enter_page(std::uint64_t va) {
    if ((va >> 12) == last_page) return;
    last_page = va >> 12;
    if constexpr (kRule == SynonymRule::kUtag) page_word = utag(va);
    if constexpr (kRule == SynonymRule::kLogicalTag)
      page_word = static_cast<std::uint32_t>(va >> 12);
    if constexpr (kRule == SynonymRule::kExclusive)
      page_word = static_cast<std::uint32_t>(va >> synonym_shift) & synonym_mask;
    translated = false;
    if (!geometry.translate_on_miss) translate(va);
  }

  // In the page entered last.
  void look_up(std::uint64_t va, std::uint64_t pa) {
    const std::uint32_t set = l1.set_of(kVirtualIndex ? va : pa);
    const std::uint32_t tag = l1.tag_of(pa);
    const std::uint32_t slot = l1.find(set, tag);
    if (slot != kNotFound) {
      if constexpr (kPageWord) {
        if (l1.payload(set, slot) != page_word) return retag(va, pa, set, slot);
      }
      l1.touch(set, slot);
      return;
    }
    ++counts.misses[0];
    translate(va);
    if constexpr (kOneCopy) {
      fetch_only_copy(pa, set);
      l1.insert(set, tag, page_word);
    } else if constexpr (kCoherent) {
      fetch_coherent(va, pa);
      l1.insert(set, tag);
    } else {
      fetch(pa);
      fill(set, tag);
    }
  }

  // Once a page is translated, it is the most recent entry of every TLB level that was asked.
  void translate(std::uint64_t va) {
    if (translated) return;
    translated = true;
    for (std::size_t k = 0; k < tlbs.size(); ++k) {
      if (tlbs[k].access(va)) return;
      ++counts.tlb_misses[k];
    }
  }

  // The line is in its set, but answers to other bits of the virtual address: the next level is
  // asked all the same, and the entry then answers to the new ones.
  void retag(std::uint64_t va, std::uint64_t pa, std::uint32_t set, std::uint32_t slot) {
    ++counts.misses[0];
    ++counts.synonym_misses;
    translate(va);
    if constexpr (kRule == SynonymRule::kUtag) {
      fetch(pa);
      // Two entries of a set never share a utag: the older owner of the new one gives way.
      const std::uint32_t rival = l1.find_payload(set, page_word);
      if (rival != kNotFound) {
        const std::uint32_t tag = l1.tag_of(pa);
        l1.invalidate(set, rival);
        slot = l1.find(set, tag);  // closing the gap may have moved it
      }
    } else {
      const std::uint32_t at = l2->find(l2->set_of(pa), l2->tag_of(pa));
      l2->touch(l2->set_of(pa), at);  // a subset: it is there
    }
    l1.set_payload(set, slot, page_word);
    l1.touch(set, slot);
  }

  void fill(std::uint32_t set, std::uint32_t tag) {
    if constexpr (kRule == SynonymRule::kUtag) {
      const std::uint32_t rival = l1.find_payload(set, page_word);
      if (rival != kNotFound) l1.invalidate(set, rival);
    }
    l1.insert(set, tag, page_word);
  }

  // From the second level down.
  void fetch(std::uint64_t pa) {
    if (!l2) return;
    if (l2->access(pa)) return;
    ++counts.misses[1];
    fetch_deeper(pa);
  }

  void fetch_deeper(std::uint64_t pa) {
    for (std::size_t k = 0; k < deeper.size(); ++k) {
      if (deeper[k].access(pa)) return;
      ++counts.misses[k + 2];
    }
  }

  // exclusive, logical_tag: the directory's word is the first level's set of the only copy.
  void fetch_only_copy(std::uint64_t pa, std::uint32_t own_set) {
    const std::uint32_t set = l2->set_of(pa);
    const std::uint32_t tag = l2->tag_of(pa);
    const std::uint32_t slot = l2->find(set, tag);
    if (slot != kNotFound) {
      const std::uint32_t copy_set = l2->payload(set, slot);
      if (copy_set != own_set) {
        l2->set_payload(set, slot, own_set);
        if (drop(copy_set, pa)) ++counts.synonym_misses;
      }
      l2->touch(set, slot);
      return;
    }
    ++counts.misses[1];
    fetch_deeper(pa);
    const auto evicted = l2->insert(set, tag, own_set);
    if (evicted.tag != kEmptyTag) drop(evicted.payload, l2->address_of(set, evicted.tag));
  }

  // virtual_coherency: the directory's word is PIdx, the colour the whole secondary line has.
  void fetch_coherent(std::uint64_t va, std::uint64_t pa) {
    const auto [low, high] = geometry.coherency_bits;
    const auto colour = static_cast<std::uint32_t>((va >> low) & ((2ULL << (high - low)) - 1));
    const std::uint32_t set = l2->set_of(pa);
    const std::uint32_t tag = l2->tag_of(pa);
    const std::uint32_t slot = l2->find(set, tag);
    if (slot != kNotFound && l2->payload(set, slot) == colour) {
      l2->touch(set, slot);
      return;
    }
    ++counts.misses[1];
    if (slot != kNotFound) {
      // The kernel's handler evicts the secondary line, and with it its primary lines; the read is
      // then repeated and refilled from below.
      ++counts.exceptions;
      ++counts.synonym_misses;
      drop_lines(l2->payload(set, slot), l2->address_of(set, tag));
      l2->set_payload(set, slot, colour);
      l2->touch(set, slot);
      fetch_deeper(pa);
      return;
    }
    fetch_deeper(pa);
    const auto evicted = l2->insert(set, tag, colour);
    if (evicted.tag != kEmptyTag) drop_lines(evicted.payload, l2->address_of(set, evicted.tag));
  }

  bool drop(std::uint32_t l1_set, std::uint64_t pa) {
    const std::uint32_t slot = l1.find(l1_set, l1.tag_of(pa));
    if (slot == kNotFound) return false;
    l1.invalidate(l1_set, slot);
    return true;
  }

  void drop_lines(std::uint32_t colour, std::uint64_t secondary_line) {
    const std::uint64_t line = std::uint64_t{1} << l1.unit_shift();
    const std::uint64_t end = secondary_line + (std::uint64_t{1} << l2->unit_shift());
    for (std::uint64_t pa = secondary_line; pa < end; pa += line) {
      const std::uint64_t index = (std::uint64_t{colour} << 12) | (pa & 0xfff);
      drop(l1.set_of(index), pa);
    }
  }

  // Never beyond the page. A line fetched ahead is there in time and used once.
  [[gnu::noinline]] void look_up_and_prefetch(std::uint64_t va, std::uint64_t pa) {
    const std::uint64_t missed_before = counts.misses[0];
    look_up(va, pa);
    const auto line = static_cast<std::int64_t>(std::uint64_t{1} << l1.unit_shift());
    std::int64_t ahead = 0;
    if (geometry.prefetch == Prefetch::kNextLine) {
      if (counts.misses[0] != missed_before) ahead = line;
    } else {
      const auto distance = static_cast<std::int64_t>(va - previous_va);
      if (distance == previous_distance) ahead = distance;
      previous_distance = distance;
      previous_va = va;
    }
    const std::uint64_t next = va + static_cast<std::uint64_t>(ahead);
    if (ahead == 0 || (next >> 12) != (va >> 12)) return;
    const Counts demand = counts;
    look_up(next, pa + static_cast<std::uint64_t>(ahead));
    const bool fetched = counts.misses[0] != demand.misses[0];
    counts = demand;
    counts.prefetches += fetched ? 1 : 0;
  }

  FirstLevel l1;
  std::optional<SecondLevel> l2;
  std::vector<TagStore<Payload::kNone>> deeper;
  std::vector<TagStore<Payload::kNone>> tlbs;
  Utag utag;

  // Of the last read: ~0 is neither a line nor a page of an address the model takes.
  std::uint64_t last_line_va = ~std::uint64_t{0};
  std::uint64_t last_line_pa = ~std::uint64_t{0};
  std::uint64_t last_page = ~std::uint64_t{0};
  std::uint32_t page_word = 0;  // utag, virtual page or synonym bits of the last read
  unsigned synonym_shift = 12;
  std::uint32_t synonym_mask = 0;
  bool translated = false;
  std::uint64_t previous_va = 0;
  std::int64_t previous_distance = 0;
};

}  // namespace zp::model
