// SPDX-License-Identifier: MIT
#include "harness/memory/census.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "harness/host/huge_pages.hpp"
#include "harness/ksm/process_counters.hpp"
#include "harness/names/placement_id.hpp"
#include "harness/support/interrupt.hpp"

namespace zp {
namespace {

constexpr std::uint64_t kBlockPages = 8192;  // of pagemap per read: 64 KiB
// Physical addresses have 52 bits at most (x86, arm64; s390x 47, MIPS 48).
constexpr std::uint64_t kNoFrame = 1ULL << 40;

enum FrameClass : std::uint8_t { kSeen = 1, kKsm = 2, kZero = 4, kHuge = 8, kLarge = 16 };

std::uint8_t class_of(std::uint64_t pfn, std::uint64_t kpageflags, HugeFrames& huge) {
  const bool several = (kpageflags & (kKpfThp | kKpfHuge)) != 0;
  return static_cast<std::uint8_t>(kSeen | ((kpageflags & kKpfKsm) != 0 ? kKsm : 0) |
                                   ((kpageflags & kKpfZeroPage) != 0 ? kZero : 0) |
                                   (!several                     ? 0
                                    : huge.have(pfn, kpageflags) ? kHuge
                                                                 : kLarge));
}

// A byte for each frame of the machine, held only around frames that are in use.
class FrameClasses {
 public:
  std::uint8_t& operator[](std::uint64_t pfn) {
    const std::uint64_t chunk = pfn / kChunk;
    if (chunk >= chunks_.size()) chunks_.resize(chunk + 1);
    if (!chunks_[chunk]) chunks_[chunk] = std::make_unique<std::array<std::uint8_t, kChunk>>();
    return (*chunks_[chunk])[pfn % kChunk];
  }

 private:
  static constexpr std::uint64_t kChunk = 1 << 15;
  std::vector<std::unique_ptr<std::array<std::uint8_t, kChunk>>> chunks_;
};

// Reads the flags of the frames in `fresh` (in the order their pages were met). The buddy allocator
// hands out frames in runs, upwards or downwards, so a window that may have holes is read at once.
Outcome<void> classify(const WordFile& kpageflags, const std::vector<std::uint64_t>& fresh,
                       std::vector<std::uint64_t>& flags, FrameClasses& classes, HugeFrames& huge) {
  for (std::size_t first = 0; first < fresh.size();) {
    std::uint64_t low = fresh[first], high = fresh[first];
    std::size_t end = first + 1;
    for (; end < fresh.size(); ++end) {
      const std::uint64_t new_low = std::min(low, fresh[end]);
      const std::uint64_t new_high = std::max(high, fresh[end]);
      if (new_high - new_low >= std::min(2 * (end - first) + 32, kBlockPages)) break;
      low = new_low;
      high = new_high;
    }
    flags.resize(high - low + 1);
    if (auto read = kpageflags.read(low, flags); !read) return read;
    for (; first < end; ++first)
      classes[fresh[first]] = class_of(fresh[first], flags[fresh[first] - low], huge);
  }
  return {};
}

// Whether pages repeat their frames with a period: remembers the first frame of each colour.
class ColourCheck {
 public:
  explicit ColourCheck(std::uint64_t colours) : frame_of_colour_(colours) {}

  void see(std::uint64_t vpn, std::uint64_t pfn) {
    if (frame_of_colour_.empty()) return;
    std::uint64_t& frame = frame_of_colour_[vpn & (frame_of_colour_.size() - 1)];
    if (frame == 0) frame = pfn;
    off_colour_pages_ += static_cast<std::uint64_t>(frame != pfn);
  }

  [[nodiscard]] std::uint64_t off_colour_pages() const { return off_colour_pages_; }

  // The smallest period, found by folding the colours in half as long as both halves agree.
  std::uint64_t smallest_period() {
    std::uint64_t period = frame_of_colour_.size();
    while (period > 1) {
      const std::uint64_t half = period / 2;
      for (std::uint64_t i = 0; i < half; ++i) {
        std::uint64_t& frame = frame_of_colour_[i];
        const std::uint64_t other = frame_of_colour_[i + half];
        if (frame == 0) frame = other;  // a colour that no page of the table has
        if (other != 0 && frame != other) return period;
      }
      period = half;
    }
    return period;
  }

