// SPDX-License-Identifier: MIT
#include "harness/process/page_counts.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "harness/host/page_size.hpp"
#include "harness/memory/census.hpp"
#include "harness/support/units.hpp"

namespace zp {
namespace {

// include/uapi/linux/fs.h of Linux 6.7, which distributions' headers may be older than.
struct PageRegion {
  std::uint64_t start, end, categories;
};
struct ScanArguments {
  std::uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  std::uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
constexpr std::uint64_t kIsFile = 1U << 2U, kIsPresent = 1U << 3U, kIsSwapped = 1U << 4U,
                        kIsZero = 1U << 5U, kIsHuge = 1U << 6U, kIsGuard = 1U << 8U;

unsigned long scan_request() {
  return _IOWR('f', 16, ScanArguments);
}

// A piece that the kernel walks under one lock.
constexpr std::uint64_t kPiecePages = 16384;
// Of address space, which may be empty for the most part: page tables that are not there cost next
// to nothing.
constexpr std::uint64_t kPieceBytes = 64ULL << 30U;

void add_plain(PageCounts& counts, std::uint64_t address, std::uint64_t pages) {
  if (!counts.plain.empty()) {
    PageRange& last = counts.plain.back();
    if (last.first + last.pages * system_page_bytes() == address) {
      last.pages += pages;
      return;
    }
  }
  if (counts.plain.size() < PageCounts::kMostRanges) counts.plain.push_back({address, pages});
}

// Flags of `frames`, which are sorted: those near each other are read at once. 0 where a frame has
// none.
std::vector<std::uint64_t> read_flags(const WordFile& kpageflags,
                                      const std::vector<std::uint64_t>& frames) {
  constexpr std::uint64_t kNear = 64, kMost = 32768;
  std::vector<std::uint64_t> flags(frames.size()), window;
  for (std::size_t i = 0; i < frames.size();) {
    const std::uint64_t low = frames[i];
    std::size_t end = i + 1;
    while (end < frames.size() && frames[end] - frames[end - 1] <= kNear &&
           frames[end] - low < kMost)
      ++end;
    window.assign(frames[end - 1] - low + 1, 0);
    static_cast<void>(kpageflags.read(low, window));
    for (; i < end; ++i) flags[i] = window[frames[i] - low];
  }
  return flags;
}

}  // namespace

std::string pages_size(std::uint64_t pages) {
  return human_size(pages * system_page_bytes());
}

Outcome<PageCounter> PageCounter::open(const Roots& roots, int pid, bool ksm_is_known) {
  const std::string path = fmt::format("{}/{}/pagemap", roots.proc, pid);
  auto pagemap = WordFile::open(path);
  if (!pagemap) return fail(pagemap);
  PageCounter counter(std::move(*pagemap), Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
  ScanArguments nothing{};
  nothing.size = sizeof nothing;
  const auto takes = [&](std::uint64_t masked) {
    nothing.category_inverted = nothing.category_mask = masked;
    return counter.scanned_ && ::ioctl(counter.scanned_.get(), scan_request(), &nothing) == 0;
  };
  if (takes(kIsGuard)) counter.left_out_ = kIsGuard;
  const bool scans = counter.left_out_ != 0 || takes(0);
  if (scans && ksm_is_known) {
    counter.source_ = Source::kScan;
    return counter;
  }
  auto kpageflags = WordFile::open(roots.proc + "/kpageflags");
  const auto own = WordFile::open(roots.proc + "/self/pagemap");
  if (kpageflags && own && !why_census_is_weak(roots)) {
    counter.flagged_alike_ = ksm_flag_is_on_all(*own, *kpageflags);
    counter.kpageflags_ = std::move(*kpageflags);
    counter.source_ = Source::kFrames;
  } else if (scans) {
    counter.source_ = Source::kScan;
  }
  return counter;
}

PageCounts PageCounter::count(const Mapping& mapping, Clock::time_point end) const {
  PageCounts counts;
  if (source_ == Source::kScan) {
    counts.zero = 0;
    if (!scan(mapping, end, counts)) counts.looked_at = 0;
  } else {
    if (source_ == Source::kFrames) counts.zero = counts.ksm = 0;
    read(mapping, end, counts);
  }
  return counts;
}

// False where the kernel refuses these addresses ([vsyscall]).
bool PageCounter::scan(const Mapping& mapping, Clock::time_point end, PageCounts& counts) const {
  std::array<PageRegion, 1024> regions;
  const std::uint64_t page_bytes = system_page_bytes();
  for (std::uint64_t at = mapping.first; at < mapping.end && Clock::now() < end;) {
    ScanArguments arguments{};
    arguments.size = sizeof arguments;
    arguments.start = at;
    arguments.end = std::min(mapping.end, at + kPieceBytes);
    arguments.vec = reinterpret_cast<std::uintptr_t>(regions.data());
    arguments.vec_len = regions.size();
    arguments.max_pages = kPiecePages;
    arguments.category_inverted = arguments.category_mask = left_out_;
    arguments.category_anyof_mask = kIsPresent | kIsSwapped;
    arguments.return_mask = kIsFile | kIsPresent | kIsSwapped | kIsZero | kIsHuge;
    const int found = ::ioctl(scanned_.get(), scan_request(), &arguments);
    if (found < 0 && errno == EINTR) continue;
    if (found < 0) return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(found); ++i) {
      const auto& [start, stop, is] = regions.at(i);
      const std::uint64_t pages = (stop - start) / page_bytes;
      if ((is & kIsPresent) == 0)
        counts.swapped += pages;
      else if ((is & kIsZero) != 0)
        *counts.zero += pages;
      else if ((is & kIsFile) != 0)
        counts.of_file += pages;
      else {
        ((is & kIsHuge) != 0 ? counts.huge : counts.others) += pages;
        add_plain(counts, start, pages);
      }
    }
    if (arguments.walk_end <= at) return false;
    counts.looked_at += (arguments.walk_end - at) / page_bytes;
    at = arguments.walk_end;
  }
  return true;
}

void PageCounter::read(const Mapping& mapping, Clock::time_point end, PageCounts& counts) const {
  const std::uint64_t page_bytes = system_page_bytes();
  const std::uint64_t last = mapping.end / page_bytes;
  std::vector<std::uint64_t> words, frames, flags;
  for (std::uint64_t page = mapping.first / page_bytes; page < last && Clock::now() < end;
       page += words.size()) {
    words.resize(std::min(kPiecePages, last - page));
    if (!pagemap_.read(page, words)) return;
    frames.clear();
    if (kpageflags_)
      for (const std::uint64_t word : words)
        if (const PagemapEntry entry{word}; entry.present()) frames.push_back(entry.pfn());
    std::ranges::sort(frames);
    frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
    if (kpageflags_) flags = read_flags(*kpageflags_, frames);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const PagemapEntry entry{words[i]};
      if (entry.swapped() && !entry.guard()) ++counts.swapped;
      if (!entry.present()) continue;
      const std::uint64_t is =
          !kpageflags_ ? 0
                       : flags[static_cast<std::size_t>(
                             std::ranges::lower_bound(frames, entry.pfn()) - frames.begin())];
      if ((is & kKpfZeroPage) != 0)
        ++*counts.zero;
      else if (entry.file_or_shared())
        ++counts.of_file;
      else if ((is & kKpfKsm) != 0 && !(flagged_alike_ && entry.exclusive()))
        ++*counts.ksm;
      else {
        ++((is & (kKpfThp | kKpfHuge)) != 0 ? counts.huge : counts.others);
        add_plain(counts, (page + i) * page_bytes, 1);
      }
    }
    counts.looked_at += words.size();
  }
}

}  // namespace zp
