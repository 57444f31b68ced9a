// SPDX-License-Identifier: MIT
// The directory of one set-associative level: which 32-bit tags each set holds, in what order they
// would be replaced. The innermost part of the model, so it is written for speed:
//
// - Under LRU and FIFO the filled slots of a set are a ring: from `oldest` on, cyclically, they are
//   in order of age. A walk that comes round again either misses everywhere (the new tag overwrites
//   the oldest slot and the ring turns by one) or finds the oldest (the ring turns by one): neither
//   moves a tag. Only a hit in the middle and a set that fills or loses a tag move some.
// - Under random and tree_plru the slots stay where they are.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "harness/model/geometry.hpp"
#include "harness/model/match.hpp"

namespace zp::model {

inline constexpr std::uint32_t kEmptyTag = 0xffffffff;

// What an entry carries besides its tag: nothing, or a word that a synonym rule needs.
enum class Payload { kNone, kWord };

template <Payload kPayload>
class TagStore {
 public:
  struct Evicted {
    std::uint32_t tag = kEmptyTag;
    std::uint32_t payload = kEmptyTag;
  };

  // A unit's set is its number modulo that of all sets, which need not be a power of two.
  // `unit_bytes` is the line (or page) an entry stands for, `set_bytes` how far apart addresses of
  // neighbouring sets are. Tags keep the address bits from `tag_shift` up, so addresses below
  // 2^(32 + tag_shift) are told apart exactly.
  TagStore(std::uint64_t sets, std::uint32_t ways, std::uint64_t unit_bytes,
           std::uint64_t set_bytes, unsigned tag_shift, Replacement replacement)
      : unit_shift_(static_cast<unsigned>(std::countr_zero(unit_bytes))),
        set_shift_(static_cast<unsigned>(std::countr_zero(set_bytes))),
        tag_shift_(tag_shift),
        sets_(static_cast<std::uint32_t>(sets)),
        set_mask_(std::has_single_bit(sets) ? sets_ - 1 : 0),
        ways_(ways),
        pitch_((ways + 7) / 8 * 8),
        ring_(replacement == Replacement::kLru || replacement == Replacement::kFifo),
        replacement_(replacement),
        tags_(sets * pitch_, kEmptyTag) {
    if (ring_) rings_.resize(sets);
    if (replacement == Replacement::kTreePlru) trees_.resize(sets);
    if constexpr (kPayload == Payload::kWord) payloads_.resize(tags_.size(), kEmptyTag);
  }

  // The sets of lines that begin at multiples of `apart_bytes`, from the line up to the way: in
  // storage they lie side by side, and the sets between them, which nobody asks for, take none.
  static TagStore of(const CacheGeometry& cache, std::uint64_t apart_bytes) {
    return TagStore(cache.way_bytes() / apart_bytes, cache.ways, cache.line_bytes, apart_bytes,
                    cache.tag_shift(), cache.replacement);
  }

  unsigned unit_shift() const { return unit_shift_; }
  std::uint32_t set_of(std::uint64_t address) const {
    const std::uint64_t unit = address >> set_shift_;
    if (set_mask_ != 0) [[likely]]
      return static_cast<std::uint32_t>(unit) & set_mask_;
    return static_cast<std::uint32_t>(unit % sets_);
  }
  std::uint32_t tag_of(std::uint64_t address) const {
    return static_cast<std::uint32_t>(address >> tag_shift_);
  }
  // The first byte of the unit that `tag` in `set` stands for (index and tag from one address).
  std::uint64_t address_of(std::uint32_t set, std::uint32_t tag) const {
    const std::uint64_t low = (std::uint64_t{set} << set_shift_) & ((1ULL << tag_shift_) - 1);
    return (std::uint64_t{tag} << tag_shift_) | low;
  }

  // The slot that holds `tag` (never kEmptyTag), or kNotFound.
  std::uint32_t find(std::uint32_t set, std::uint32_t tag) const {
    return find_word(&tags_[base(set)], pitch_, tag);
  }
  // The slot whose payload is `word` (never kEmptyTag), or kNotFound.
  std::uint32_t find_payload(std::uint32_t set, std::uint32_t word) const {
    return find_word(&payloads_[base(set)], pitch_, word);
  }

