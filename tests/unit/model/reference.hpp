// SPDX-License-Identifier: MIT
// The model's rules written once more, as plainly as possible and with no thought of speed: every
// read is looked up, a synonym is found by looking through the whole first level, sets are vectors
// from the oldest entry to the newest. What Machine is held against.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "harness/model/machine.hpp"

namespace zp::model::reference {

struct Entry {
  std::uint64_t line = 0;  // physical line number (virtual page number in a TLB)
  std::uint64_t word = 0;  // utag, virtual page or colour
};

class Set {
 public:
  Set(std::uint32_t ways, Replacement policy) : policy_(policy), slots_(ways), tree_(2 * ways) {}

  Entry* find(std::uint64_t line) {
    for (auto& slot : slots_)
      if (slot && slot->line == line) return &*slot;
    return nullptr;
  }
  Entry* find_word(std::uint64_t word) {
    for (auto& slot : slots_)
      if (slot && slot->word == word) return &*slot;
    return nullptr;
  }
  void use(std::uint64_t line) {
    if (policy_ == Replacement::kTreePlru) return walk_tree(index_of(line));
    if (policy_ != Replacement::kLru) return;
    const Entry entry = *find(line);
    remove(line);
    append(entry);
  }
  // Order of slots under LRU and FIFO: empty ones first, then from oldest to newest.
  std::optional<Entry> add(const Entry& entry) {
    if (policy_ != Replacement::kTreePlru) {
      const auto oldest = slots_.front();
      append(entry);
      return oldest;
    }
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (!slots_[i]) {
        slots_[i] = entry;
        walk_tree(i);
        return std::nullopt;
      }
    std::size_t low = 0, high = slots_.size(), node = 1;
    while (high - low > 1) {
      const std::size_t middle = (low + high) / 2;
      const bool right = tree_[node];
      (right ? low : high) = middle;
      node = 2 * node + (right ? 1 : 0);
    }
    const auto evicted = slots_[low];
    slots_[low] = entry;
    walk_tree(low);
    return evicted;
  }
  void remove(std::uint64_t line) {
    const std::size_t at = index_of(line);
    slots_[at].reset();
    if (policy_ == Replacement::kTreePlru) return;
    slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(at));
    slots_.insert(slots_.begin(), std::nullopt);
  }

 private:
  void append(const Entry& entry) {
    slots_.erase(slots_.begin());
    slots_.push_back(entry);
  }
  std::size_t index_of(std::uint64_t line) const {
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i] && slots_[i]->line == line) return i;
    return slots_.size();
  }
  void walk_tree(std::size_t used) {
    std::size_t low = 0, high = slots_.size(), node = 1;
    while (high - low > 1) {
      const std::size_t middle = (low + high) / 2;
      const bool right = used >= middle;
      tree_[node] = !right;
      (right ? low : high) = middle;
      node = 2 * node + (right ? 1 : 0);
    }
  }

  Replacement policy_;
  std::vector<std::optional<Entry>> slots_;
  std::vector<bool> tree_;
};

class Store {
 public:
  Store(std::uint64_t sets, std::uint32_t ways, std::uint64_t unit, Replacement policy)
      : sets_(sets), ways_(ways), unit_(unit), policy_(policy) {}
  explicit Store(const CacheGeometry& cache)
      : Store(cache.sets(), cache.ways, cache.line_bytes, cache.replacement) {}

  Set& set(std::uint64_t address) {
    return content_.try_emplace((address / unit_) % sets_, ways_, policy_).first->second;
  }
  std::uint64_t line(std::uint64_t address) const { return address / unit_; }
  bool access(std::uint64_t address) {
    Set& here = set(address);
    if (here.find(line(address)) == nullptr) {
      here.add({line(address), 0});
      return false;
    }
    here.use(line(address));
    return true;
  }
  std::uint64_t unit() const { return unit_; }
  std::map<std::uint64_t, Set>& all() { return content_; }

 private:
  std::uint64_t sets_;
  std::uint32_t ways_;
  std::uint64_t unit_;
  Replacement policy_;
  std::map<std::uint64_t, Set> content_;
};

class Machine {
 public:
  explicit Machine(const Geometry& geometry, std::uint64_t mapping_bytes = 4096)
      : geometry_(geometry) {
    for (const auto& cache : geometry.caches) caches_.emplace_back(cache);
    for (const auto& tlb : geometry.tlbs)
      tlbs_.emplace_back(tlb.entries / tlb.ways, tlb.ways,
                         entry_page_bytes(tlb, mapping_bytes) * tlb.pages_per_entry,
                         tlb.replacement);
  }

