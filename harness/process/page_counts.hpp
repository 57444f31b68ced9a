// SPDX-License-Identifier: MIT
// What the pages of a mapping are, of any process whose /proc/PID/pagemap may be opened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/host/roots.hpp"
#include "harness/memory/pagemap.hpp"
#include "harness/process/mappings.hpp"
#include "harness/support/clock.hpp"

namespace zp {

struct PageRange {
  std::uint64_t first = 0;  // address
  std::uint64_t pages = 0;
};

// In pages; each page is counted once.
struct PageCounts {
  std::optional<std::uint64_t> zero;  // mapped to the zero page, whoever did that
  std::optional<std::uint64_t> ksm;   // mapped to KSM's frames
  std::uint64_t huge = 0;             // of huge pages of memory without a file
  std::uint64_t of_file = 0;          // of a file, or shared memory
  std::uint64_t swapped = 0;
  std::uint64_t others = 0;      // private; and what is not told apart where one above is absent
  std::uint64_t looked_at = 0;   // with what is mapped to nothing
  std::vector<PageRange> plain;  // those in `huge` and `others`, at most kMostRanges

  static constexpr std::size_t kMostRanges = 100'000;

  [[nodiscard]] std::uint64_t in_use() const {
    return zero.value_or(0) + ksm.value_or(0) + huge + of_file + swapped + others;
  }
};

// As a size: "4 MiB".
std::string pages_size(std::uint64_t pages);

// Reads in pieces: the process's mmap lock is held for some ten thousand pages at a time at most
// (well below a millisecond), and nothing is written.
class PageCounter {
 public:
  enum class Source {
    kScan,     // PAGEMAP_SCAN, since Linux 6.7: zero page and huge pages without privilege
    kFrames,   // pagemap and kpageflags, with CAP_SYS_ADMIN
    kPagemap,  // pagemap without frames: neither zero page nor KSM nor huge pages are told apart
  };

  // `ksm_is_known` where another source (smaps) says what is in KSM's frames. Errors: kCannotRun.
  static Outcome<PageCounter> open(const Roots& roots, int pid, bool ksm_is_known);

  [[nodiscard]] Source source() const { return source_; }

  // Until `end` has passed; what is left then is not counted. `ksm` is there with kFrames only.
  PageCounts count(const Mapping& mapping, Clock::time_point end) const;

 private:
  PageCounter(WordFile pagemap, Fd scanned)
      : pagemap_(std::move(pagemap)), scanned_(std::move(scanned)) {}

  bool scan(const Mapping& mapping, Clock::time_point end, PageCounts& counts) const;
  void read(const Mapping& mapping, Clock::time_point end, PageCounts& counts) const;

  WordFile pagemap_;
  Fd scanned_;
  std::uint64_t left_out_ = 0;  // guard pages, where PAGEMAP_SCAN tells them from swap
  std::optional<WordFile> kpageflags_;
  bool flagged_alike_ = false;  // ksm_flag_is_on_all()
  Source source_ = Source::kPagemap;
};

}  // namespace zp
