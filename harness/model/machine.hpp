// SPDX-License-Identifier: MIT
// A data-cache hierarchy with its TLBs, fed with the reads of a walk: every read is a virtual
// address and the frame behind it. Reads only: the tables measured here are never written.
//
// What is modelled, and what is not:
// - a read that misses a level is looked up in the next one and fills every level on its way;
//   levels do not force each other to give lines up, except that the rules `exclusive`,
//   `logical_tag` and `virtual_coherency` keep the first level a subset of the second, as the
//   hardware they describe does;
// - reads happen one after the other: nothing overlaps, nothing is late, no other core interferes;
// - two reads in a row of one line count as two reads and one look-up.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "harness/model/geometry.hpp"
#include "harness/model/mapped_table.hpp"

namespace zp::model {

struct Access {
  std::uint64_t virtual_address = 0;
  std::uint64_t physical_address = 0;
};

// Events since construction or the last clear_counts().
struct Counts {
  std::uint64_t reads = 0;
  std::array<std::uint64_t, kMaxCaches> misses{};    // reads that this level could not serve
  std::array<std::uint64_t, kMaxTlbs> tlb_misses{};  // look-ups that this TLB level could not serve
  std::uint64_t synonym_misses = 0;  // of misses[0]: the line was there under another address
  std::uint64_t exceptions = 0;      // virtual coherency exceptions
  std::uint64_t prefetches = 0;      // lines fetched ahead; they count as no miss

  friend bool operator==(const Counts&, const Counts&) = default;
};

class Machine {
 public:
  // Errors: an impossible geometry (see check), or a TLB that holds only pages larger than
  // `mapping_bytes`. The machine starts empty.
  static Outcome<Machine> create(const Geometry& geometry, std::uint64_t mapping_bytes = 4096) {
    return create_for_granules(geometry, mapping_bytes, 0);
  }
  // The same for reads of the longest line at the start of every granule only (a power of two, no
  // larger than any way or page): counts alike, in less memory and time. 0: for any reads.
  static Outcome<Machine> create_for_granules(const Geometry& geometry, std::uint64_t mapping_bytes,
                                              std::uint64_t granule_bytes);
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;
  ~Machine();

  // Any reads, in order. Physical addresses must stay below 16 TiB (less where a way is not a
  // multiple of 4 KiB) and virtual ones within one aligned 16 TiB, else nothing is run.
  Outcome<void> run(std::span<const Access> accesses);

  // Reads at these offsets of the table, in order.
  Outcome<void> run(const MappedTable& table, std::span<const std::uint64_t> offsets);

  // `count` reads from `first` on, `stride` bytes apart. Equal to the other two, and faster.
  Outcome<void> run_strided(const MappedTable& table, std::uint64_t first, std::uint64_t stride,
                            std::uint64_t count);

  // Any order: `generate(sink)` calls sink(offset) for each read. Offsets are passed on in blocks,
  // so the generator is inlined here and the model stays in its own translation unit.
  template <class Generate>
  Outcome<void> run_order(const MappedTable& table, Generate&& generate) {
    std::array<std::uint64_t, 1024> block;
    std::size_t filled = 0;
    Outcome<void> outcome;
    generate([&](std::uint64_t offset) {
      block[filled++] = offset;
      if (filled < block.size()) return;
      if (outcome) outcome = run(table, block);
      filled = 0;
    });
    if (outcome && filled > 0) outcome = run(table, std::span(block).first(filled));
    return outcome;
  }

  // All that the counts of later reads depend on, where nothing is left to chance: equal of two
  // machines of one geometry that will count alike.
  std::vector<std::uint32_t> contents() const;

  const Counts& counts() const;
  void clear_counts();  // keeps what the caches hold
  const Geometry& geometry() const;

 private:
  struct Core;  // one per synonym rule; chosen once, not per read
  template <SynonymRule kRule>
  struct RuleCore;
  explicit Machine(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace zp::model
