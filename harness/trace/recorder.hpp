// SPDX-License-Identifier: MIT
// What the plugin makes of the stores and loads that QEMU shows it; knows nothing of QEMU.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/trace/protocol.hpp"

namespace zp::trace {

struct Read {
  std::uint64_t virtual_address = 0;
  std::uint64_t physical_address = 0;
};

// Something that is fed with every read of a window, in order: a cache model.
class Follower {
 public:
  virtual ~Follower() = default;
  virtual void start(std::uint64_t page_bytes) = 0;  // a window begins: everything is cold
  virtual void count() = 0;                          // forgets the counts, keeps what is cached
  virtual void follow(std::span<const Read> reads) = 0;
  virtual std::string json() const = 0;  // what came of it, as the members of a JSON object
};

struct PageReads {
  std::uint64_t physical_address = 0;
  std::uint64_t reads = 0;  // 0: never read, and physical_address unknown
};

struct Report {
  std::string name;
  std::uint64_t low = 0, high = 0;  // the table's virtual addresses
  std::uint64_t page_bytes = 0;
  std::uint64_t reads = 0;         // loads of the table by the program's own code
  std::uint64_t other_reads = 0;   // loads at the same addresses by other code: not followed
  std::uint64_t untranslated = 0;  // loads for which QEMU knew no memory: not followed
  std::uint64_t remapped = 0;      // reads that found another frame than before; with verify only
  std::vector<PageReads> pages;    // of the table, in order

  std::uint64_t frames() const;
};

class Recorder {
 public:
  // The physical address behind the load that is being shown, or kNoMemory.
  static constexpr std::uint64_t kNoMemory = ~0ull;

  struct Options {
    bool verify = false;  // translate every read, not the first of each page only
    std::function<void(const Report&, const Follower*)> report;
    std::unique_ptr<Follower> follower;  // may be empty
  };
  explicit Recorder(Options options);

  // A store to kRegionAddress + offset.
  void store(std::uint64_t offset);

  // True for the few loads that load() has to see.
  bool wants(std::uint64_t address) const { return address - report_.low < span_; }

  // A load of a wanted address by the instruction at `code`; `translate()` gives its physical
  // address.
  template <class Translate>
  void load(std::uint64_t address, std::uint64_t code, Translate&& translate) {
    if (code - code_low_ >= code_high_ - code_low_) {
      ++report_.other_reads;
      return;
    }
    const std::uint64_t offset_mask = report_.page_bytes - 1;
    PageReads& page = report_.pages[(address >> page_shift_) - (report_.low >> page_shift_)];
    if (page.reads == 0 || options_.verify) {
      const std::uint64_t physical = translate();
      if (physical == kNoMemory) {
        ++report_.untranslated;
        return;
      }
      if (page.reads > 0 && page.physical_address != (physical & ~offset_mask)) ++report_.remapped;
      page.physical_address = physical & ~offset_mask;
    }
    ++page.reads;
    if (!options_.follower) return;
    block_[filled_++] = {address, page.physical_address | (address & offset_mask)};
    if (filled_ == block_.size()) flush();
  }

 private:
  void start();
  void count();
  void stop();
  void flush();

  Options options_;
  Report report_;
  std::uint64_t register_ = 0;
  std::uint64_t code_low_ = 0, code_high_ = 0;
  std::uint64_t span_ = 0;  // bytes of the table while a window is open, else 0
  unsigned page_shift_ = 12;
  std::array<Read, 1024> block_;
  std::size_t filled_ = 0;
};

}  // namespace zp::trace