  std::uint32_t payload(std::uint32_t set, std::uint32_t slot) const {
    return payloads_[base(set) + slot];
  }
  // By slot, so before touch(), which may move the entry to another one.
  void set_payload(std::uint32_t set, std::uint32_t slot, std::uint32_t word) {
    payloads_[base(set) + slot] = word;
  }

  // A hit: the entry becomes the one used last.
  void touch(std::uint32_t set, std::uint32_t slot) {
    if (replacement_ == Replacement::kLru) [[likely]]
      make_newest(set, slot);
    else if (replacement_ == Replacement::kTreePlru)
      point_away(set, slot);
  }

  // A miss: `tag` takes an empty slot, or that of the entry the policy gives up, which is returned.
  Evicted insert(std::uint32_t set, std::uint32_t tag, std::uint32_t word = kEmptyTag) {
    const std::uint32_t slot = ring_ ? turn(set) : give_up(set);
    const std::size_t at = base(set) + slot;
    Evicted evicted{tags_[at], kEmptyTag};
    tags_[at] = tag;
    if constexpr (kPayload == Payload::kWord) {
      evicted.payload = payloads_[at];
      payloads_[at] = word;
    }
    return evicted;
  }

  // Empties a slot.
  void invalidate(std::uint32_t set, std::uint32_t slot) {
    if (ring_) {
      Ring& ring = rings_[set];
      if (slot < ring.oldest) --ring.oldest;
      --ring.filled;
      for (; slot < ring.filled; ++slot) move(set, slot + 1, slot);
      if (ring.oldest == ring.filled) ring.oldest = 0;
    }
    clear(set, slot);
  }

  // A look-up that fills on a miss: true on a hit.
  bool access(std::uint64_t address) {
    const std::uint32_t set = set_of(address);
    const std::uint32_t tag = tag_of(address);
    const std::uint32_t oldest = ring_ ? rings_[set].oldest : 0;
    // A walk that comes round finds the oldest entry, or none: asked first, it is not searched for.
    const std::uint32_t slot = tags_[base(set) + oldest] == tag ? oldest : find(set, tag);
    if (slot != kNotFound) {
      touch(set, slot);
      return true;
    }
    insert(set, tag);
    return false;
  }

  // All that later look-ups depend on, but for chance: what each set holds, the oldest first.
  void append_contents(std::vector<std::uint32_t>& to) const {
    for (std::uint32_t set = 0; set < sets_; ++set) {
      const Ring ring = ring_ ? rings_[set] : Ring{0, static_cast<std::uint16_t>(ways_)};
      std::uint32_t slot = ring.oldest;
      for (std::uint32_t place = 0; place < ways_; ++place) {
        const bool filled = place < ring.filled;
        to.push_back(filled ? tags_[base(set) + slot] : kEmptyTag);
        if constexpr (kPayload == Payload::kWord)
          to.push_back(filled ? payloads_[base(set) + slot] : kEmptyTag);
        if (++slot == ring.filled) slot = 0;
      }
    }
    for (const std::uint64_t tree : trees_) append_word(to, tree);
  }
  static void append_word(std::vector<std::uint32_t>& to, std::uint64_t word) {
    to.push_back(static_cast<std::uint32_t>(word));
    to.push_back(static_cast<std::uint32_t>(word >> 32));
  }

 private:
  // The filled slots are 0 to filled - 1.
  struct Ring {
    std::uint16_t oldest = 0;
    std::uint16_t filled = 0;
  };

  std::size_t base(std::uint32_t set) const { return std::size_t{set} * pitch_; }