  void read(std::uint64_t va, std::uint64_t pa) {
    ++counts.reads;
    const SynonymRule rule = geometry_.synonyms;
    if (!geometry_.translate_on_miss) translate(va);
    Store& l1 = caches_[0];
    const bool physical = rule == SynonymRule::kNone || rule == SynonymRule::kUtag;
    Set& own = l1.set(physical ? pa : va);
    const std::uint64_t line = l1.line(pa);
    const std::uint64_t word = word_of(va);
    Entry* entry = own.find(line);
    if (entry != nullptr && entry->word == word) return own.use(line);

    ++counts.misses[0];
    if (geometry_.translate_on_miss) translate(va);
    if (rule == SynonymRule::kVirtualCoherency) {
      fetch_coherent(va, pa);
      own.add({line, word});
      return;
    }
    const bool alias_here = entry != nullptr;
    bool alias_elsewhere = false;
    if (rule == SynonymRule::kExclusive || rule == SynonymRule::kLogicalTag)
      for (auto& [index, other] : l1.all())
        if (&other != &own && other.find(line) != nullptr) {
          other.remove(line);
          alias_elsewhere = true;
        }
    if (alias_here || alias_elsewhere) ++counts.synonym_misses;
    fetch(pa, 1);
    if (rule == SynonymRule::kUtag)
      if (const Entry* rival = own.find_word(word)) own.remove(rival->line);
    if (!alias_here) {
      own.add({line, word});
    } else {
      own.find(line)->word = word;
      own.use(line);
    }
  }

  Counts counts;

 private:
  std::uint64_t word_of(std::uint64_t va) const {
    if (geometry_.synonyms == SynonymRule::kLogicalTag) return va >> 12;
    if (geometry_.synonym_bits)
      return (va % (2ULL << geometry_.synonym_bits->second)) >> geometry_.synonym_bits->first;
    if (geometry_.synonyms != SynonymRule::kUtag) return 0;
    std::uint64_t hash = 0;
    for (const std::uint64_t mask : geometry_.utag_bits) {
      bool odd = false;
      for (unsigned bit = 0; bit < 64; ++bit) odd ^= ((va & mask) >> bit) & 1;
      hash = 2 * hash + (odd ? 1 : 0);
    }
    return hash;
  }
  void translate(std::uint64_t va) {
    for (std::size_t k = 0; k < tlbs_.size(); ++k) {
      if (tlbs_[k].access(va)) return;
      ++counts.tlb_misses[k];
    }
  }
  bool subset() const {
    return geometry_.synonyms == SynonymRule::kExclusive ||
           geometry_.synonyms == SynonymRule::kLogicalTag ||
           geometry_.synonyms == SynonymRule::kVirtualCoherency;
  }
  // Every first-level line within a second-level line, wherever it is.
  void remove_from_l1(std::uint64_t second_level_line) {
    const std::uint64_t start = second_level_line * caches_[1].unit();
    for (std::uint64_t pa = start; pa < start + caches_[1].unit(); pa += caches_[0].unit())
      for (auto& [index, set] : caches_[0].all())
        if (set.find(caches_[0].line(pa)) != nullptr) set.remove(caches_[0].line(pa));
  }
  void fetch(std::uint64_t pa, std::size_t from) {
    for (std::size_t k = from; k < caches_.size(); ++k) {
      Set& set = caches_[k].set(pa);
      const std::uint64_t line = caches_[k].line(pa);
      if (set.find(line) != nullptr) return set.use(line);
      ++counts.misses[k];
      const auto evicted = set.add({line, 0});
      if (k == 1 && subset() && evicted) remove_from_l1(evicted->line);
    }
  }
  void fetch_coherent(std::uint64_t va, std::uint64_t pa) {
    const auto [low, high] = geometry_.coherency_bits;
    const std::uint64_t colour = (va % (2ULL << high)) >> low;
    Set& set = caches_[1].set(pa);
    const std::uint64_t line = caches_[1].line(pa);
    Entry* entry = set.find(line);
    if (entry != nullptr && entry->word != colour) {
      ++counts.exceptions;
      ++counts.synonym_misses;
      ++counts.misses[1];
      remove_from_l1(line);
      entry->word = colour;
      set.use(line);
      return fetch(pa, 2);
    }
    if (entry != nullptr) return set.use(line);
    fetch(pa, 1);
    set.find(line)->word = colour;
  }

  Geometry geometry_;
  std::vector<Store> caches_;
  std::vector<Store> tlbs_;
};

}  // namespace zp::model::reference
