// SPDX-License-Identifier: MIT
// /proc/self/pagemap and /proc/kpageflags, read in streams.
// Formats: Documentation/admin-guide/mm/pagemap.rst; fs/proc/task_mmu.c, fs/proc/page.c.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/support/error.hpp"
#include "harness/support/file.hpp"

namespace zp {

// One 64-bit entry of pagemap.
struct PagemapEntry {
  std::uint64_t bits = 0;

  // 0 without CAP_SYS_ADMIN of the opener in the initial user namespace (since Linux 4.2).
  [[nodiscard]] std::uint64_t pfn() const { return bits & ((1ULL << 55) - 1); }
  [[nodiscard]] bool exclusive() const { return (bits >> 56 & 1) != 0; }  // since Linux 4.2
  // MADV_GUARD_INSTALL (6.13); said since Linux 6.15.
  [[nodiscard]] bool guard() const { return (bits >> 58 & 1) != 0; }
  [[nodiscard]] bool file_or_shared() const { return (bits >> 61 & 1) != 0; }
  [[nodiscard]] bool swapped() const { return (bits >> 62 & 1) != 0; }
  [[nodiscard]] bool present() const { return (bits >> 63 & 1) != 0; }
};
static_assert(sizeof(PagemapEntry) == sizeof(std::uint64_t));

// Why pfn() of a present page is 0.
inline constexpr const char* kHiddenFrames = "frame numbers are hidden (needs CAP_SYS_ADMIN)";

// include/uapi/linux/kernel-page-flags.h
inline constexpr std::uint64_t kKpfReferenced = 1ULL << 2;
inline constexpr std::uint64_t kKpfLru = 1ULL << 5;
inline constexpr std::uint64_t kKpfSlab = 1ULL << 7;
inline constexpr std::uint64_t kKpfSwapBacked = 1ULL << 14;
inline constexpr std::uint64_t kKpfCompoundHead = 1ULL << 15;
inline constexpr std::uint64_t kKpfCompoundTail = 1ULL << 16;
inline constexpr std::uint64_t kKpfHuge = 1ULL << 17;  // hugetlb
inline constexpr std::uint64_t kKpfKsm = 1ULL << 21;
inline constexpr std::uint64_t kKpfThp = 1ULL << 22;
inline constexpr std::uint64_t kKpfZeroPage = 1ULL
                                              << 24;  // of any colour; with kKpfThp the huge one

// A file of one 64-bit word per page or frame.
class WordFile {
 public:
  static Outcome<WordFile> open(const std::string& path);

  // Fills `words` from word number `first` on. Errors: kCannotRun with the path.
  Outcome<void> read(std::uint64_t first, std::span<std::uint64_t> words) const;

 private:
  WordFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Fd fd_;
  std::string path_;
};

// Tells the frames of huge pages from those of smaller folios (mTHP, Linux 6.8): kKpfThp is on
// both. Folios are aligned to their size, so the middle of a huge page is a tail only where the
// folio is as large as that.
class HugeFrames {
 public:
  // `frames_each`: of a huge page; 0 where that is not known, and every flagged frame counts.
  HugeFrames(const WordFile& kpageflags, std::uint64_t frames_each)
      : kpageflags_(kpageflags), frames_each_(frames_each) {}

  // Whether frame `pfn`, which has those flags, is of one.
  bool have(std::uint64_t pfn, std::uint64_t flags);

 private:
  const WordFile& kpageflags_;
  std::uint64_t frames_each_;
  std::uint64_t last_middle_ = 0;  // of the huge page looked at last
  bool last_is_huge_ = false;
};

}  // namespace zp