  void move(std::uint32_t set, std::uint32_t from, std::uint32_t to) {
    tags_[base(set) + to] = tags_[base(set) + from];
    if constexpr (kPayload == Payload::kWord)
      payloads_[base(set) + to] = payloads_[base(set) + from];
  }
  void clear(std::uint32_t set, std::uint32_t slot) {
    tags_[base(set) + slot] = kEmptyTag;
    if constexpr (kPayload == Payload::kWord) payloads_[base(set) + slot] = kEmptyTag;
  }

  // The slot for a new newest entry: the oldest one's, or an empty one between newest and oldest.
  std::uint32_t turn(std::uint32_t set) {
    Ring& ring = rings_[set];
    const std::uint32_t oldest = ring.oldest;
    if (ring.filled == ways_) [[likely]] {
      ring.oldest = static_cast<std::uint16_t>(oldest + 1 == ways_ ? 0 : oldest + 1);
      return oldest;
    }
    const std::uint32_t filled = ring.filled++;
    if (oldest == 0) return filled;
    for (std::uint32_t slot = filled; slot > oldest; --slot) move(set, slot - 1, slot);
    clear(set, oldest);
    ++ring.oldest;
    return oldest;
  }

  void make_newest(std::uint32_t set, std::uint32_t slot) {
    Ring& ring = rings_[set];
    const std::uint32_t oldest = ring.oldest;
    if (slot == oldest) [[likely]] {
      ring.oldest = static_cast<std::uint16_t>(oldest + 1 == ring.filled ? 0 : oldest + 1);
      return;
    }
    const std::uint32_t newest = (oldest == 0 ? ring.filled : oldest) - 1U;
    const std::uint32_t tag = tags_[base(set) + slot];
    std::uint32_t word = kEmptyTag;
    if constexpr (kPayload == Payload::kWord) word = payloads_[base(set) + slot];
    while (slot != newest) {
      const std::uint32_t next = slot + 1U == ring.filled ? 0 : slot + 1;
      move(set, next, slot);
      slot = next;
    }
    tags_[base(set) + newest] = tag;
    if constexpr (kPayload == Payload::kWord) payloads_[base(set) + newest] = word;
  }

  std::uint32_t give_up(std::uint32_t set) {
    std::uint32_t slot = find_word(&tags_[base(set)], pitch_, kEmptyTag);
    if (slot >= ways_)  // none, or only those that round the ways up
      slot = replacement_ == Replacement::kRandom ? random_slot() : pointed_at(set);
    if (replacement_ == Replacement::kTreePlru) point_away(set, slot);
    return slot;
  }

  // Tree pseudo-LRU: node n, from 1, has the children 2n and 2n + 1; its bit names the side to give
  // up next.
  void point_away(std::uint32_t set, std::uint32_t slot) {
    std::uint64_t tree = trees_[set];
    for (std::uint32_t node = ways_ + slot; node > 1; node /= 2) {
      const std::uint64_t bit = std::uint64_t{1} << (node / 2);
      tree = node % 2 == 0 ? tree | bit : tree & ~bit;
    }
    trees_[set] = tree;
  }
  std::uint32_t pointed_at(std::uint32_t set) const {
    std::uint32_t node = 1;
    while (node < ways_) node = 2 * node + static_cast<std::uint32_t>((trees_[set] >> node) & 1);
    return node - ways_;
  }

  // xorshift64 (Marsaglia 2003), seeded alike in every store: a run can be repeated.
  std::uint32_t random_slot() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<std::uint32_t>(((random_ >> 32) * ways_) >> 32);
  }

  unsigned unit_shift_;
  unsigned set_shift_;
  unsigned tag_shift_;
  std::uint32_t sets_;
  std::uint32_t set_mask_;  // 0: not a power of two of sets, or one
  std::uint32_t ways_;
  std::uint32_t pitch_;  // ways, rounded up for find_word; the slots beyond stay empty
  bool ring_;
  Replacement replacement_;
  std::uint64_t random_ = 0x9e3779b97f4a7c15;
  std::vector<std::uint32_t> tags_;
  std::vector<std::uint32_t> payloads_;
  std::vector<Ring> rings_;
  std::vector<std::uint64_t> trees_;
};

}  // namespace zp::model