 private:
  std::vector<std::uint64_t> frame_of_colour_;  // PFN, 0 while unknown
  std::uint64_t off_colour_pages_ = 0;
};

void add_weak_evidence(const Roots& roots, Census& census, std::string why) {
  census.why_weak = std::move(why);
  const auto own = read_own_ksm_counters(roots);
  census.own_ksm_pages = own.merging_pages;
  census.own_zero_pages = own.zero_pages;
}

}  // namespace

bool ksm_flag_is_on_all(const WordFile& pagemap, const WordFile& kpageflags) {
  const auto probe = Table::map(system_page_bytes(), system_page_bytes());
  if (!probe) return false;
  *static_cast<volatile std::byte*>(probe->base()) = std::byte{1};
  std::vector<std::uint64_t> word(1);
  if (!pagemap.read(probe->first_vpn(), word)) return false;
  const PagemapEntry entry{word[0]};
  if (!entry.present() || entry.pfn() == 0 || !kpageflags.read(entry.pfn(), word)) return false;
  return (word[0] & kKpfKsm) != 0;
}

Outcome<Census> take_census(const Roots& roots, const Table& table, std::uint64_t colours) {
  const auto pagemap = WordFile::open(roots.proc + "/self/pagemap");
  if (!pagemap) return fail(pagemap);
  const auto kpageflags = WordFile::open(roots.proc + "/kpageflags");

  Census census;
  census.pages = table.pages();
  census.frames_by_number.resize(kMaxColours);
  FrameClasses classes;
  std::optional<HugeFrames> huge;
  if (kpageflags) huge.emplace(*kpageflags, huge_page_bytes(roots) / system_page_bytes());
  ColourCheck asked(colours), any(kMaxColours);
  std::vector<std::uint64_t> entries(std::min(kBlockPages, table.pages())), fresh, flags;
  bool hidden = false;
  const bool flagged_alike = kpageflags && ksm_flag_is_on_all(*pagemap, *kpageflags);
  for (std::uint64_t page = 0; page < table.pages(); page += entries.size()) {
    if (interrupted()) return fail(interrupt_exit_code(), "interrupted during the census");
    entries.resize(std::min(kBlockPages, table.pages() - page));
    if (auto read = pagemap->read(table.first_vpn() + page, entries); !read) return fail(read);
    fresh.clear();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const PagemapEntry entry{entries[i]};
      census.swapped_pages += static_cast<std::uint64_t>(entry.swapped());
      if (!entry.present()) continue;
      ++census.present;
      census.exclusive_pages += static_cast<std::uint64_t>(entry.exclusive());
      census.file_pages += static_cast<std::uint64_t>(entry.file_or_shared());
      const std::uint64_t pfn = entry.pfn();
      hidden |= pfn == 0;
      if (hidden || !kpageflags) continue;
      if (pfn >= kNoFrame)
        return fail(
            ExitCode::kCannotRun,
            "{}/self/pagemap names frame {:#x}, which no machine has: is an emulator between "
            "this program and the kernel?",
            roots.proc, pfn);
      if (std::uint8_t& known = classes[pfn]; known == 0) {
        known = kSeen;
        fresh.push_back(pfn);
        ++census.frames_by_number[pfn % kMaxColours];
      }
      asked.see(table.first_vpn() + page + i, pfn);
      any.see(table.first_vpn() + page + i, pfn);
    }
    if (hidden || !kpageflags) continue;
    census.frames += fresh.size();
    if (auto read = classify(*kpageflags, fresh, flags, classes, *huge); !read) return fail(read);
    for (const std::uint64_t bits : entries) {
      const PagemapEntry entry{bits};
      if (!entry.present()) continue;
      const std::uint8_t known = classes[entry.pfn()];
      const bool merged = (known & kKsm) != 0 && !(flagged_alike && entry.exclusive());
      census.ksm_pages += static_cast<std::uint64_t>(merged);
      census.zero_pages += static_cast<std::uint64_t>((known & kZero) != 0);
      census.huge_pages += static_cast<std::uint64_t>((known & kHuge) != 0);
      census.large_pages += static_cast<std::uint64_t>((known & kLarge) != 0);
    }
  }
  census.strong = kpageflags && !hidden;
  if (!census.strong) {
    census.frames = 0;
    census.frames_by_number.clear();
    add_weak_evidence(roots, census, hidden ? kHiddenFrames : kpageflags.error().message);
    return census;
  }
  census.off_colour_pages = asked.off_colour_pages();
  if (any.off_colour_pages() == 0)
    if (const auto period = any.smallest_period(); 2 * period <= census.pages)
      census.colours_seen = period;
  return census;
}

Outcome<Census> strong_census(const Roots& roots, const Table& table, const char* of_what) {
  auto census = take_census(roots, table, 0);
  if (census && !census->strong)
    return fail(ExitCode::kCannotRun, "no proof {}: {}", of_what, census->why_weak);
  return census;
}

std::optional<std::string> why_census_is_weak(const Roots& roots) {
  const auto probe = Table::map(system_page_bytes(), system_page_bytes());
  if (!probe) return probe.error().message;
  *static_cast<volatile std::byte*>(probe->base()) = std::byte{1};
  const auto census = take_census(roots, *probe, 0);
  if (!census) return census.error().message;
  return census->strong ? std::nullopt : std::optional(census->why_weak);
}

Outcome<std::vector<std::uint64_t>> read_frames(const Roots& roots, const Table& table) {
  const auto pagemap = WordFile::open(roots.proc + "/self/pagemap");
  if (!pagemap) return fail(pagemap);
  std::vector<std::uint64_t> frames(table.pages());
  if (auto read = pagemap->read(table.first_vpn(), frames); !read) return fail(read);
  for (std::uint64_t& frame : frames) frame = PagemapEntry{frame}.pfn();
  if (std::ranges::find(frames, 0) != frames.end()) frames.clear();
  return frames;
}

std::optional<std::uint64_t> zero_page_colours(const Roots& roots) {
  const std::uint64_t page_bytes = system_page_bytes();
  const auto table = Table::map(kMaxColours * page_bytes, kMaxColours * page_bytes);
  if (!table) return std::nullopt;
  for (std::uint64_t page = 0; page < table->pages(); ++page)
    static_cast<void>(*static_cast<volatile std::byte*>(table->base() + page * page_bytes));
  const auto census = take_census(roots, *table, 0);
  if (!census || !census->strong || census->zero_pages != census->pages) return std::nullopt;
  return census->colours_seen;
}

}  // namespace zp
